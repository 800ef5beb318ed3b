// return await g(x) in a chain, with a local that must outlive the inner call.
// RUN: %exec %s
#include "exec.h"

static async int leaf(const int *p)
{
	await nap();
	return *p;
}

static async int pinned(int v)
{
	int local = v * 3;

	return await leaf(&local);
}

static async int hop(int v)
{
	return await pinned(v + 1);
}

static async int hops(int n, int v)
{
	if (n == 0)
		return await hop(v);
	return await hops(n - 1, v + 1);
}

static async double converted(int v)
{
	return await hop(v);
}

static async struct big by_struct(int v)
{
	return await tick_big(v);
}

async int main(void)
{
	say("%d", await hops(10, 0));
	say("%g", await converted(1));
	say("%d", (await by_struct(4)).v[2]);
	return 0;
}
