// What stands left of an await is evaluated before it, what stands right after it.
// RUN: %exec %s
// OUT: f1
// OUT: tick 2
// OUT: f3
// OUT: 123
// OUT: tick 4
// OUT: 1 4 2
// OUT: f5
// OUT: tick 6
// OUT: 56
// OUT: f7
// OUT: tick 9
// OUT: f10
// OUT: 1
#include "exec.h"

static int f(int v)
{
	say("f%d", v);
	return v;
}

static int digits(int a, int b, int c)
{
	return a * 100 + b * 10 + c;
}

static async int changes(int *p)
{
	int v = await tick(4);

	*p = 2;
	return v;
}

async int main(void)
{
	int v = 1;

	say("%d", digits(f(1), await tick(2), f(3)));
	say("%d %d %d", v, await changes(&v), v);
	say("%d", f(5) * 10 + await tick(6));
	say("%d", f(7) - await tick(9) * 5 - f(10) + 49);
	return 0;
}
