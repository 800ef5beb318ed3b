/* Everything that can be a case of async_select: done at once, after a wait, or not at all, as
 * another case is done; then it is as if it had never been asked for. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -O1 -g -fPIC -fsanitize=address,undefined -shared %src/runtime/*.c -o %t.so
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s %t.so -o %t.all && %t.all
#include "Inputs/kit.h"

static struct async_mutex mutex;
static struct async_rwlock lock;
static struct async_semaphore semaphore;
static struct async_barrier barrier = ASYNC_BARRIER_INIT(3);
static struct async_event stop;
static struct async_notify notify, other_notify;
static async_broadcast(int) broadcast;
static async_watch(int) watch;
static struct async_subscriber subscriber;
static struct async_watcher watcher;
static async_shared_chan(int) shared;
static struct async_shared_semaphore permits = ASYNC_SHARED_SEMAPHORE_INIT(0);
static struct async_shared_event shared_event = ASYNC_SHARED_EVENT_INIT;

enum kind {
	LOCK,
	READ_LOCK,
	WRITE_LOCK,
	ACQUIRE,
	BARRIER,
	BROADCAST,
	WATCH,
	NOTIFY,
	SHARED_RECV,
	SHARED_SEND,
	SHARED_ACQUIRE,
	SHARED_EVENT,
	KINDS
};

async static int choose(enum kind kind, int *result)
{
	int to = -1, from = 7;
	struct async_case cases[KINDS] = {
		async_on_lock(&mutex),
		async_on_read_lock(&lock),
		async_on_write_lock(&lock),
		async_on_acquire(&semaphore, 2),
		async_on_barrier(&barrier),
		async_on_broadcast(broadcast, &subscriber, &to),
		async_on_watch(watch, &watcher, &to),
		async_on_notify(&notify),
		async_on_shared_recv(shared, &to),
		async_on_shared_send(shared, &from),
		async_on_shared_acquire(&permits, 2),
		async_on_shared_event(&shared_event),
	};
	int which = await async_select(result, async_on_notify(&other_notify), cases[kind],
				       async_on_event(&stop));

	if (which == 1 && (kind == BROADCAST || kind == WATCH || kind == SHARED_RECV))
		CHECK(to == 7);
	if (which == 1 && kind == LOCK)
		CHECK(async_mutex_unlock(&mutex) == 0);
	if (which == 1 && (kind == READ_LOCK || kind == WRITE_LOCK))
		CHECK(async_rwlock_unlock(&lock) == 0);
	return which;
}

/* Somebody behind the case in the same queue; gives what it got when it gets something. */
async static int behind(enum kind kind)
{
	int n;

	switch (kind) {
	case LOCK:
		CHECK(await async_mutex_lock(&mutex) == 0);
		return async_mutex_unlock(&mutex);
	case READ_LOCK:
	case WRITE_LOCK:
		CHECK(await async_rwlock_read(&lock) == 0);
		return async_rwlock_unlock(&lock);
	case ACQUIRE:
		CHECK(await async_semaphore_acquire(&semaphore, 1) == 0);
		return 0;
	case SHARED_RECV:
		CHECK(await async_shared_chan_recv(shared, &n) == 0 && n == 7);
		return 0;
	case SHARED_SEND:
		return await async_shared_chan_send(shared, 8);
	case SHARED_ACQUIRE:
		return await async_shared_semaphore_acquire(&permits, 1);
	default:
		return 0;
	}
}

/* What makes the case wait. */
async static void hold(enum kind kind)
{
	int n;

	switch (kind) {
	case LOCK:
		CHECK(async_mutex_try_lock(&mutex) == 0);
		break;
	case READ_LOCK:
	case WRITE_LOCK:
		CHECK(async_rwlock_try_write(&lock) == 0);
		break;
	case BROADCAST:
		async_broadcast_subscribe(broadcast, &subscriber);
		break;
	case WATCH:
		CHECK(async_watch_set(watch, 0) == 0);
		CHECK(await async_watch_next(watch, &watcher, &n) == 0);
		break;
	case SHARED_SEND:
		CHECK(async_shared_chan_try_send(shared, 6) == 0);
		break;
	default:
		break;
	}
}

