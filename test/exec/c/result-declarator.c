// Results whose declarator surrounds the function's: pointer to array, function pointer.
// RUN: %exec %s
#include "exec.h"

static int table[2][3] = {{1, 2, 3}, {4, 5, 6}};

static int plain_add(int a, int b)
{
	return a + b;
}

static async int (*row(int i))[3]
{
	await nap();
	return &table[i];
}

static async int (*pick(int v))(int, int)
{
	await nap();
	return v ? plain_add : NULL;
}

async int main(void)
{
	say("%d", (*await row(1))[2]);
	say("%d", **await row(0));
	say("%d %d", (await pick(1))(2, 3), await pick(0) == NULL);
	return 0;
}
