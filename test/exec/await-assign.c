// Plain assignment from an await: to variables, elements, fields, through pointers, chained.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int v, w, a[4] = {0}, *p = a;
	struct pair pair = {0, 0}, *pp = &pair;

	v = await tick(1);
	a[1] = await tick(2);
	a[v + 1] = await tick(3);
	*(p + 3) = await tick(4);
	pair.a = await tick(5);
	pp->b = await tick(6);
	v = w = await tick(7);
	say("%d %d %d %d %d %d %d", v, w, a[1], a[2], a[3], pair.a, pair.b);
	(v) = (await tick(8));
	say("%d", v);
	say("%d", (v = await tick(9)) + 1);
	pair = await tick_pair(10, 11);
	say("%d %d", pair.a, pair.b);
	p = a;
	*p++ = await tick(12);
	say("%d %d", a[0], (int)(p - a));
	return 0;
}
