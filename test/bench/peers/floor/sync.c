/* Channels and synchronisation. Who releases something hands it to the first that waits. */
#include "floor.h"

enum { TASKS = 10, SUBSCRIBERS = 4, BURST = 16, KEPT = 128 };

/* A channel with one sender and one receiver. */
struct chan {
	long buf[128];
	unsigned cap, r, w;
	struct task *rx, *tx;
};

static int chan_send(struct chan *c, long v, struct task *t)
{
	if (c->w - c->r == c->cap) {
		c->tx = t;
		return 0;
	}
	c->buf[c->w++ % 128] = v;
	if (c->rx) {
		wake(c->rx);
		c->rx = NULL;
	}
	return 1;
}

static int chan_recv(struct chan *c, long *v, struct task *t)
{
	if (c->w == c->r) {
		c->rx = t;
		return 0;
	}
	*v = c->buf[c->r++ % 128];
	if (c->tx) {
		wake(c->tx);
		c->tx = NULL;
	}
	return 1;
}

static struct chan there = {.cap = 1}, back = {.cap = 1}, wide = {.cap = 128},
		   second = {.cap = 128};

static void ping(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a-- == 0)
				return;
			t->st = 1; /* fall through */
		case 1:
			if (!chan_send(&there, 1, t))
				return;
			t->st = 2; /* fall through */
		case 2:
			if (!chan_recv(&back, &bench_result, t))
				return;
			t->st = 0;
		}
}

static void pong(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (!chan_recv(&there, &t->b, t))
				return;
			t->st = 1; /* fall through */
		case 1:
			if (!chan_send(&back, t->b, t))
				return;
			t->st = 0;
		}
}

long test_pingpong(long n, long unused)
{
	(void)unused;
	spawn(ping, n / 2, 0, NULL);
	spawn(pong, 0, 0, NULL);
	run();
	return n;
}

static void produce(struct task *t)
{
	for (; t->a; t->a--)
		if (!chan_send(&wide, t->a, t))
			return;
}

static void consume(struct task *t)
{
	for (long v; t->a; t->a--, bench_result += v)
		if (!chan_recv(&wide, &v, t))
			return;
}

long test_chan(long n, long unused)
{
	(void)unused;
	spawn(produce, n, 0, NULL);
	spawn(consume, n, 0, NULL);
	run();
	return n;
}

/* Two channels of which a task receives whatever comes: it waits for both. */
static struct task *chooser;

static void produce_choice(struct task *t)
{
	struct chan *c = t->b ? &second : &wide;

	for (; t->a; t->a--) {
		if (!chan_send(c, t->a, t))
			return;
		if (chooser) {
			wake(chooser);
			chooser = NULL;
		}
	}
}

static void choose(struct task *t)
{
	for (; t->a; t->a--) {
		struct chan *c = t->a % 2 ? &second : &wide;
		if (c->w == c->r)
			c = c == &wide ? &second : &wide;
		if (c->w == c->r) {
			chooser = t;
			return;
		}
		bench_result += c->buf[c->r++ % 128];
		if (c->tx) {
			wake(c->tx);
			c->tx = NULL;
		}
	}
}

long test_select(long n, long unused)
{
	(void)unused;
	spawn(produce_choice, n / 2, 0, NULL);
	spawn(produce_choice, n / 2, 1, NULL);
	spawn(choose, n / 2 * 2, 0, NULL);
	run();
	return n / 2 * 2;
}

/* A channel that grows. */
static struct {
	long *buf;
	unsigned long size, r, w;
	struct task *rx;
} growing;

static void grow(void)
{
	unsigned long size = growing.size ? growing.size * 2 : 64;
	long *buf = malloc(size * sizeof *buf);

	for (unsigned long i = growing.r; i != growing.w; i++)
		buf[i & (size - 1)] = growing.buf[i & (growing.size - 1)];
	free(growing.buf);
	growing.buf = buf;
	growing.size = size;
}

static void produce_bursts(struct task *t)
{
	while (t->a-- > 0) {
		if (growing.w - growing.r == growing.size)
			grow();
		growing.buf[growing.w++ & (growing.size - 1)] = t->a;
		if (growing.rx) {
			wake(growing.rx);
			growing.rx = NULL;
		}
		if (t->a % BURST == 0) {
			wake(t);
			return;
		}
	}
}

