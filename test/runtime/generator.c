/* Generators: values in order, each way out of the loop, failures, cancellation of either
 * side, several askers, chains of generators; the same under many schedules. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -O2 %s -o %t.fast && env ASYNC_SEEDS=10000 %t.fast
#include "Inputs/kit.h"

static int ends;       /* of generators */
static int last_error; /* what the last of them was told by its last yield */

async static int count(async_generator(int) out, int from, int to)
{
	int error = 0;

	for (int i = from; i < to && !error; i++) {
		if (i % 4 == 3)
			CHECK(await async_sleep_ms(1) != -EINVAL);
		error = await async_generator_yield(out, i);
	}
	ends++;
	last_error = error;
	return error;
}

struct square {
	long of, is;
	char text[32];
};

async static int square(async_generator(struct square) out, long n)
{
	struct square square = {.of = n, .is = n * n};

	snprintf(square.text, sizeof square.text, "%ld * %ld", n, n);
	return await async_generator_yield(out, square);
}

/* Yields in functions that it calls, and asks another generator. */
async static long squares(async_generator(struct square) out, int n)
{
	long error = 0;

	async_for (int, i, numbers, count(numbers, 0, n)) {
		error = await square(out, i);
		if (error)
			break;
	}
	return error;
}

async static int loops(void)
{
	int sum = 0;
	long total = 0;

	ends = 0;
	async_for (int, n, numbers, count(numbers, 0, 10))
		sum += n;
	CHECK(sum == 45 && ends == 1 && last_error == 0);
	async_for (int, n, none, count(none, 0, 0))
		CHECK(n < 0);
	async_for (struct square, s, all, squares(all, 6)) {
		CHECK(s.is == s.of * s.of && strstr(s.text, " * "));
		total += s.is;
		CHECK(await async_yield() == 0);
	}
	CHECK(total == 55 && ends == 3);
	return 0;
}

async static int first_over(int limit)
{
	async_for (int, n, numbers, count(numbers, 0, 100))
		if (n > limit)
			return n;
	return -1;
}

async static int ways_out(void)
{
	int sum = 0;

	ends = 0;
	async_for (int, n, numbers, count(numbers, 0, 100)) {
		if (n % 2)
			continue;
		if (n > 6)
			break;
		sum += n;
	}
	CHECK(sum == 12 && ends == 1 && last_error == -ECANCELED);
	CHECK(await first_over(4) == 5 && ends == 2 && last_error == -ECANCELED);
	async_for (int, a, outer, count(outer, 0, 100))
		async_for (int, b, inner, count(inner, 0, 100))
			if (a + b == 4)
				goto out;
out:
	CHECK(ends == 4 && last_error == -ECANCELED);
	return 0;
}

async static short fails(async_generator(int) out)
{
	CHECK(await async_generator_yield(out, 1) == 0);
	return -EILSEQ;
}

async static int results(void)
{
	int n = 0;

	ASYNC_GENERATOR(int, failing, fails(failing));
	CHECK(await async_generator_next(failing, &n) == 1 && n == 1);
	CHECK(await async_generator_next(failing, &n) == -EILSEQ);
	CHECK(await async_generator_next(failing, &n) == -EILSEQ);
	CHECK(await async_generator_close(failing) == -EILSEQ);
	CHECK(await async_generator_close(failing) == 0);

	ASYNC_GENERATOR(int, numbers, count(numbers, 0, 9));
	CHECK(await async_generator_next(numbers, &n) == 1 && n == 0);
	CHECK(await async_generator_yield(numbers, 1) == -EINVAL);
	CHECK(await async_generator_close(numbers) == 0);
	CHECK(await async_generator_next(numbers, &n) == 0);
	return 0;
}

