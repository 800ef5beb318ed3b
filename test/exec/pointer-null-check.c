// Async function pointers compared, tested and passed as NULL.
// RUN: %exec %s
#include "exec.h"

static async int maybe(async int (*f)(int), int v)
{
	if (!f)
		return -1;
	return f != NULL && f == tick ? await f(v) : 0;
}

async int main(void)
{
	say("%d", await maybe(NULL, 1));
	say("%d", await maybe(0, 1));
	say("%d", await maybe(tick, 2));
	return 0;
}
