/* Many short-lived flags, each in memory that is freed as soon as its wait has returned, and
 * loops that end while the post that ended their last wait is still under way. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <pthread.h>

#define ROUNDS 300

static void *post(void *arg)
{
	async_notify_post(arg);
	return NULL;
}

struct waiter {
	struct co co;
	struct async_notify *flag;
	pthread_t thread;
};
CO(waiter)
{
	int r;

	BEGIN;
	self->flag = calloc(1, sizeof *self->flag);
	CHECK(pthread_create(&self->thread, NULL, post, self->flag) == 0);
	AWAIT(r, async__notify_wait(self->flag));
	CHECK(r == 0);
	memset(self->flag, 0xff, sizeof *self->flag);
	free(self->flag);
	RETURN(0);
	END;
}

static void *loop_thread(void *arg)
{
	struct waiter *w = arg;

	CHECK(run(waiter, w) == 0);
	return NULL;
}

int main(void)
{
	static struct waiter w;
	pthread_t thread;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK(pthread_create(&thread, NULL, loop_thread, &w) == 0);
		pthread_join(thread, NULL);
		pthread_join(w.thread, NULL);
	}
	return 0;
}
