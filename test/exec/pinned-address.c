// Address-taken locals and parameters: pointers to them stay valid across awaits.
// RUN: %exec %s
#include "exec.h"

static async void add(int *to, int v)
{
	await nap();
	*to += v;
	await nap();
}

static async int parameter(int v, struct pair p)
{
	int *pv = &v;

	await add(pv, 5);
	await add(&p.b, v);
	return v * 100 + p.b;
}

async int main(void)
{
	int v = 1, w = 2, *p = &v, **pp = &p;
	struct pair pair = {3, 4};
	double d = 0.5, *pd = &d;

	await add(&v, 10);
	await add(p, 100);
	p = &w;
	await add(*pp, 1000);
	await add(&pair.b, 7);
	*pd += v;
	await nap();
	say("%d %d %d %d %g", v, w, pair.a, pair.b, d);
	say("%d", await parameter(1, pair));
	v = 9;
	await nap();
	say("%d %d", v, pp == &p);
	return 0;
}
