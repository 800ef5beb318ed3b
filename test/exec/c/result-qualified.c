// Result types that are const-qualified, also through a typedef.
// RUN: %exec %s
// CFLAGS: -Wno-ignored-qualifiers
#include "exec.h"

struct s { int a, b; };
static struct s g = {1, 2};

async const struct s f(void)
{
	await nap();
	return g;
}

async const int n(void)
{
	await nap();
	return 3;
}

async int main(void)
{
	struct s a = await f();
	say("%d %d", a.b, await n());
	return 0;
}
