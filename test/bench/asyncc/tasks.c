/* Tasks: sleeping, taking turns, spawning and joining. */
#include "tests.h"

#include <asyncc/test.h>

#include <errno.h>

enum { BATCH = 1000, TURNS = 100 };

static long running;
static struct async_event all_ended = ASYNC_EVENT_INIT;

static void ended(void)
{
	if (--running == 0)
		async_event_set(&all_ended);
}

static async void sleeper(int64_t ms)
{
	await async_sleep_ms(ms);
	ended();
}

static async int sleep_all(long count, int64_t ms)
{
	running = count;
	for (long i = 0; i < count; i++) {
		async_task(void) task = async_spawn(sleeper(ms));
		if (!task)
			return -ENOMEM;
		async_detach(task);
	}
	return await async_event_wait(&all_ended);
}

async long test_sleep(long count, long seconds)
{
	long before = status_kb("VmRSS");
	double start = now_ns();

	if (await sleep_all(count, seconds * 1000) < 0)
		return -ENOMEM;
	mem_report(count, before, start, (double)seconds);
	return 0;
}

/* The same by a clock that jumps to the next timer, so that instructions can be counted. */
async long test_sleep_virtual(long count, long unused)
{
	(void)unused;
	async_test_virtual_time();
	return await sleep_all(count, 10000) < 0 ? -ENOMEM : count;
}

/* Sleeps so often, from a millisecond to a minute, short times as often as long ones. */
static async void napper(long number, long times)
{
	unsigned long random = (unsigned long)number;

	while (times-- > 0) {
		random = random * 6364136223846793005ul + 1442695040888963407ul;
		await async_sleep_ms((int64_t)1 << (random >> 33) % 16);
	}
	ended();
}

/* n timers in all, count at a time, by a clock that jumps to the next one. */
async long test_timers(long n, long count)
{
	async_test_virtual_time();
	running = count;
	for (long i = 0; i < count; i++)
		async_detach(async_spawn(napper(i, n / count)));
	bench_start();
	await async_event_wait(&all_ended);
	return n / count * count;
}

static async void yielder(long times)
{
	while (--times > 0)
		await async_yield();
	ended();
}

/* n turns of count tasks. */
async long test_switch(long count, long n)
{
	running = count;
	for (long i = 0; i < count; i++)
		async_detach(async_spawn(yielder(n / count)));
	bench_start();
	await async_event_wait(&all_ended);
	return n;
}

static async long trivial(long v)
{
	return v;
}

async long test_spawn(long n, long unused)
{
	async_task(long) tasks[BATCH];
	long sum = 0;

	(void)unused;
	for (long i = 0; i < n / BATCH; i++) {
		for (long k = 0; k < BATCH; k++)
			tasks[k] = async_spawn(trivial(k));
		for (long k = 0; k < BATCH; k++)
			sum += await async_join(tasks[k]);
	}
	bench_result = sum;
	return n / BATCH * BATCH;
}

/* The same with groups, which join their tasks by themselves. */
async long test_group(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n / BATCH; i++) {
		ASYNC_GROUP(group);
		for (long k = 0; k < BATCH; k++)
			async_group_start(&group, trivial(k));
	}
	return n / BATCH * BATCH;
}

/* A wait of one turn with a limit that it keeps. */
async long test_timeout(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++)
		bench_result += async_await_timeout(1000, async_yield());
	return n;
}

static int increment(long *value)
{
	++*value;
	return 0;
}

/* The smallest of calls on another thread. */
async long test_offload(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++)
		await async_offload(increment, &bench_result);
	return n;
}

static async int count(async_generator(long) out, long n)
{
	int error = 0;

	for (long i = 0; i < n && !error; i++)
		error = await async_generator_yield(out, i);
	return error;
}

async long test_generator(long n, long unused)
{
	(void)unused;
	async_for(long, value, numbers, count(numbers, n)) bench_result += value;
	return n;
}

/* A tree of tasks in which each has ten children; the leaves give their numbers. */
static async long skynet(long number, long size)
{
	async_task(long) children[10];
	long sum = 0;

	if (size == 1)
		return number;
	for (long i = 0; i < 10; i++)
		children[i] = async_spawn(skynet(number + i * (size / 10), size / 10));
	for (long i = 0; i < 10; i++)
		sum += await async_join(children[i]);
	return sum;
}

async long test_skynet(long n, long unused)
{
	(void)unused;
	bench_result = await skynet(0, n);
	return n;
}

static async void take_turns(long times)
{
	while (times-- > 0)
		await async_yield();
}

static async int switch_worker(unsigned number, void *times)
{
	(void)number;
	ASYNC_GROUP(group);
	for (int i = 0; i < TURNS; i++)
		async_group_start(&group, take_turns(*(long *)times / TURNS));
	return 0;
}

/* n turns in each thread. */
long test_switch_workers(long n, long threads)
{
	int error = async_run_workers((unsigned)threads, switch_worker, &n);

	return error ? error : n * threads;
}
