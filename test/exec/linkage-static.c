// Static async functions, defined before and after their use.
// RUN: %exec %s
#include "exec.h"

static async int after(int v);

static async int before(int v)
{
	await nap();
	return v + 1;
}

async static int qualifiers_swapped(int v)
{
	return await before(v) * 2;
}

async int main(void)
{
	say("%d %d", await before(1), await after(2));
	say("%d", await qualifiers_swapped(20));
	return 0;
}

static async int after(int v)
{
	int w = await tick(v);

	return w * w;
}
