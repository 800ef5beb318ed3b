/* Tasks on the loops of other threads: joined, cancelled, detached across; workers. */
// RUN: %asyncc -O1 -g -fsanitize=thread %s -o %t.tsan && %t.tsan
// RUN: %asyncc -O1 -g -fPIC -fsanitize=thread -shared %src/runtime/*.c -o %t.so
// RUN: %asyncc -O1 -g -fsanitize=thread %s %t.so -o %t.all && %t.all
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <pthread.h>
#include <stdatomic.h>

struct pair {
	long a, b;
};

static struct async_loop *loops[3];
static struct async_shared_event ready[3] = {ASYNC_SHARED_EVENT_INIT, ASYNC_SHARED_EVENT_INIT,
					     ASYNC_SHARED_EVENT_INIT};
static struct async_shared_event stop = ASYNC_SHARED_EVENT_INIT, runs = ASYNC_SHARED_EVENT_INIT;
static pthread_t threads[3];
static atomic_int detached;

async static struct pair where(long x)
{
	struct pair pair = {x, 0};

	CHECK(await async_sleep_ms(1) == 0);
	for (int i = 0; i < 3; i++)
		if (pthread_equal(pthread_self(), threads[i]))
			pair.b = i;
	return pair;
}

async static int forever(void)
{
	return await async_sleep_ms(1000000);
}

async static int announced(void)
{
	async_shared_event_set(&runs);
	return await forever();
}

async static void note(void)
{
	await async_yield();
	atomic_fetch_add(&detached, 1);
}

async static int join_forever(struct async_loop *loop)
{
	async_remote(int) task = async_spawn_on(loop, forever());
	int value = 0, r;

	r = await async_remote_join(task, &value);
	CHECK(r == 0 && value == -ECANCELED);
	return r;
}

async static int worker(unsigned number, void *arg)
{
	struct pair pair;
	async_remote(int) task;
	async_remote(struct pair) far[20];
	async_task(int) joiner;
	int value;

	(void)arg;
	threads[number] = pthread_self();
	loops[number] = async_loop_self();
	CHECK(loops[number]);
	async_shared_event_set(&ready[number]);
	for (int i = 0; i < 3; i++)
		CHECK(await async_shared_event_wait(&ready[i]) == 0);
	if (number) {
		CHECK(await async_shared_event_wait(&stop) == 0);
		return 0;
	}
	for (long i = 0; i < 20; i++)
		far[i] = async_spawn_on(loops[i % 3], where(i));
	for (long i = 0; i < 20; i++) {
		CHECK(await async_remote_join(far[i], &pair) == 0);
		CHECK(pair.a == i && pair.b == i % 3);
	}
	/* Cancelled through its handle, and by cancelling the one who joins. */
	task = async_spawn_on(loops[1], forever());
	async_remote_cancel(task);
	async_remote_cancel(task);
	CHECK(await async_remote_join(task, &value) == 0 && value == -ECANCELED);
	joiner = async_spawn(join_forever(loops[2]));
	CHECK(await async_sleep_ms(2) == 0);
	async_cancel(joiner);
	CHECK(await async_join(joiner) == 0);
	for (int i = 0; i < 10; i++)
		async_remote_detach(async_spawn_on(loops[1], note()));
	for (int ms = 0; atomic_load(&detached) < 10; ms++)
		CHECK(ms < 5000 && await async_sleep_ms(1) == 0);
	CHECK(await async_remote_join((async_remote(int))NULL, &value) == -ENOMEM);
	CHECK(!async_spawn_on(NULL, forever()));
	/* One whose loop comes to its end is cancelled with it. */
	task = async_spawn_on(loops[1], announced());
	CHECK(task != NULL);
	CHECK(await async_shared_event_wait(&runs) == 0);
	async_shared_event_set(&stop);
	value = 1;
	CHECK(await async_remote_join(task, &value) == 0 && value == -ECANCELED);
	return 0;
}

async static int failing(unsigned number, void *arg)
{
	(void)arg;
	if (number == 1) {
		CHECK(await async_sleep_ms(1) == 0);
		return -EDOM;
	}
	return await forever();
}

async static int nested(void)
{
	return async_run_workers(1, failing, NULL);
}

async static int count(unsigned number, void *arg)
{
	(void)number;
	atomic_fetch_add((atomic_int *)arg, 1);
	return 1;
}

int main(void)
{
	atomic_int workers = 0;

	CHECK(async_run_workers(3, worker, NULL) == 0);
	CHECK(async_run_workers(3, failing, NULL) == -EDOM);
	CHECK(async_run(nested()) == -EBUSY);
	CHECK(async_run_workers(0, count, &workers) == 0 && workers >= 1);
	return 0;
}
