// Members of struct rvalues, arrays in them, and passing them on, across awaits.
// RUN: %exec %s
#include "exec.h"

struct holder {
	int v[4];
	struct pair pair;
};

static struct holder make(int from)
{
	return (struct holder){{from, from + 1, from + 2, from + 3}, {from * 10, from * 20}};
}

static async struct holder later(int from)
{
	await nap();
	return make(from);
}

static int sum(struct holder h, int v)
{
	return h.v[0] + h.v[3] + h.pair.b + v;
}

async int main(void)
{
	say("%d", (await later(1)).v[2]);
	say("%d", (await later(2)).v[await tick(1)]);
	say("%d", make(3).v[await tick(2)] + make(4).pair.a);
	say("%d", sum(make(5), await tick(6)));
	say("%d", sum(await later(7), await tick(8)));
	say("%d", (await tick(1) ? make(9) : await later(10)).pair.b);
	struct holder h = (await tick(0), await later(11));
	say("%d", h.v[1]);
	return 0;
}
