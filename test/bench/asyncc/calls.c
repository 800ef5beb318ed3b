/* What an await of a call costs: calls that end at once, calls of which the innermost
 * suspends, and what awaits do to the code between them.
 *
 * In the tests of calls that end at once, the innermost call would wait for a negative
 * number, which it never gets. Otherwise the compiler would see that nothing ever waits,
 * and nothing of the awaits would be left to measure. */
#include "tests.h"

#include <stdint.h>

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

static async long wait_for(long v)
{
	await async_yield();
	return v;
}

static NOINLINE async long fib(long n)
{
	if (n < 2)
		return n < 0 ? await wait_for(n) : n;
	return await fib(n - 1) + await fib(n - 2);
}

async long test_fib(long n, long unused)
{
	(void)unused;
	bench_result = await fib(n);
	return fib_calls(n);
}

/* Ten nested calls, name0 the innermost, which suspends when it is to. With NOINLINE each
 * is a call, without it is what the compiler makes of it. */
#define CHAIN(name, attribute, suspends)                                                           \
	static attribute async long name##0(long x)                                                \
	{                                                                                          \
		if (suspends)                                                                      \
			await async_yield();                                                       \
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
	static attribute async long name(long x)                                                   \
	{                                                                                          \
		return await inner(x) + 1;                                                         \
	}

CHAIN(pass, , x < 0)
CHAIN(pass_call, NOINLINE, x < 0)
CHAIN(yield, , 1)
CHAIN(yield_call, NOINLINE, 1)

/* n times a chain. */
#define REPEAT(name, call)                                                                         \
	async long name(long n, long unused)                                                       \
	{                                                                                          \
		long x = 0;                                                                        \
                                                                                                   \
		(void)unused;                                                                      \
		for (long i = 0; i < n; i++) {                                                     \
			x = await call(x);                                                         \
			OPAQUE(x);                                                                 \
		}                                                                                  \
		bench_result = x;                                                                  \
		return n;                                                                          \
	}

REPEAT(test_chain, pass9)
REPEAT(test_chain_calls, pass_call9)
REPEAT(test_leaf, yield9)
REPEAT(test_leaf_calls, yield_call9)

/* So many nested calls, the innermost of which suspends so many times. */
static NOINLINE async long nested(long depth, long times)
{
	if (depth > 1)
		return await nested(depth - 1, times) + 1;
	while (times-- > 0)
		await async_yield();
	return 1;
}

/* The calls are made anew for each of n suspensions. */
async long test_depth(long n, long depth)
{
	bench_result = 0;
	for (long i = 0; i < n; i++)
		bench_result += await nested(depth, 1);
	return n;
}

/* n suspensions within the same calls. */
async long test_deep_yield(long n, long depth)
{
	bench_result = await nested(depth, n);
	return n;
}

static async long count_down(long n, long sum)
{
	if (n == 0)
		return sum;
	await async_yield();
	return await count_down(n - 1, sum + n);
}

/* n calls, each the last thing that the one before does, after it has been suspended. */
async long test_tail(long n, long unused)
{
	long before = status_kb("VmHWM");

	(void)unused;
	bench_start();
	bench_result = await count_down(n, 0);
	printf("growth_kb %ld\n", status_kb("VmHWM") - before);
	return n;
}

/* A loop with several variables that live across an await, which comes every 10,000 rounds. */
async long test_compute(long n, long unused)
{
	static uint32_t table[BENCH_TABLE];
	uint32_t a = 1, b = 2, c = 3;

	(void)unused;
	bench_table(table);
	bench_start();
	for (long i = 0; i < n; i++) {
		for (uint32_t k = 0; k < BENCH_ROUNDS; k++)
			BENCH_ROUND(a, b, c, k, table);
		await async_yield();
	}
	bench_result = (long)(a ^ b ^ c);
	return n * BENCH_ROUNDS;
}