/* One that is not asked for a while stays where it is. */
async static int unasked(void)
{
	int n;

	ends = 0;
	ASYNC_GENERATOR(int, numbers, count(numbers, 0, 3));
	CHECK(await async_sleep_ms(5) == 0 && ends == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(await async_generator_next(numbers, &n) == 1 && n == i);
		CHECK(await async_sleep_ms(5) == 0 && ends == 0);
	}
	CHECK(await async_generator_next(numbers, &n) == 0 && ends == 1);

	ASYNC_GENERATOR(int, dropped, count(dropped, 0, 3));
	CHECK(await async_sleep_ms(5) == 0);
	return 0;
}

async static int slow(async_generator(int) out)
{
	int error = 0;

	for (int i = 0; !error; i++) {
		error = await async_sleep_ms(100);
		if (!error)
			error = await async_generator_yield(out, i);
	}
	return error;
}

/* A cancelled wait loses no value: the next one gets it. */
async static int cancelled(void)
{
	int n = -1, error;

	ASYNC_GENERATOR(int, numbers, slow(numbers));
	CHECK(await async_generator_next(numbers, &n) == 1 && n == 0);
	error = async_await_timeout(50, async_generator_next(numbers, &n));
	CHECK(error == -ETIMEDOUT && n == 0);
	CHECK(await async_generator_next(numbers, &n) == 1 && n == 1);
	{
		ASYNC_TIMEOUT(limit, 20);
		CHECK(await async_sleep_ms(200) == -ECANCELED);
		CHECK(await async_generator_next(numbers, &n) == -ECANCELED);
		CHECK(await async_generator_close(numbers) == 0);
	}
	return 0;
}

async static int ask(async_generator(int) numbers, int *to)
{
	return await async_generator_next(numbers, to);
}

async static int two_askers(void)
{
	int a = -1, b = -1;

	ASYNC_GENERATOR(int, numbers, slow(numbers));
	async_task(int) first = async_spawn(ask(numbers, &a));
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(await ask(numbers, &b) == -EBUSY && b == -1);
	CHECK(await async_join(first) == 1 && a == 0);

	async_task(int) left = async_spawn(ask(numbers, &a));
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(await async_generator_close(numbers) == 0);
	CHECK(await async_join(left) == -ECANCELED);
	return 0;
}

async static int asks_itself(async_generator(int) self)
{
	int n;

	CHECK(await async_generator_next(self, &n) == -EBUSY);
	return await async_generator_yield(self, 1);
}

async static int cancels(async_generator(int) out, async_task(int) *task)
{
	CHECK(await async_generator_yield(out, 1) == 0);
	async_cancel(*task);
	return await async_generator_yield(out, 2);
}

async static int cancelled_from_within(async_task(int) *self)
{
	int n;

	ASYNC_GENERATOR(int, numbers, cancels(numbers, self));
	CHECK(await async_generator_next(numbers, &n) == 1);
	n = await async_generator_next(numbers, &n);
	CHECK(n == 1 || n == -ECANCELED);
	CHECK(await async_yield() == -ECANCELED);
	return 0;
}

/* Deeper than tasks may run within each other. */
async static int nest(async_generator(int) out, int depth)
{
	int error = 0;

	if (!depth)
		return await count(out, 0, 5);
	async_for (int, n, inner, nest(inner, depth - 1)) {
		error = await async_generator_yield(out, n + 1);
		if (error)
			break;
	}
	return error;
}

async static int scenario(void)
{
	int sum = 0;

	CHECK(await loops() == 0);
	CHECK(await ways_out() == 0);
	CHECK(await results() == 0);
	CHECK(await unasked() == 0);
	CHECK(await cancelled() == 0);
	CHECK(await two_askers() == 0);
	async_for (int, n, itself, asks_itself(itself))
		CHECK(n == 1);
	async_task(int) task = async_spawn(cancelled_from_within(&task));
	CHECK(await async_join(task) == 0);
	async_for (int, n, deep, nest(deep, 100))
		sum += n;
	CHECK(sum == 510);
	return 0;
}

int main(void)
{
	EXPLORE(scenario(), 20);
	return 0;
}
