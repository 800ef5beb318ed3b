// Async function pointers as parameters.
// RUN: %exec %s
#include "exec.h"

static async int map_sum(async int (*f)(int), const int *v, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += await f(v[i]);
	return sum;
}

static async int square(int v)
{
	await nap();
	return v * v;
}

static async int twice(async int (*f)(int), int v)
{
	return await f(await f(v));
}

async int main(void)
{
	int v[] = {1, 2, 3, 4};

	say("%d", await map_sum(square, v, 4));
	say("%d", await map_sum(tick, v, 3));
	say("%d", await twice(&square, 3));
	return 0;
}
