/* Channel, semaphore and event across the loops of several threads: nothing is lost or
 * doubled, also while waits are cancelled all the time. */
// RUN: %asyncc -O1 -g -fsanitize=thread %s -o %t.tsan && %t.tsan
// RUN: %asyncc -O1 -g -fPIC -fsanitize=thread -shared %src/runtime/*.c -o %t.so
// RUN: %asyncc -O1 -g -fsanitize=thread %s %t.so -o %t.all && %t.all
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <stdatomic.h>

#define PRODUCERS 4
#define VALUES 500

static async_shared_chan(int) ch;
static struct async_shared_semaphore semaphore = ASYNC_SHARED_SEMAPHORE_INIT(2);
static struct async_shared_event go = ASYNC_SHARED_EVENT_INIT;
static atomic_int inside, producers_left, received;
static atomic_llong sum;
static int published;

async static int produce(int id)
{
	struct async_scope scope;
	int r;

	CHECK(await async_shared_event_wait(&go) == 0);
	CHECK(published == 42);
	for (int i = 0; i < VALUES;) {
		/* Cancelled at any moment: either it was sent, or it was not. */
		CHECK(async_timeout_open(&scope, i % 7 ? -1 : 0) == 0);
		if (i % 5 == 0)
			async_scope_cancel(&scope, -EINTR);
		r = await async_shared_chan_send(ch, id * VALUES + i);
		int reason = async_scope_close(&scope);
		if (r == 0) {
			i++;
			continue;
		}
		CHECK(r == -ECANCELED && reason);
		CHECK(await async_shared_chan_send(ch, id * VALUES + i) == 0);
		i++;
	}
	if (atomic_fetch_sub(&producers_left, 1) == 1)
		async_shared_chan_close(ch);
	return 0;
}

async static int consume(void)
{
	struct async_scope scope;
	int n, r;

	for (int i = 0;; i++) {
		CHECK(async_scope_open(&scope) == 0);
		if (i % 3 == 0)
			async_deadline_set(&scope, async_now_ns() + 1000);
		r = await async_shared_chan_recv(ch, &n);
		async_scope_close(&scope);
		if (r == -EPIPE)
			return 0;
		if (r == -ECANCELED)
			continue;
		CHECK(r == 0);
		atomic_fetch_add(&sum, n);
		atomic_fetch_add(&received, 1);
	}
}

async static int enter(void)
{
	struct async_scope scope;
	int r;

	for (int i = 0; i < 200; i++) {
		CHECK(async_scope_open(&scope) == 0);
		if (i % 3 == 0)
			async_deadline_set(&scope, async_now_ns() + 2000);
		r = await async_shared_semaphore_acquire(&semaphore, 1 + (unsigned)(i % 2));
		async_scope_close(&scope);
		if (r == -ECANCELED)
			continue;
		CHECK(atomic_fetch_add(&inside, 1) < 2);
		CHECK(await async_yield() == 0);
		atomic_fetch_sub(&inside, 1);
		CHECK(async_shared_semaphore_release(&semaphore, 1 + (unsigned)(i % 2)) == 0);
	}
	return 0;
}

async static int worker(unsigned number, void *arg)
{
	struct async_group group;

	(void)arg;
	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 2; i++) {
		if (number < 2)
			CHECK(async_group_start(&group, produce((int)number * 2 + i)) == 0);
		else
			CHECK(async_group_start(&group, consume()) == 0);
	}
	for (int i = 0; i < 3; i++)
		CHECK(async_group_start(&group, enter()) == 0);
	if (number == 3) {
		CHECK(!async_shared_event_is_set(&go));
		published = 42;
		async_shared_event_set(&go);
	}
	return await async_group_close(&group);
}

int main(void)
{
	static const size_t capacities[] = {0, 1, 16, ASYNC_UNBOUNDED};
	long long n = PRODUCERS * VALUES;

	for (int i = 0; i < 4; i++) {
		ch = async_shared_chan_new(int, capacities[i]);
		producers_left = PRODUCERS;
		received = 0;
		sum = 0;
		CHECK(async_run_workers(4, worker, NULL) == 0);
		CHECK(received == n && sum == n * (n - 1) / 2);
		async_shared_event_clear(&go);
		async_shared_chan_free(ch);
	}
	CHECK(async_shared_semaphore_try_acquire(&semaphore, 2) == 0);
	CHECK(async_shared_semaphore_try_acquire(&semaphore, 1) == -EBUSY);
	return 0;
}
