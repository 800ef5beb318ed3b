// Calls whose argument is the result of another await, deep and with strings.
// RUN: %exec %s
#include "exec.h"

static async int add(int a, int b)
{
	await nap();
	return a + b;
}

async int main(void)
{
	say("%d", await add(await add(1, 2), 3));
	say("%d", await add(4, await add(5, await add(6, 7))));
	say("%d", await tick(await tick(await tick(8))));
	say("%zu", strlen(await tick_str("four")));
	say("%d", abs(await add(-9, 1)));
	return 0;
}
