// Struct results: small, large, with every use of the value.
// RUN: %exec %s
#include "exec.h"

struct nested {
	struct pair inner[2];
	const char *tag;
};

static async struct nested nest(int v)
{
	struct pair p = await tick_pair(v, v + 1);

	return (struct nested){{p, {p.b, p.a}}, "tag"};
}

static int pair_sum(struct pair p)
{
	return p.a + p.b;
}

async int main(void)
{
	struct pair p = await tick_pair(1, 2);
	struct big b;
	const struct pair c = await tick_pair(5, 6);

	p.a += (await tick_pair(10, 20)).b;
	say("%d %d %d", p.a, p.b, pair_sum(c));
	say("%d", pair_sum(await tick_pair(30, 40)));
	b = await tick_big(100);
	say("%d %d %s", b.v[0], b.v[15], b.name);
	say("%d", (await tick_big(7)).v[3]);
	say("%s", (await tick_big(8)).name);
	say("%d", (await nest(3)).inner[1].b);
	b = await tick_big(b.v[2]);
	say("%d", b.v[0]);
	await tick_big(0);
	return 0;
}
