/* Without memory, spawning gives NULL, running -ENOMEM, and the frame of a function goes to
 * the handler. */
// RUN: %cc_plain %s -o %t -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc %runtime_link && %t
// RUN: not --crash %t default 2>&1 | FileCheck %s
// CHECK: asyncc: no memory for a frame of 5000 bytes
#define SPAWN_MAY_FAIL
#include "Inputs/failing-malloc.h"
#include "Inputs/hand.h"

#include <setjmp.h>

static jmp_buf escape;
static size_t wanted;

static void handler(size_t size)
{
	wanted = size;
	longjmp(escape, 1);
}

struct child {
	struct co co;
};
CO(child)
{
	BEGIN;
	RETURN(0);
	END;
}

static struct child children[1000];

struct root {
	struct co co;
	int spawned;
};
CO(root)
{
	struct async_task *task;
	int r;

	BEGIN;
	fail_on = true;
	allocations_left = 0;
	while (self->spawned < 1000 && (task = spawn(child, &children[self->spawned]))) {
		async_detach(task);
		self->spawned++;
	}
	allocations_left = -1;
	CHECK(self->spawned < 1000);
	AWAIT(r, async__yield());
	CHECK(r == 0);
	CHECK(spawn(child, &children[0]));
	RETURN(5);
	END;
}

int main(int argc, char **argv)
{
	static struct root r;

	(void)argv;
	fail_on = true;
	allocations_left = 0;
	CHECK(run(root, &r) == -ENOMEM);
	CHECK(spawn(child, &children[0]) == NULL);
	if (argc > 1)
		async__frame_new(5000);
	CHECK(async_set_no_memory_handler(handler) == NULL);
	if (!setjmp(escape)) {
		async__frame_new(48);
		CHECK(!"reached");
	}
	CHECK(wanted == 48);
	CHECK(async_set_no_memory_handler(NULL) == handler);
	allocations_left = -1;
	CHECK(run(root, &r) == 5);
	return 0;
}
