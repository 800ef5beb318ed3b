// Typedefs of async function types, pointers to pointers, results that are async pointers.
// RUN: %exec %s
#include "exec.h"

typedef async int handler(int v);
typedef handler *handler_ptr;

static handler twice, thrice;
static handler *current = twice;

static async handler_ptr choose(int v)
{
	await nap();
	return v == 2 ? twice : thrice;
}

static async int call(handler f, handler_ptr *p, int v)
{
	return await f(v) * 100 + await(*p)(v);
}

static async int twice(int v)
{
	return 2 * await tick(v);
}

static async int thrice(int v)
{
	return 3 * await tick(v);
}

async int main(void)
{
	handler *h = await choose(3), **hp = &h;

	say("%d %d", await current(5), await h(5));
	say("%d", await(*hp)(6));
	say("%d", await(await choose(2))(7));
	say("%d", await call(twice, hp, 8));
	return 0;
}