/* What lets the case be done, and those behind it. */
async static void let(enum kind kind, bool chosen)
{
	int n;

	switch (kind) {
	case LOCK:
		CHECK(async_mutex_unlock(&mutex) == 0);
		break;
	case READ_LOCK:
	case WRITE_LOCK:
		CHECK(async_rwlock_unlock(&lock) == 0);
		break;
	case ACQUIRE:
		CHECK(async_semaphore_release(&semaphore, chosen ? 3 : 1) == 0);
		break;
	case BARRIER:
		/* Three with the case; two when it is not in it. */
		if (chosen)
			CHECK(await async_barrier_wait(&barrier) == 1);
		break;
	case BROADCAST:
		CHECK(async_broadcast_send(broadcast, 7) == 0);
		break;
	case WATCH:
		CHECK(async_watch_set(watch, 7) == 0);
		break;
	case NOTIFY:
		async_notify_post(&notify);
		break;
	case SHARED_RECV:
		CHECK(async_shared_chan_try_send(shared, 7) == 0);
		if (chosen)
			CHECK(await async_shared_chan_send(shared, 7) == 0);
		break;
	case SHARED_SEND:
		CHECK(await async_shared_chan_recv(shared, &n) == 0 && n == 6);
		if (chosen)
			CHECK(await async_shared_chan_recv(shared, &n) == 0 && n == 7);
		CHECK(await async_shared_chan_recv(shared, &n) == 0 && n == 8);
		break;
	case SHARED_ACQUIRE:
		CHECK(async_shared_semaphore_release(&permits, chosen ? 3 : 1) == 0);
		break;
	default:
		async_shared_event_set(&shared_event);
	}
}

async static void tidy(enum kind kind, bool chosen)
{
	async_shared_event_clear(&shared_event);
	async_event_clear(&stop);
	if (kind == NOTIFY && !chosen)
		CHECK(await async_notify_wait(&notify) == 0);
	CHECK(async_semaphore_try_acquire(&semaphore, 1) == -EBUSY);
	CHECK(async_shared_semaphore_try_acquire(&permits, 1) == -EBUSY);
	CHECK(!mutex.owner && !lock.readers && !barrier.count);
}

async static int party(void)
{
	return await async_barrier_wait(&barrier);
}

/* The case waits with somebody behind it, and is done when it can be. */
async static void done(enum kind kind)
{
	async_task(int) task, next, first = NULL;
	int result = -1;

	await hold(kind);
	task = async_spawn(choose(kind, &result));
	if (kind == BARRIER)
		first = async_spawn(party());
	CHECK(await async_sleep_ms(1) == 0);
	next = async_spawn(behind(kind));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(task));
	await let(kind, true);
	CHECK(await async_join(task) == 1 && result == 0);
	CHECK(await async_join(next) == 0);
	if (first)
		CHECK(await async_join(first) == 0);
	await tidy(kind, true);
}

/* Another case is done, while it waits or in the moment in which it could be done; whoever is
 * behind gets what it does not take. */
async static void not_done(enum kind kind, bool late)
{
	async_task(int) task, next;
	int result = -1;

	await hold(kind);
	task = async_spawn(choose(kind, &result));
	CHECK(await async_sleep_ms(1) == 0);
	next = async_spawn(behind(kind));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(task));
	if (late)
		async_notify_post(&other_notify);
	else
		async_event_set(&stop);
	if (!late || kind == NOTIFY || kind >= SHARED_RECV) {
		await let(kind, false);
		CHECK(await async_join(task) == (late ? 0 : 2) && result == 0);
	} else {
		CHECK(await async_join(task) == 0 && result == 0);
		await let(kind, false);
	}
	CHECK(await async_join(next) == 0);
	await tidy(kind, false);
}

