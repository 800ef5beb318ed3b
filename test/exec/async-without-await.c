// Async functions that never await anything.
// RUN: %exec %s
#include "exec.h"

static async int constant(void)
{
	return 42;
}

static async struct pair both(int v)
{
	struct pair p = {v, -v};

	return p;
}

static async int branches(int v)
{
	if (v)
		return 1;
	for (int i = 0; i < 10; i++)
		if (i == 5)
			return i;
	return 0;
}

async int main(void)
{
	say("%d %d", await constant(), await constant());
	say("%d", (await both(4)).b);
	say("%d %d", await branches(0), await branches(1));
	return 0;
}
