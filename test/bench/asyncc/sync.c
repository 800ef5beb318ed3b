/* Channels and synchronisation. What "…_wait" tests is contended: tasks that find the thing
 * taken wait for it in a queue. */
#include "tests.h"

#include <errno.h>

enum { TASKS = 10, SUBSCRIBERS = 4, BURST = 16 };

/* Runs a call as TASKS tasks and waits for all. */
#define IN_TASKS(call)                                                                             \
	do {                                                                                       \
		ASYNC_GROUP(tasks);                                                                \
		for (int started = 0; started < TASKS; started++)                                  \
			async_group_start(&tasks, call);                                           \
	} while (0)

static async void pong(async_chan(long) from, async_chan(long) to)
{
	long v;

	while (await async_chan_recv(from, &v) == 0)
		await async_chan_send(to, v);
}

/* n messages there and back; each is an operation. */
async long test_pingpong(long n, long unused)
{
	async_chan(long) there = async_chan_new(long, 1);
	async_chan(long) back = async_chan_new(long, 1);
	async_task(void) other = async_spawn(pong(there, back));

	(void)unused;
	for (long i = 0; i < n / 2; i++) {
		await async_chan_send(there, i);
		await async_chan_recv(back, &bench_result);
	}
	async_chan_close(there);
	await async_join(other);
	async_chan_free(there);
	async_chan_free(back);
	return n;
}

static async void produce(async_chan(long) chan, long n)
{
	for (long i = 0; i < n; i++)
		await async_chan_send(chan, i);
	async_chan_close(chan);
}

static async long consume(async_chan(long) chan)
{
	long v, sum = 0;

	while (await async_chan_recv(chan, &v) == 0)
		sum += v;
	return sum;
}

async long test_chan(long n, long unused)
{
	async_chan(long) chan = async_chan_new(long, 128);
	async_task(void) producer = async_spawn(produce(chan, n));

	(void)unused;
	bench_result = await consume(chan);
	await async_join(producer);
	async_chan_free(chan);
	return n;
}

static async void produce_bursts(async_chan(long) chan, long n)
{
	for (long i = 0; i < n; i++) {
		await async_chan_send(chan, i);
		if (i % BURST == BURST - 1)
			await async_yield();
	}
	async_chan_close(chan);
}

/* Sending never waits; the sender lets the receiver run after each burst. */
async long test_unbounded(long n, long unused)
{
	async_chan(long) chan = async_chan_new(long, ASYNC_UNBOUNDED);
	async_task(void) producer = async_spawn(produce_bursts(chan, n));

	(void)unused;
	bench_result = await consume(chan);
	await async_join(producer);
	async_chan_free(chan);
	return n;
}

static async void listen(async_broadcast(long) broadcast)
{
	struct async_subscriber subscriber;
	long v;

	async_broadcast_subscribe(broadcast, &subscriber);
	while (await async_broadcast_recv(broadcast, &subscriber, &v) == 0)
		bench_result += v;
}

/* n values received, by several subscribers. */
async long test_broadcast(long n, long unused)
{
	async_broadcast(long) broadcast = async_broadcast_new(long, 2 * BURST);

	(void)unused;
	{
		ASYNC_GROUP(group);
		for (int i = 0; i < SUBSCRIBERS; i++)
			async_group_start(&group, listen(broadcast));
		await async_yield();
		for (long i = 0; i < n / SUBSCRIBERS; i++) {
			async_broadcast_send(broadcast, i);
			if (i % BURST == BURST - 1)
				await async_yield();
		}
		async_broadcast_close(broadcast);
	}
	async_broadcast_free(broadcast);
	return n;
}

static async void follow(async_watch(long) watch)
{
	struct async_watcher watcher = {0};
	long v;

	while (await async_watch_next(watch, &watcher, &v) == 0)
		bench_result += v;
}

/* n changes of a value, each seen by a task. */
async long test_watch(long n, long unused)
{
	async_watch(long) watch = async_watch_new(long, 0);
	async_task(void) watcher = async_spawn(follow(watch));

	(void)unused;
	for (long i = 0; i < n; i++) {
		async_watch_set(watch, i);
		await async_yield();
	}
	async_watch_close(watch);
	await async_join(watcher);
	async_watch_free(watch);
	return n;
}

/* n values from whichever of two channels has one; a producer each. */
async long test_select(long n, long unused)
{
	async_chan(long) a = async_chan_new(long, 128);
	async_chan(long) b = async_chan_new(long, 128);
	async_task(void) first = async_spawn(produce(a, n / 2));
	async_task(void) second = async_spawn(produce(b, n / 2));
	long v, sum = 0;

	(void)unused;
	for (long i = 0; i < n / 2 * 2; i++) {
		/* Alternately, as a closed channel is ready for ever. */
		if (i % 2)
			await async_select(NULL, async_on_recv(b, &v), async_on_recv(a, &v));
		else
			await async_select(NULL, async_on_recv(a, &v), async_on_recv(b, &v));
		sum += v;
	}
	bench_result = sum;
	await async_join(first);
	await async_join(second);
	async_chan_free(a);
	async_chan_free(b);
	return n / 2 * 2;
}