static void consume_bursts(struct task *t)
{
	for (; t->a; t->a--) {
		if (growing.w == growing.r) {
			growing.rx = t;
			return;
		}
		bench_result += growing.buf[growing.r++ & (growing.size - 1)];
	}
}

long test_unbounded(long n, long unused)
{
	(void)unused;
	spawn(produce_bursts, n, 0, NULL);
	spawn(consume_bursts, n, 0, NULL);
	run();
	return n;
}

/* A broadcast: what was sent is kept in a ring, each subscriber (b) has its own place in it. */
static struct {
	long kept[KEPT], sent;
	struct queue waiters;
} broadcast = {.waiters = QUEUE_INIT(broadcast.waiters)};

static void broadcast_send(long v)
{
	struct task *t;

	broadcast.kept[broadcast.sent++ % KEPT] = v;
	while ((t = queue_take(&broadcast.waiters)))
		wake(t);
}

static void listen_to(struct task *t)
{
	for (; t->b < t->a; t->b++) {
		if (t->b == broadcast.sent) {
			queue_add(&broadcast.waiters, t);
			return;
		}
		bench_result += broadcast.kept[t->b % KEPT];
	}
}

static void speak(struct task *t)
{
	while (t->a-- > 0) {
		broadcast_send(t->a);
		if (t->a % BURST == 0) {
			wake(t);
			return;
		}
	}
}

long test_broadcast(long n, long unused)
{
	(void)unused;
	for (int i = 0; i < SUBSCRIBERS; i++)
		spawn(listen_to, n / SUBSCRIBERS, 0, NULL);
	spawn(speak, n / SUBSCRIBERS, 0, NULL);
	run();
	return n;
}

static struct {
	long value, version;
	struct task *waiter;
} watched;

static void change(struct task *t)
{
	if (t->a == 0)
		return;
	watched.value = t->a--;
	watched.version++;
	if (watched.waiter) {
		wake(watched.waiter);
		watched.waiter = NULL;
	}
	wake(t);
}

static void follow(struct task *t)
{
	if (t->b != watched.version) {
		t->b = watched.version;
		bench_result += watched.value;
	}
	watched.waiter = t;
}

long test_watch(long n, long unused)
{
	(void)unused;
	spawn(change, n, 0, NULL);
	spawn(follow, 0, 0, NULL);
	run();
	return n;
}

/* Permits; a mutex is one permit. */
struct permits {
	int left;
	struct queue waiters;
};

static int acquire(struct permits *p, struct task *t)
{
	if (!p->left) {
		queue_add(&p->waiters, t);
		return 0;
	}
	p->left--;
	return 1;
}

static void release(struct permits *p)
{
	struct task *t = queue_take(&p->waiters);

	if (t)
		wake(t);
	else
		p->left++;
}

static struct permits mutex = {1, QUEUE_INIT(mutex.waiters)};
static struct permits semaphore = {TASKS / 2, QUEUE_INIT(semaphore.waiters)};

static long take_free(struct permits *p, long n)
{
	static struct task self;

	for (long i = 0; i < n; i++) {
		acquire(p, &self);
		OPAQUE(p);
		bench_result++;
		release(p);
	}
	return n;
}

long test_mutex(long n, long unused)
{
	(void)unused;
	return take_free(&mutex, n);
}

long test_semaphore(long n, long unused)
{
	(void)unused;
	return take_free(&semaphore, n);
}

static inline void take(struct task *t, struct permits *p)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a-- == 0)
				return;
			t->st = 1;
			if (!acquire(p, t))
				return; /* fall through */
		case 1:
			bench_result++;
			t->st = 2;
			wake(t);
			return;
		case 2:
			release(p);
			t->st = 0;
		}
}

static void take_mutex(struct task *t)
{
	take(t, &mutex);
}

static void take_permit(struct task *t)
{
	take(t, &semaphore);
}

static long in_tasks(void (*fn)(struct task *), long n)
{
	for (int i = 0; i < TASKS; i++)
		spawn(fn, n / TASKS, 0, NULL);
	run();
	return n / TASKS * TASKS;
}