async static int at_once(void)
{
	int r = -1, n = 0, from = 3;

	CHECK(await async_select(&r, async_on_lock(&mutex)) == 0 && r == 0);
	CHECK(await async_select(&r, async_on_lock(&mutex)) == 0 && r == -EDEADLK);
	CHECK(async_mutex_unlock(&mutex) == 0);
	CHECK(await async_select(&r, async_on_read_lock(&lock)) == 0 && r == 0);
	CHECK(await async_select(&r, async_on_write_lock(&lock), async_on_timeout(1)) == 1);
	CHECK(await async_select(&r, async_on_read_lock(&lock)) == 0 && lock.readers == 2);
	CHECK(async_rwlock_unlock(&lock) == 0 && async_rwlock_unlock(&lock) == 0);
	CHECK(await async_select(&r, async_on_write_lock(&lock)) == 0 && r == 0);
	CHECK(async_rwlock_unlock(&lock) == 0);
	CHECK(async_semaphore_release(&semaphore, 2) == 0);
	CHECK(await async_select(&r, async_on_acquire(&semaphore, 3), async_on_acquire(&semaphore, 2)) == 1);
	async_barrier_break(&barrier);
	CHECK(await async_select(&r, async_on_barrier(&barrier)) == 0 && r == -EPIPE);
	async_barrier_reset(&barrier);
	async_broadcast_subscribe(broadcast, &subscriber);
	CHECK(async_broadcast_send(broadcast, 5) == 0);
	CHECK(await async_select(&r, async_on_broadcast(broadcast, &subscriber, &n)) == 0 && n == 5);
	CHECK(async_watch_set(watch, 6) == 0);
	CHECK(await async_select(&r, async_on_watch(watch, &watcher, &n)) == 0 && n == 6);
	async_notify_post(&notify);
	CHECK(await async_select(&r, async_on_notify(&notify)) == 0 && r == 0);
	CHECK(await async_select(&r, async_on_shared_send(shared, &from)) == 0 && r == 0);
	CHECK(await async_select(&r, async_on_shared_recv(shared, &n)) == 0 && n == 3);
	CHECK(async_shared_semaphore_release(&permits, 1) == 0);
	CHECK(await async_select(&r, async_on_shared_acquire(&permits, 1)) == 0 && r == 0);
	async_shared_event_set(&shared_event);
	CHECK(await async_select(&r, async_on_shared_event(&shared_event)) == 0 && r == 0);
	async_shared_event_clear(&shared_event);
	return 0;
}

async static int count(async_generator(int) out, int to)
{
	int error = 0;

	for (int i = 0; i < to && !error; i++) {
		error = await async_sleep_ms(2);
		if (!error)
			error = await async_generator_yield(out, i);
	}
	return error;
}

/* A value that was asked for in vain comes with the next call. */
async static int generators(void)
{
	int n = -1, m = -1, r, which, slow = 0;

	ASYNC_GENERATOR(int, a, count(a, 10));
	ASYNC_GENERATOR(int, b, count(b, 3));
	CHECK(await async_select(&r, async_on_next(a, &n), async_on_timeout(1)) == 1 && n == -1);
	CHECK(await async_select(&r, async_on_next(a, &n), async_on_next(a, &m)) == 1 && r == -EBUSY);
	for (int i = 0; i < 10; slow++) {
		which = await async_select(&r, async_on_next(a, &n), async_on_timeout(1));
		if (which == 0)
			CHECK(r == 1 && n == i++);
	}
	CHECK(slow > 10);
	/* b has had a value ready for long; that a has none is learnt later. */
	CHECK(await async_select(&r, async_on_next(a, &n), async_on_next(b, &m)) == 1 && r == 1);
	CHECK(m == 0 && await async_generator_next(a, &n) == 0);
	for (int i = 1; i < 3; i++)
		CHECK(await async_select(&r, async_on_next(b, &m)) == 0 && r == 1 && m == i);
	CHECK(await async_select(&r, async_on_next(b, &m)) == 0 && r == 0);
	return 0;
}

async static int napping(int ms)
{
	int r = await async_sleep_ms(ms);

	return r ? r : ms;
}

/* A task behind the handle of another thread's, here of the same loop. */
async static int remote(void)
{
	async_remote(int) task = async_spawn_on(async_loop_self(), napping(4));
	int r = -1, value = 0;

	CHECK(await async_select(&r, async_on_remote_end(task), async_on_timeout(1)) == 1);
	CHECK(await async_select(&r, async_on_timeout(10), async_on_remote_end(task)) == 1 && r == 0);
	CHECK(await async_select(&r, async_on_remote_end(task)) == 0 && r == 0);
	CHECK(await async_remote_join(task, &value) == 0 && value == 4);
	CHECK(await async_select(&r, async_on_remote_end((async_remote(int))NULL)) == 0 && r == 0);
	return 0;
}

/* One that waits twice for the same gets it once. */
async static int twice(int *result)
{
	return await async_select(result, async_on_acquire(&semaphore, 2),
				  async_on_acquire(&semaphore, 1), async_on_acquire(&semaphore, 1));
}

async static int same(void)
{
	async_task(int) task;
	int r = -1;

	task = async_spawn(twice(&r));
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(async_semaphore_release(&semaphore, 1) == 0);
	CHECK(await async_sleep_ms(1) == 0 && !async_done(task));
	CHECK(async_semaphore_release(&semaphore, 1) == 0);
	CHECK(await async_join(task) == 0 && r == 0);
	CHECK(async_semaphore_try_acquire(&semaphore, 1) == -EBUSY);
	return 0;
}