static struct async_mutex mutex = ASYNC_MUTEX_INIT;

async long test_mutex(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		await async_mutex_lock(&mutex);
		bench_result++;
		async_mutex_unlock(&mutex);
	}
	return n;
}

static async void fight(long n)
{
	for (long i = 0; i < n; i++) {
		await async_mutex_lock(&mutex);
		bench_result++;
		await async_yield();
		async_mutex_unlock(&mutex);
	}
}

async long test_mutex_wait(long n, long unused)
{
	(void)unused;
	IN_TASKS(fight(n / TASKS));
	return n / TASKS * TASKS;
}

static struct async_rwlock rwlock = ASYNC_RWLOCK_INIT;

async long test_rwlock(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		await async_rwlock_read(&rwlock);
		bench_result++;
		async_rwlock_unlock(&rwlock);
	}
	return n;
}

static async void read_and_write(long n)
{
	for (long i = 0; i < n; i++) {
		if (i % TASKS == 0)
			await async_rwlock_write(&rwlock);
		else
			await async_rwlock_read(&rwlock);
		bench_result++;
		await async_yield();
		async_rwlock_unlock(&rwlock);
	}
}

/* One lock in ten is for writing. */
async long test_rwlock_wait(long n, long unused)
{
	(void)unused;
	IN_TASKS(read_and_write(n / TASKS));
	return n / TASKS * TASKS;
}

static struct async_semaphore semaphore = ASYNC_SEMAPHORE_INIT(TASKS / 2);

async long test_semaphore(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		await async_semaphore_acquire(&semaphore, 1);
		bench_result++;
		async_semaphore_release(&semaphore, 1);
	}
	return n;
}

static async void take_permits(long n)
{
	for (long i = 0; i < n; i++) {
		await async_semaphore_acquire(&semaphore, 1);
		bench_result++;
		await async_yield();
		async_semaphore_release(&semaphore, 1);
	}
}

/* Half as many permits as tasks. */
async long test_semaphore_wait(long n, long unused)
{
	(void)unused;
	IN_TASKS(take_permits(n / TASKS));
	return n / TASKS * TASKS;
}

static struct async_event here = ASYNC_EVENT_INIT, there = ASYNC_EVENT_INIT;

static async void answer_events(long n)
{
	for (long i = 0; i < n; i++) {
		await async_event_wait(&there);
		async_event_clear(&there);
		async_event_set(&here);
	}
}

/* Two tasks wake each other; each time is an operation. */
async long test_event(long n, long unused)
{
	async_task(void) other = async_spawn(answer_events(n / 2));

	(void)unused;
	for (long i = 0; i < n / 2; i++) {
		async_event_set(&there);
		await async_event_wait(&here);
		async_event_clear(&here);
	}
	await async_join(other);
	return n / 2 * 2;
}

static struct async_cond changed = ASYNC_COND_INIT;
static long turn;

static async void take_turns(long n, long own)
{
	for (long i = 0; i < n; i++) {
		await async_mutex_lock(&mutex);
		while (turn % 2 != own)
			await async_cond_wait(&changed, &mutex);
		turn++;
		async_cond_signal(&changed);
		async_mutex_unlock(&mutex);
	}
}

/* Two tasks take turns; each turn is an operation. */
async long test_cond(long n, long unused)
{
	async_task(void) other = async_spawn(take_turns(n / 2, 1));

	(void)unused;
	await take_turns(n / 2, 0);
	await async_join(other);
	return n / 2 * 2;
}

static struct async_barrier barrier = ASYNC_BARRIER_INIT(TASKS);

static async void meet(long n)
{
	for (long i = 0; i < n; i++)
		await async_barrier_wait(&barrier);
	bench_result += n;
}

async long test_barrier(long n, long unused)
{
	(void)unused;
	IN_TASKS(meet(n / TASKS));
	return n / TASKS * TASKS;
}

static async int nothing(void *arg)
{
	(void)arg;
	return 0;
}

/* Done long ago. */
async long test_once(long n, long unused)
{
	struct async_once once = ASYNC_ONCE_INIT;
	long sum = 0;

	(void)unused;
	for (long i = 0; i < n; i++) {
		sum += await async_once_call(&once, nothing, NULL) + 1;
		OPAQUE(sum);
	}
	bench_result = sum;
	return n;
}
