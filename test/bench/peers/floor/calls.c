/* Calls: plain ones, and state machines whose innermost suspends. */
#include "floor.h"

#define NOINLINE __attribute__((noinline))

/* How many calls fib(n) makes: 2 fib(n + 1) - 1. */
static long fib_calls(long n)
{
	long a = 0, b = 1;

	for (long i = 0; i <= n; i++) {
		long sum = a + b;
		a = b;
		b = sum;
	}
	return 2 * a - 1;
}

/* One real call for each: the second is not made a loop. */
static NOINLINE long fib(long n)
{
	long a, b;

	if (n < 2)
		return n;
	a = fib(n - 1);
	OPAQUE(a);
	b = fib(n - 2);
	OPAQUE(b);
	return a + b;
}

long test_fib(long n, long unused)
{
	(void)unused;
	bench_result = fib(n);
	return fib_calls(n);
}

#define CHAIN(name, attribute)                                                                     \
	static attribute long name##0(long x)                                                      \
	{                                                                                          \
		return x + 1;                                                                      \
	}                                                                                          \
	LINK(name##1, attribute, name##0)                                                          \
	LINK(name##2, attribute, name##1)                                                          \
	LINK(name##3, attribute, name##2)                                                          \
	LINK(name##4, attribute, name##3)                                                          \
	LINK(name##5, attribute, name##4)                                                          \
	LINK(name##6, attribute, name##5)                                                          \
	LINK(name##7, attribute, name##6)                                                          \
	LINK(name##8, attribute, name##7)                                                          \
	LINK(name##9, attribute, name##8)
#define LINK(name, attribute, inner)                                                               \
	static attribute long name(long x)                                                         \
	{                                                                                          \
		return inner(x) + 1;                                                               \
	}

CHAIN(call, NOINLINE)
CHAIN(call_inline, )

#define REPEAT(name, call)                                                                         \
	long name(long n, long unused)                                                             \
	{                                                                                          \
		long x = 0;                                                                        \
                                                                                                   \
		(void)unused;                                                                      \
		for (long i = 0; i < n; i++) {                                                     \
			x = call(x);                                                               \
			OPAQUE(x);                                                                 \
		}                                                                                  \
		bench_result = x;                                                                  \
		return n;                                                                          \
	}

REPEAT(test_chain, call9)
REPEAT(test_chain_inline, call_inline9)

/* Ten nested state machines, entered again from the outermost, none inlined. */
struct nest {
	int st[10];
	long x;
	struct task task;
};

#define POLL(N, M)                                                                                 \
	static NOINLINE int poll##N(struct nest *f)                                                \
	{                                                                                          \
		switch (f->st[N]) {                                                                \
		case 0:                                                                            \
			f->st[M] = 0;                                                              \
			f->st[N] = 1; /* fall through */                                           \
		case 1:                                                                            \
			if (!poll##M(f))                                                           \
				return 0;                                                          \
			f->x++;                                                                    \
		}                                                                                  \
		return 1;                                                                          \
	}

static NOINLINE int poll0(struct nest *f)
{
	if (f->st[0] == 0) {
		f->st[0] = 1;
		wake(&f->task);
		return 0;
	}
	f->x++;
	return 1;
}

POLL(1, 0)
POLL(2, 1)
POLL(3, 2)
POLL(4, 3)
POLL(5, 4)
POLL(6, 5)
POLL(7, 6)
POLL(8, 7)
POLL(9, 8)

static void nested(struct task *t)
{
	struct nest *f = (struct nest *)((char *)t - offsetof(struct nest, task));

	while (poll9(f)) {
		f->st[9] = 0;
		if (t->a-- == 0)
			return;
	}
}

long test_leaf(long n, long unused)
{
	struct nest *f = calloc(1, sizeof *f);

	(void)unused;
	f->task.fn = nested;
	f->task.a = n;
	wake(&f->task);
	run();
	bench_result = f->x;
	return n;
}

/* The same with all ten in one state machine. */
static void flat(struct task *t)
{
	if (t->st == 1)
		t->sum += 10;
	t->st = 1;
	if (t->a-- > 0)
		wake(t);
}

long test_leaf_flat(long n, long unused)
{
	(void)unused;
	spawn(flat, n, 0, NULL);
	run();
	return n;
}

static void count_down(struct task *t)
{
	bench_result += t->a;
	if (--t->a > 0)
		wake(t);
}

/* What tail calls become: a loop. */
long test_tail(long n, long unused)
{
	long before = status_kb("VmHWM");

	(void)unused;
	spawn(count_down, n, 0, NULL);
	run();
	printf("growth_kb %ld\n", status_kb("VmHWM") - before);
	return n;
}

/* Plain C: nothing suspends. */
long test_compute(long n, long unused)
{
	static uint32_t table[BENCH_TABLE];
	uint32_t a = 1, b = 2, c = 3;

	(void)unused;
	bench_table(table);
	bench_start();
	for (long i = 0; i < n; i++)
		for (uint32_t k = 0; k < BENCH_ROUNDS; k++)
			BENCH_ROUND(a, b, c, k, table);
	bench_result = (long)(a ^ b ^ c);
	return n * BENCH_ROUNDS;
}
