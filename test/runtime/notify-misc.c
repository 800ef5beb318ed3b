/* Flags: posts before the wait count once; a second waiter gets -EBUSY; a signal handler may
 * post; a wait can be cancelled and the flag used again. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <signal.h>
#include <sys/time.h>

static struct async_notify flag = ASYNC_NOTIFY_INIT;

static void on_alarm(int number)
{
	(void)number;
	async_notify_post(&flag);
}

struct waiter {
	struct co co;
};
CO(waiter)
{
	int r;

	BEGIN;
	AWAIT(r, async__notify_wait(&flag));
	RETURN(r);
	END;
}

struct root {
	struct co co;
	struct waiter first, second;
	struct async_task *first_task, *second_task;
};
CO(root)
{
	struct itimerval in_2_ms = {.it_value = {.tv_usec = 2000}};
	ssize_t n;
	int r;

	BEGIN;
	async_notify_post(&flag);
	async_notify_post(&flag);
	AWAIT(r, async__notify_wait(&flag));
	CHECK(r == 0);
	self->first_task = spawn(waiter, &self->first);
	self->second_task = spawn(waiter, &self->second);
	AWAIT(n, join(self->second_task));
	CHECK(n == -EBUSY && !async_done(self->first_task));
	async_cancel(self->first_task);
	AWAIT(n, join(self->first_task));
	CHECK(n == -ECANCELED);
	signal(SIGALRM, on_alarm);
	CHECK(setitimer(ITIMER_REAL, &in_2_ms, NULL) == 0);
	AWAIT(r, async__notify_wait(&flag));
	CHECK(r == 0);
	/* A post that comes before the cancellation wins. */
	self->first_task = spawn(waiter, &self->first);
	AWAIT(r, async__yield());
	CHECK(r == 0);
	async_notify_post(&flag);
	async_cancel(self->first_task);
	AWAIT(n, join(self->first_task));
	CHECK(n == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