long test_mutex_wait(long n, long unused)
{
	(void)unused;
	return in_tasks(take_mutex, n);
}

long test_semaphore_wait(long n, long unused)
{
	(void)unused;
	return in_tasks(take_permit, n);
}

/* Readers, or -1 for a writer; a task that waits has in b whether it is to write. */
static struct {
	int readers;
	struct queue waiters;
} rwlock = {.waiters = QUEUE_INIT(rwlock.waiters)};

static int rwlock_take(struct task *t)
{
	if (rwlock.waiters.first || (t->b ? rwlock.readers != 0 : rwlock.readers < 0)) {
		queue_add(&rwlock.waiters, t);
		return 0;
	}
	rwlock.readers = t->b ? -1 : rwlock.readers + 1;
	return 1;
}

static void rwlock_release(void)
{
	struct task *t;

	rwlock.readers = rwlock.readers < 0 ? 0 : rwlock.readers - 1;
	while ((t = rwlock.waiters.first) && (t->b ? rwlock.readers == 0 : rwlock.readers >= 0)) {
		rwlock.readers = t->b ? -1 : rwlock.readers + 1;
		wake(queue_take(&rwlock.waiters));
	}
}

long test_rwlock(long n, long unused)
{
	static struct task self;

	(void)unused;
	for (long i = 0; i < n; i++) {
		rwlock_take(&self);
		bench_result++;
		rwlock_release();
	}
	return n;
}

static void read_and_write(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a-- == 0)
				return;
			t->b = t->a % TASKS == 0;
			t->st = 1;
			if (!rwlock_take(t))
				return; /* fall through */
		case 1:
			bench_result++;
			t->st = 2;
			wake(t);
			return;
		case 2:
			rwlock_release();
			t->st = 0;
		}
}

long test_rwlock_wait(long n, long unused)
{
	(void)unused;
	return in_tasks(read_and_write, n);
}

struct event {
	int set;
	struct queue waiters;
};

static struct event asked = {0, QUEUE_INIT(asked.waiters)};
static struct event answered = {0, QUEUE_INIT(answered.waiters)};

static void event_set(struct event *e)
{
	struct task *t;

	e->set = 1;
	while ((t = queue_take(&e->waiters)))
		wake(t);
}

static int event_wait(struct event *e, struct task *t)
{
	if (!e->set)
		queue_add(&e->waiters, t);
	return e->set;
}

static void ask(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a-- == 0)
				return;
			event_set(&asked);
			t->st = 1;
			if (!event_wait(&answered, t))
				return; /* fall through */
		case 1:
			answered.set = 0;
			t->st = 0;
		}
}

static void answer(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a-- == 0)
				return;
			t->st = 1;
			if (!event_wait(&asked, t))
				return; /* fall through */
		case 1:
			asked.set = 0;
			event_set(&answered);
			t->st = 0;
		}
}

long test_event(long n, long unused)
{
	(void)unused;
	spawn(ask, n / 2, 0, NULL);
	spawn(answer, n / 2, 0, NULL);
	run();
	return n / 2 * 2;
}

static struct queue changed = QUEUE_INIT(changed);
static long turn;

/* Waits as pthread_cond_wait does: st 1 has the mutex, st 2 has been signalled. */
static void take_turns(struct task *t)
{
	for (;;)
		switch (t->st) {
		case 0:
			if (t->a == 0)
				return;
			t->st = 1;
			if (!acquire(&mutex, t))
				return; /* fall through */
		case 1:
			if (turn % 2 != t->b) {
				release(&mutex);
				t->st = 2;
				queue_add(&changed, t);
				return;
			}
			turn++;
			t->a--;
			if (changed.first)
				wake(queue_take(&changed));
			release(&mutex);
			t->st = 0;
			break;
		case 2:
			t->st = 1;
			if (!acquire(&mutex, t))
				return;
		}
}

long test_cond(long n, long unused)
{
	(void)unused;
	spawn(take_turns, n / 2, 0, NULL);
	spawn(take_turns, n / 2, 1, NULL);
	run();
	return n / 2 * 2;
}
