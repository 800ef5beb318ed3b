// Results of pointer types: object, string, function.
// RUN: %exec %s
#include "exec.h"

static int plain_add(int a, int b)
{
	return a + b;
}

typedef int (*binary)(int, int);

static async binary pick(void)
{
	await nap();
	return plain_add;
}

static async const char *name(void)
{
	await nap();
	return "name";
}

async int main(void)
{
	int v = 5;
	int *p = await tick_ptr(&v);

	*p += 1;
	say("%d", v);
	say("%s %c", await name(), (await name())[1]);
	say("%d", (await pick())(20, 3));
	return 0;
}
