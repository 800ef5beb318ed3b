// A bit-field left of an await keeps its width, and so the type it promotes to.
// RUN: %exec %s
#include "exec.h"

struct fields {
	unsigned a : 5;
	unsigned long b : 7;
	volatile unsigned c : 9;
	enum { NONE, SOME } d : 2;
	signed int e : 3;
	unsigned f : 32;
	bool g : 1;
};

static struct fields fields = {1, 2, 3, SOME, -2, 4, true};

static async struct fields get(void)
{
	await nap();
	return fields;
}

async int main(void)
{
	struct fields *p = &fields;

	say("%d", p->a > await tick(-1));
	say("%d", p->b - 3 < await tick(0));
	say("%d", (p->c) > await tick(-1));
	say("%d", p->d > await tick(-1));
	say("%d", p->e < await tick(-1));
	say("%d", p->f > (unsigned)await tick(1));
	say("%d", p->g - 2 < await tick(0));
	say("%d", (await get()).a - 2 < await tick(0));
	say("%d", (p->a = 7) - 8 < await tick(0));
	return 0;
}
