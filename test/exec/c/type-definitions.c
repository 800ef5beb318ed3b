// Types defined in declarations and expressions that await, used there and after.
// RUN: %exec %s
#include "exec.h"

struct point {
	int a;
};

static async int give(int v)
{
	await nap();
	return v;
}

/* Attributes behind a type's definition are the type's. */
static async int attributes(int v)
{
	struct s {
		char c;
		int i;
	} __attribute__((packed)) p = {(char)await give(v), 2};
	struct {
		char c;
	} __attribute__((aligned(32))) __attribute__((may_alias)) q = {(char)await give(3)}, r = {1};

	await nap();
	say("%zu %zu %zu", sizeof p, sizeof(struct s), sizeof q + sizeof r);
	return p.c + p.i + q.c + r.c;
}

/* A type defined in a statement's expression is the block's. */
static async int in_expression(void)
{
	int n = 0;

	n += await give((int)sizeof(struct point { int a, b; }));
	say("%d %zu", n, sizeof(struct point));
	{
		int m = await give((int)sizeof(struct point { int a, b, c; }));
		say("%d %zu", m, sizeof(struct point));
	}
	if (await give((int)sizeof(struct point { int a, b, c, d; })))
		say("%zu", sizeof(struct point));
	say("%zu", sizeof(struct point));
	return n;
}

/* Compound literals that are kept in the frame. */
static async int literals(int v)
{
	int *p = &(struct { int a, b; }){v, await give(4)}.b;
	int *r = ((struct named { int a[2], b; }[]){{{3}, 4}, {.b = await give(7)}})[1].a;
	await nap();
	struct named *q = &(struct named){{8, 9}, 10};
	await nap();
	return *p + r[0] * 10 + r[1] * 100 + q->b * 1000;
}

int main(void)
{
	say("%d", async_run(attributes(1)));
	say("%d", async_run(in_expression()));
	say("%d", async_run(literals(1)));
	return 0;
}
