/* The floor: hand-written C state machines, an intrusive list of ready tasks, a heap of timers
 * and raw epoll; no cancellation, no errors, no look at descriptors between tasks. What a
 * perfect transform and runtime could reach: a bound, not a product.
 *
 * A task is a function that is called whenever the task is to run, with its state in st. */
#ifndef FLOOR_H
#define FLOOR_H

#include "../bench.h"

struct task {
	struct task *next;
	void (*fn)(struct task *);
	struct task *parent;
	long a, b, sum;
	int st, pending;
};

struct queue {
	struct task *first, **last;
};

#define QUEUE_INIT(queue) {NULL, &(queue).first}

extern struct queue ready;
extern struct task *pool; /* ended tasks */

static inline void queue_add(struct queue *queue, struct task *t)
{
	t->next = NULL;
	*queue->last = t;
	queue->last = &t->next;
}

static inline struct task *queue_take(struct queue *queue)
{
	struct task *t = queue->first;

	if (t && !(queue->first = t->next))
		queue->last = &queue->first;
	return t;
}

static inline void wake(struct task *t)
{
	queue_add(&ready, t);
}

static inline void run(void)
{
	struct task *t;

	while ((t = queue_take(&ready)))
		t->fn(t);
}

static inline struct task *spawn(void (*fn)(struct task *), long a, long b, struct task *parent)
{
	struct task *t = pool;

	if (t)
		pool = t->next;
	else
		t = malloc(sizeof *t);
	*t = (struct task){.fn = fn, .a = a, .b = b, .parent = parent};
	wake(t);
	return t;
}

static inline void drop(struct task *t)
{
	t->next = pool;
	pool = t;
}

/* The tests: do what their arguments say and give the number of operations, or 0 when they
 * print their figures themselves. */
void bench_start(void);
extern long bench_result;

long test_sleep(long n, long secs);
long test_sleep_virtual(long n, long unused);
long test_switch(long count, long n);
long test_spawn(long n, long unused);
long test_skynet(long n, long unused);

long test_fib(long n, long unused);
long test_chain(long n, long unused);
long test_chain_inline(long n, long unused);
long test_leaf(long n, long unused);
long test_leaf_flat(long n, long unused);
long test_tail(long n, long unused);
long test_compute(long n, long unused);

long test_pingpong(long n, long unused);
long test_chan(long n, long unused);
long test_unbounded(long n, long unused);
long test_broadcast(long n, long unused);
long test_watch(long n, long unused);
long test_select(long n, long unused);
long test_mutex(long n, long unused);
long test_mutex_wait(long n, long unused);
long test_rwlock(long n, long unused);
long test_rwlock_wait(long n, long unused);
long test_semaphore(long n, long unused);
long test_semaphore_wait(long n, long unused);
long test_event(long n, long unused);
long test_cond(long n, long unused);

long test_echo(long port, long unused);

long test_file_read(long n, long unused);
long test_file_scan(long n, long unused);
long test_file_fill(long n, long unused);
long test_file_make(long n, long unused);
long test_file_load(long n, long unused);
long test_file_stat(long n, long unused);
long test_file_remove(long n, long unused);

#endif
