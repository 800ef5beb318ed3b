// Locals of pointer types keep their values: objects, arrays, functions, const, nested.
// RUN: %exec %s
#include "exec.h"

static int cells[2][3] = {{1, 2, 3}, {4, 5, 6}};

static int add(int a, int b)
{
	return a + b;
}

async int main(void)
{
	int v = 3;
	int *p = &v, **pp = &p, *const cp = p;
	const char *s = "text";
	int(*row)[3] = &cells[1];
	int (*f)(int, int) = add;
	int (*fs[2])(int, int) = {add, NULL};
	void *vp = pp;
	struct pair pair = {1, 2}, *sp = &pair;
	async int (*op)(int) = tick;
	FILE *out = stdout;
	char *restrict r = (char[]){"rest"};

	await nap();
	**pp += 1;
	*cp += 1;
	say("%d %s %d %d %d", v, s, (*row)[2], f(1, 2), fs[0](3, 4));
	say("%d %d %d", *(void **)vp == p, sp->b, await op(9));
	say("%d %s", out == stdout, r);
	row--;
	sp->a = await tick(5);
	say("%d %d", **row, pair.a);
	return 0;
}
