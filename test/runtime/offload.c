/* Calls on other threads: results, many at once, cancelled while queued, waited for once
 * they have begun, without memory. */
// RUN: %asyncc -O1 -g -fsanitize=thread %s -o %t.tsan && %t.tsan
// RUN: %asyncc -O1 -g -fPIC -fsanitize=thread -shared %src/runtime/*.c -o %t.so
// RUN: %asyncc -O1 -g -fsanitize=thread %s %t.so -o %t.all && %t.all
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <pthread.h>
#include <stdatomic.h>

struct square {
	long in, out;
	pthread_t thread;
};

static int square(struct square *s)
{
	s->out = s->in * s->in;
	s->thread = pthread_self();
	return s->in % 2 ? -EDOM : 7;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int begun;

static int pass_gate(int *passed)
{
	atomic_fetch_add(&begun, 1);
	pthread_mutex_lock(&gate);
	++*passed;
	pthread_mutex_unlock(&gate);
	return 5;
}

async static int offload(int *passed)
{
	return await async_offload(pass_gate, passed);
}

async static int one(long n)
{
	struct square s = {.in = n};
	int r = await async_offload(square, &s);

	CHECK(r == (n % 2 ? -EDOM : 7) && s.out == n * n);
	CHECK(!pthread_equal(s.thread, pthread_self()));
	return 0;
}

async static int all(void)
{
	struct async_group group;
	async_task(int) first, second;
	int passed[2] = {0};
	uint64_t start = async_now_ns();
	struct async_scope limit;

	/* Virtual time stands still while calls are under way. */
	CHECK(async_timeout_open(&limit, 100000) == 0);
	CHECK(async_group_open(&group) == 0);
	for (long i = 0; i < 100; i++)
		CHECK(async_group_start(&group, one(i)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(async_scope_close(&limit) == 0 && async_now_ns() - start < 1000000000);

	/* One thread: the second call stays in the queue behind the first. */
	atomic_store(&begun, 0);
	pthread_mutex_lock(&gate);
	first = async_spawn(offload(&passed[0]));
	CHECK(await async_yield() == 0);
	while (!atomic_load(&begun)) {
		CHECK(!async_done(first));
		CHECK(await async_yield() == 0);
	}
	second = async_spawn(offload(&passed[1]));
	for (int i = 0; i < 10; i++)
		CHECK(await async_yield() == 0);
	async_cancel(second);
	async_cancel(first);
	CHECK(await async_join(second) == -ECANCELED);
	pthread_mutex_unlock(&gate);
	CHECK(await async_join(first) == 5);
	CHECK(passed[0] == 1 && passed[1] == 0 && atomic_load(&begun) == 1);

	for (unsigned long n = 1;; n++) {
		struct square s = {.in = 4};
		async_test_fail_allocation(n, false);
		int r = await async_offload(square, &s);
		bool failed = async_test_allocation_failed();
		async_test_fail_allocation(0, false);
		CHECK(r == (failed ? -ENOMEM : 7) || (failed && r == 7));
		if (!failed)
			break;
	}
	return 0;
}

int main(void)
{
	CHECK(async_set_offload_threads(0) == -EINVAL);
	CHECK(async_set_offload_threads(1) == 0);
	CHECK(async_test_virtual_time() == 0);
	CHECK(async_run(all()) == 0);
	return 0;
}
