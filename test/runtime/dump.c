/* The list of tasks: states, await stacks with places, joins, and where they were spawned. */
// RUN: %cc_plain %s -o %t %runtime_link && %t | FileCheck %s
#include "Inputs/hand.h"

#include <sys/socket.h>

static int pair[2];

struct inner {
	struct co co;
	char byte;
};
CO(inner)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, async__read_full(pair[0], &self->byte, 1));
	RETURN(n);
	END;
}

struct outer {
	struct co co;
	struct inner inner;
};
CO(outer)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, inner(&self->inner));
	RETURN(n);
	END;
}

struct joiner {
	struct co co;
	struct async_task *task;
};
CO(joiner)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, join(self->task));
	RETURN(n);
	END;
}

struct ender {
	struct co co;
};
CO(ender)
{
	BEGIN;
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct outer outer;
	struct joiner joiner;
	struct ender ended, late, sleeping;
	struct async_task *outer_task, *joiner_task, *ended_task, *late_task;
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	self->outer_task = spawn(outer, &self->outer);
	self->joiner.task = self->outer_task;
	self->joiner_task = spawn(joiner, &self->joiner);
	self->ended_task = spawn(ender, &self->ended);
	AWAIT(r, async__yield());
	CHECK(r == 0);
	self->late_task = spawn(ender, &self->late);
	async_cancel(self->late_task);
	async_detach(self->late_task);
	printf("the outer task is %p\n", (void *)self->outer_task);
	/* CHECK: the outer task is [[OUTER:0x[0-9a-f]+]]
	 * CHECK-DAG: task [[OUTER]]: waiting{{$}}
	 * CHECK-DAG: task 0x{{[0-9a-f]+}}: waiting{{$}}
	 * CHECK-DAG: task 0x{{[0-9a-f]+}}: running{{$}}
	 * CHECK-DAG: task 0x{{[0-9a-f]+}}: ended{{$}}
	 * CHECK-DAG: task 0x{{[0-9a-f]+}}: not started, cancelled, detached{{$}}
	 * CHECK-DAG: {{^}}  #0 async_join of task [[OUTER]]
	 * CHECK-DAG: {{^}}  #1 joiner at hand.c:{{[0-9]+}}
	 * CHECK-DAG: {{^}}  spawned at hand.c:1
	 * CHECK: {{^}}the end of the first list
	 */
	async_dump_tasks(stdout);
	puts("the end of the first list");
	AWAIT(n, async__write(pair[1], "x", 1));
	CHECK(n == 1);
	AWAIT(n, join(self->joiner_task));
	CHECK(n == 1);
	AWAIT(n, join(self->ended_task));
	CHECK(n == 0);
	/* Only one is left now: itself, last suspended a few lines above.
	 * CHECK-NEXT: task 0x{{[0-9a-f]+}}: running{{$}}
	 * CHECK-NEXT: #0 root at hand.c:{{[0-9]+}}
	 * CHECK-NEXT: spawned at hand.c:1
	 * CHECK-NOT: task
	 */
	async_dump_tasks(stdout);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	async_dump_tasks(stdout);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	return (int)run(root, &r);
}
