// Awaits as arguments of plain and of async functions, evaluated left to right.
// RUN: %exec %s
// OUT: tick 1
// OUT: tick 2
// OUT: tick 3
// OUT: sum 1 2 3
// OUT: 6
// OUT: tick 4
// OUT: tick 5
// OUT: sum 4 100 5
// OUT: 109
// OUT: tick 6
// OUT: tick_str text
// OUT: 6 text 7
// OUT: tick 1
// OUT: tick 1
// OUT: tick 3
// OUT: tick 3
// OUT: later 1 3
// OUT: 13
#include "exec.h"

static int sum(int a, int b, int c)
{
	say("sum %d %d %d", a, b, c);
	return a + b + c;
}

static async int later(int a, int b)
{
	await nap();
	say("later %d %d", a, b);
	return a * 10 + b;
}

async int main(void)
{
	int v = 100;

	say("%d", sum(await tick(1), await tick(2), await tick(3)));
	say("%d", sum(await tick(4), v, await tick(5)));
	say("%d %s %d", await tick(6), await tick_str("text"), 7);
	say("%d", await later(await tick(await tick(1)), await tick(await tick(3))));
	return 0;
}
