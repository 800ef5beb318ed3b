/* Cancellation is level-triggered: every later operation gives -ECANCELED too, except
 * closing; a task that goes on regardless does not keep the others from running. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <netdb.h>
#include <unistd.h>

static int pipe_ends[2];
static bool other_ran;
static struct async_notify flag = ASYNC_NOTIFY_INIT;

struct stubborn {
	struct co co;
	int i;
	char byte;
	struct addrinfo *list;
};
CO(stubborn)
{
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(100000));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__sleep_ms(100000));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__yield());
	CHECK(r == -ECANCELED);
	CHECK(write(pipe_ends[1], "x", 1) == 1);
	AWAIT(n, async__read(pipe_ends[0], &self->byte, 1));
	CHECK(n == -ECANCELED);
	AWAIT(n, async__read_full(pipe_ends[0], &self->byte, 1));
	CHECK(n == -ECANCELED);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 0));
	CHECK(n == -ECANCELED);
	AWAIT(n, async__write(pipe_ends[1], "x", 1));
	CHECK(n == -ECANCELED);
	AWAIT(r, async__wait_fd(pipe_ends[0], ASYNC_READABLE));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__accept(pipe_ends[0]));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__connect_tcp("127.0.0.1", "9"));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__listen_tcp("127.0.0.1", "0", 1));
	CHECK(r == -ECANCELED);
	AWAIT(r, async__getaddrinfo("localhost", "9", NULL, &self->list));
	CHECK(r == -ECANCELED && !self->list);
	async_notify_post(&flag);
	AWAIT(r, async__notify_wait(&flag));
	CHECK(r == -ECANCELED);
	other_ran = false;
	for (self->i = 0; !other_ran && self->i < 1000; self->i++) {
		AWAIT(n, async__read(pipe_ends[0], &self->byte, 1));
		CHECK(n == -ECANCELED);
	}
	CHECK(other_ran);
	AWAIT(r, async__close(pipe_ends[0]));
	CHECK(r == 0);
	AWAIT(r, async__close(pipe_ends[1]));
	CHECK(r == 0);
	RETURN(7);
	END;
}

struct other {
	struct co co;
	struct async_task *stubborn;
};
CO(other)
{
	int r;

	BEGIN;
	while (!async_done(self->stubborn)) {
		other_ran = true;
		AWAIT(r, async__yield());
		CHECK(r == 0);
	}
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct stubborn stubborn;
	struct other other;
	struct async_task *task, *other_task;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	self->task = spawn(stubborn, &self->stubborn);
	AWAIT(r, async__yield());
	CHECK(r == 0);
	self->other.stubborn = self->task;
	async_cancel(self->task);
	self->other_task = spawn(other, &self->other);
	AWAIT(value, join(self->other_task));
	CHECK(value == 0);
	AWAIT(value, join(self->task));
	CHECK(value == 7);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(pipe(pipe_ends) == 0);
	return (int)run(root, &r);
}
