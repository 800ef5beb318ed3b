/* Sleeping, taking turns, spawning and joining. */
#include "floor.h"

/* A sleeping task is 16 bytes, and so is its timer in the heap. */
struct sleeper {
	void (*fn)(struct sleeper *);
	int st, id;
};

struct timer {
	double when;
	struct sleeper *sleeper;
};

static struct timer *heap;
static long timers, woken;

static void heap_add(struct timer t)
{
	long i = timers++;

	for (; i && heap[(i - 1) / 2].when > t.when; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = t;
}

static struct timer heap_pop(void)
{
	struct timer top = heap[0], t = heap[--timers];
	long i = 0, c;

	for (; (c = 2 * i + 1) < timers; i = c) {
		if (c + 1 < timers && heap[c + 1].when < heap[c].when)
			c++;
		if (heap[c].when >= t.when)
			break;
		heap[i] = heap[c];
	}
	heap[i] = t;
	return top;
}

static void sleeper_end(struct sleeper *s)
{
	woken++;
	free(s);
}

static void sleep_start(long n, double secs)
{
	heap = malloc((size_t)n * sizeof *heap);
	for (long i = 0; i < n; i++) {
		struct sleeper *s = malloc(sizeof *s);
		*s = (struct sleeper){sleeper_end, 1, (int)i};
		heap_add((struct timer){now_ns() + secs * 1e9, s});
	}
}

long test_sleep(long n, long secs)
{
	long before = status_kb("VmRSS");
	double start = now_ns();

	sleep_start(n, (double)secs);
	while (timers) {
		double left = heap[0].when - now_ns();
		if (left > 0) {
			struct timespec ts = {(time_t)(left / 1e9), (long)left % 1000000000};
			nanosleep(&ts, NULL);
			continue;
		}
		struct sleeper *s = heap_pop().sleeper;
		s->fn(s);
	}
	mem_report(n, before, start, (double)secs);
	return 0;
}

/* Without waiting, for counting instructions. */
long test_sleep_virtual(long n, long unused)
{
	(void)unused;
	sleep_start(n, 10);
	while (timers) {
		struct sleeper *s = heap_pop().sleeper;
		s->fn(s);
	}
	return n;
}

static void yielder(struct task *t)
{
	if (--t->a > 0)
		wake(t);
}

long test_switch(long count, long n)
{
	for (long i = 0; i < count; i++)
		spawn(yielder, n / count, 0, NULL);
	bench_start();
	run();
	return n;
}

static void nothing(struct task *t)
{
	(void)t;
}

static void trivial(struct task *t)
{
	t->parent->sum += t->a;
	if (--t->parent->pending == 0)
		wake(t->parent);
	drop(t);
}

long test_spawn(long n, long unused)
{
	struct task root = {.fn = nothing};

	(void)unused;
	for (long i = 0; i < n / 1000; i++) {
		root.pending = 1000;
		for (int k = 0; k < 1000; k++)
			spawn(trivial, k, 0, &root);
		run();
	}
	bench_result = root.sum;
	return n / 1000 * 1000;
}

static void skynet(struct task *t)
{
	if (t->st == 0 && t->b > 1) {
		t->st = 1;
		t->pending = 10;
		for (int i = 0; i < 10; i++)
			spawn(skynet, t->a + i * (t->b / 10), t->b / 10, t);
		return;
	}
	long result = t->st ? t->sum : t->a;
	if (!t->parent) {
		bench_result = result;
	} else {
		t->parent->sum += result;
		if (--t->parent->pending == 0)
			wake(t->parent);
	}
	drop(t);
}

long test_skynet(long n, long unused)
{
	(void)unused;
	spawn(skynet, 0, n, NULL);
	run();
	return n;
}
