// Results with const members, which cannot be assigned.
// RUN: %exec %s
#include "exec.h"

struct s { int a; const int f2; };
static struct s g = {1, 2};

async struct s f(void)
{
	await nap();
	return g;
}

async struct s tail(int n)
{
	struct s local = {n, 7};
	if (n > 1)
		return local;
	return await f();
}

async int main(void)
{
	struct s a = await f();
	const struct s b = await tail(3);
	say("%d %d %d %d", a.f2, b.f2, (await tail(1)).f2, (await f()).a);
	return 0;
}
