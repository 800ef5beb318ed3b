/* Threads wake tasks through flags; no wake-up is lost, and what was written before a post
 * is seen after the wait. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 2000

struct channel {
	struct async_notify asked;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	int question, answer;
	int payload; /* guarded by the flag alone */
};
static struct channel channels[THREADS];

static void *poster(void *arg)
{
	struct channel *channel = arg;

	for (int i = 1; i <= ROUNDS; i++) {
		channel->payload = i;
		async_notify_post(&channel->asked);
		pthread_mutex_lock(&channel->lock);
		while (channel->answer < i)
			pthread_cond_wait(&channel->answered, &channel->lock);
		pthread_mutex_unlock(&channel->lock);
	}
	return NULL;
}

struct answerer {
	struct co co;
	struct channel *channel;
	int rounds;
};
CO(answerer)
{
	int r;

	BEGIN;
	while (self->rounds < ROUNDS) {
		AWAIT(r, async__notify_wait(&self->channel->asked));
		CHECK(r == 0);
		self->rounds++;
		CHECK(self->channel->payload == self->rounds);
		pthread_mutex_lock(&self->channel->lock);
		self->channel->answer = self->rounds;
		pthread_cond_signal(&self->channel->answered);
		pthread_mutex_unlock(&self->channel->lock);
	}
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct answerer answerers[THREADS];
	struct async_task *tasks[THREADS];
	pthread_t threads[THREADS];
	int i;
};
CO(root)
{
	ssize_t n;

	BEGIN;
	for (int i = 0; i < THREADS; i++) {
		pthread_mutex_init(&channels[i].lock, NULL);
		pthread_cond_init(&channels[i].answered, NULL);
		self->answerers[i].channel = &channels[i];
		self->tasks[i] = spawn(answerer, &self->answerers[i]);
		CHECK(pthread_create(&self->threads[i], NULL, poster, &channels[i]) == 0);
	}
	for (self->i = 0; self->i < THREADS; self->i++) {
		AWAIT(n, join(self->tasks[self->i]));
		CHECK(n == 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(self->threads[i], NULL);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
