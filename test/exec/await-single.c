// Static functions that are awaited in one place, and functions of which that only seems so.
// RUN: %exec %s
#include "exec.h"

static async int innermost(int v)
{
	return await tick(v) + 1;
}

static async void between(int *to, int v)
{
	char kept[8] = "kept";

	*to = await innermost(v) * 2;
	say("%s %d", kept, *to);
}

struct fixed {
	const int v[4];
};

static async struct fixed large(int v)
{
	int n = 0;

	await between(&n, v);
	return (struct fixed){{v, n, v + n, await tick(n)}};
}

static async double middle(int v)
{
	int before = await tick(v);
	double sum = (await large(before)).v[3];

	return sum / 4 + await tick(before + 1);
}

static async int odd(int v);

/* Each calls the other, nobody else does but main, which calls one. */
static async int even(int v)
{
	await nap();
	return v == 0 ? 1 : await odd(v - 1) + 2;
}

static async int odd(int v)
{
	await nap();
	return v == 0 ? 0 : 3 * await even(v - 1);
}

/* As the last thing that its caller does, whose frame it takes over. */
static async int tail(int v)
{
	return await tick(v) - 1;
}

static async int before_tail(int v)
{
	await nap();
	return await tail(v);
}

/* The name is that of something else where it is called. */
static async int hidden(int v)
{
	return await tick(v) + 1000;
}

static async int calls_argument(async int (*hidden)(int), int v)
{
	return await hidden(v);
}

static async int through_pointer(int v)
{
	return await tick(v) + 5;
}

static async int in_loop(int v)
{
	await nap();
	return v * v;
}

static async int loops(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += await in_loop(i);
	return sum;
}

static async int again(int v)
{
	return await tick(v) + 2;
}

/* One await, which a jump repeats. */
static async int jumps(int n)
{
	int sum = 0;

once_more:
	sum += await again(n);
	if (n-- > 0)
		goto once_more;
	return sum;
}

static async void clean(const int *v)
{
	say("clean %d", await tick(*v));
}

static async int cleaned(int v)
{
	__attribute__((cleanup(clean))) int n = v;

	if (await tick(n) > 1)
		return 1;
	return 0;
}

async int main(void)
{
	async int (*pointer)(int) = through_pointer;

	say("%g", await middle(1));
	say("%d", await even(7));
	say("%d", await before_tail(3));
	say("%d", await calls_argument(tick, 4));
	say("%d", await hidden(5));
	say("%d", await pointer(6));
	say("%d", await loops(4));
	say("%d", await jumps(2));
	say("%d %d", await cleaned(1), await cleaned(2));
	return 0;
}
