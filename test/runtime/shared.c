/* Channel, semaphore and event across the loops of several threads: nothing is lost or
 * doubled, also while waits are cancelled all the time, and where two of them are waited for. */
// RUN: %asyncc -O1 -g -fsanitize=thread %s -o %t.tsan && %t.tsan
// RUN: %asyncc -O1 -g -fPIC -fsanitize=thread -shared %src/runtime/*.c -o %t.so
// RUN: %asyncc -O1 -g -fsanitize=thread %s %t.so -o %t.all && %t.all
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <stdatomic.h>

#define PRODUCERS 4
#define VALUES 500

static async_shared_chan(int) ch;
static size_t capacity;
static struct async_shared_semaphore semaphore = ASYNC_SHARED_SEMAPHORE_INIT(2);
static struct async_shared_event go = ASYNC_SHARED_EVENT_INIT;
static atomic_int inside, producers_left, received;
static atomic_llong sum;
static int published;

/* Either of two things that other threads give, at any time. */
async static int send_or_enter(int value)
{
	int which, r = -1;

	which = await async_select(&r, async_on_shared_send(ch, &value),
				   async_on_shared_acquire(&semaphore, 2));
	if (which == 1) {
		CHECK(r == 0 && atomic_fetch_add(&inside, 1) == 0);
		atomic_fetch_sub(&inside, 1);
		CHECK(async_shared_semaphore_release(&semaphore, 2) == 0);
	}
	return which ? -ECANCELED : r;
}

async static int recv_or_enter(int *value)
{
	int which, r = -1;

	which = await async_select(&r, async_on_shared_acquire(&semaphore, 1),
				   async_on_shared_recv(ch, value));
	if (which == 0) {
		CHECK(r == 0 && atomic_fetch_add(&inside, 1) < 2);
		CHECK(await async_sleep_ms(0) == 0 || async_cancelled());
		atomic_fetch_sub(&inside, 1);
		CHECK(async_shared_semaphore_release(&semaphore, 1) == 0);
	}
	return which == 1 ? r : -ECANCELED;
}

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
		bool both = i % 3 == 1 && capacity;
		r = both ? await send_or_enter(id * VALUES + i)
			 : await async_shared_chan_send(ch, id * VALUES + i);
		int reason = async_scope_close(&scope);
		if (r == 0) {
			i++;
			continue;
		}
		CHECK(r == -ECANCELED && (reason || both));
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
		r = i % 2 ? await async_shared_chan_recv(ch, &n) : await recv_or_enter(&n);
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

static int post(struct async_notify *flag)
{
	async_notify_post(flag);
	return 0;
}

async static int post_elsewhere(struct async_notify *flag)
{
	return await async_offload(post, flag);
}

/* A post that comes just as something else is done is there for the next wait. */
async static int flags(void)
{
	for (int i = 0; i < 100; i++) {
		struct async_notify flag = ASYNC_NOTIFY_INIT;
		async_task(int) poster = async_spawn(post_elsewhere(&flag));
		struct async_scope scope;
		int which;

		CHECK(async_scope_open(&scope) == 0);
		if (i % 2)
			async_deadline_set(&scope, async_now_ns() + (uint64_t)i * 500);
		which = await async_select(NULL, async_on_end(poster), async_on_notify(&flag));
		async_scope_close(&scope);
		CHECK(which == 0 || which == 1 || (which == -ECANCELED && i % 2));
		CHECK(await async_join(poster) == 0);
		CHECK(which == 1 || await async_notify_wait(&flag) == 0);
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
	CHECK(async_group_start(&group, flags()) == 0);
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
		capacity = capacities[i];
		ch = MADE(async_shared_chan_new(int, capacity));
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
