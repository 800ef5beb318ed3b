/* Cancelling a task ends what it waits in with -ECANCELED: a sleep, a read, a yield, a
 * flag; a task not started yet starts and finds itself cancelled. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <unistd.h>

static int pipe_ends[2];
static struct async_notify flag = ASYNC_NOTIFY_INIT;

struct waiter {
	struct co co;
	int kind;
	char byte;
};
CO(waiter)
{
	ssize_t n = 0;

	BEGIN;
	if (self->kind == 0)
		AWAIT(n, async__sleep_ms(100000));
	else if (self->kind == 1)
		AWAIT(n, async__read(pipe_ends[0], &self->byte, 1));
	else if (self->kind == 2)
		AWAIT(n, async__notify_wait(&flag));
	else if (self->kind == 3)
		AWAIT(n, async__wait_fd(pipe_ends[0], ASYNC_READABLE));
	else if (self->kind == 4)
		AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 100000));
	else if (self->kind == 5)
		AWAIT(n, async__read_full(pipe_ends[0], &self->byte, 1));
	else
		AWAIT(n, async__yield());
	CHECK(async_cancelled());
	RETURN(n);
	END;
}

struct root {
	struct co co;
	struct waiter waiter;
	struct async_task *task;
	int kind, yields;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	for (self->kind = 0; self->kind < 7; self->kind++) {
		for (self->yields = 0; self->yields < 2; self->yields++) {
			self->waiter = (struct waiter){.kind = self->kind};
			self->task = spawn(waiter, &self->waiter);
			if (self->yields) {
				AWAIT(r, async__yield());
				CHECK(r == 0);
			}
			CHECK(!async_done(self->task));
			async_cancel(self->task);
			async_cancel(self->task);
			CHECK(!async_done(self->task));
			AWAIT(value, join(self->task));
			CHECK(value == -ECANCELED);
			CHECK(!async_cancelled());
		}
	}
	/* Nothing of the cancelled operations is left behind. */
	CHECK(write(pipe_ends[1], "x", 1) == 1);
	AWAIT(value, async__read(pipe_ends[0], &self->waiter.byte, 1));
	CHECK(value == 1 && self->waiter.byte == 'x');
	async_notify_post(&flag);
	AWAIT(r, async__notify_wait(&flag));
	CHECK(r == 0);
	AWAIT(r, async__close(pipe_ends[0]));
	CHECK(r == 0);
	AWAIT(r, async__close(pipe_ends[1]));
	CHECK(r == 0);
	async_cancel(NULL);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(pipe(pipe_ends) == 0);
	CHECK(!async_cancelled());
	return (int)run(root, &r);
}