/* Whoever waits behind cases of other selects gets its turn when these leave, and values left
 * in a closed channel are received before the end is. */
async static int take_shared(int *value, int *result, bool patient)
{
	return await async_select(result, async_on_shared_recv(shared, value),
				  async_on_timeout(patient ? 1000 : 2));
}

async static int closing(void)
{
	async_shared_chan(int) kept = shared, none;
	async_task(int) tasks[3];
	int values[3] = {0}, results[3] = {1, 1, 1}, n;

	shared = MADE(async_shared_chan_new(int, 2));
	for (int i = 0; i < 3; i++) {
		tasks[i] = async_spawn(take_shared(&values[i], &results[i], i > 0));
		CHECK(await async_sleep_ms(1) == 0);
	}
	CHECK(await async_join(tasks[0]) == 1);
	CHECK(async_shared_chan_try_send(shared, 5) == 0);
	async_shared_chan_close(shared);
	CHECK(await async_join(tasks[1]) == 0 && await async_join(tasks[2]) == 0);
	CHECK(results[1] == 0 && values[1] == 5 && results[2] == -EPIPE);
	CHECK(await async_select(&n, async_on_shared_send(shared, &n)) == 0 && n == -EPIPE);
	async_shared_chan_free(shared);
	none = MADE(async_shared_chan_new(int, 0));
	CHECK(await async_select(&n, async_on_shared_send(none, &n)) == 0 && n == -EINVAL);
	async_shared_chan_free(none);
	shared = kept;
	return 0;
}

/* A case is called for a sender that then leaves, and goes on waiting. */
async static int send_shortly(async_shared_chan(int) chan)
{
	return async_await_timeout(2, async_shared_chan_send(chan, 1));
}

async static int receive(async_shared_chan(int) chan, int *to)
{
	return await async_select(NULL, async_on_shared_recv(chan, to), async_on_event(&stop));
}

async static int rendezvous(void)
{
	async_shared_chan(int) chan = MADE(async_shared_chan_new(int, 0));
	async_task(int) receiver, sender;
	int n = 0, r;

	for (int round = 0; round < 3; round++) {
		receiver = async_spawn(receive(chan, &n));
		CHECK(await async_sleep_ms(1) == 0);
		sender = async_spawn(send_shortly(chan));
		if (round == 1)
			async_event_set(&stop);
		if (round == 2)
			async_cancel(sender);
		r = await async_join(sender);
		CHECK(r == (round == 0 ? 0 : round == 1 ? -ETIMEDOUT : -ECANCELED));
		if (round == 2)
			CHECK(await async_shared_chan_send(chan, 1) == 0);
		CHECK(await async_join(receiver) == (round == 1) && n == (round != 1));
		async_event_clear(&stop);
		n = 0;
	}
	async_shared_chan_free(chan);
	return 0;
}

/* Without memory for its place in a queue between threads a case fails, and leaves nothing. */
async static int no_memory(void)
{
	int n, r, which;

	for (unsigned long i = 1; i < 10; i++) {
		async_test_fail_allocation(i, false);
		which = await async_select(&r, async_on_shared_recv(shared, &n),
					   async_on_shared_acquire(&permits, 1),
					   async_on_shared_event(&shared_event), async_on_timeout(1));
		if (!async_test_allocation_failed())
			break;
		CHECK(which == -ENOMEM || (which >= 0 && which < 3 && r == -ENOMEM) || which == 3);
	}
	async_test_fail_allocation(0, false);
	return 0;
}

async static int all(void)
{
	broadcast = MADE(async_broadcast_new(int, 4));
	watch = MADE(async_watch_new(int, 0));
	watcher = (struct async_watcher){0};
	shared = MADE(async_shared_chan_new(int, 1));
	CHECK(await at_once() == 0);
	for (int i = 0; i < KINDS; i++) {
		await done((enum kind)i);
		await not_done((enum kind)i, false);
		await not_done((enum kind)i, true);
	}
	CHECK(await generators() == 0);
	CHECK(await remote() == 0);
	CHECK(await same() == 0);
	CHECK(await closing() == 0);
	CHECK(await rendezvous() == 0);
	CHECK(await no_memory() == 0);
	async_broadcast_free(broadcast);
	async_watch_free(watch);
	async_shared_chan_free(shared);
	return 0;
}

LIMITED(3600000, all())

int main(void)
{
	EXPLORE(limited(), 200);
	return 0;
}
