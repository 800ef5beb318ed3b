// Values of structs that have no name, in expressions that await.
// RUN: %exec %s
#include "exec.h"

static struct {
	int a, b;
} pair = {7, 8}, pairs[3] = {{1, 2}, {3, 4}, {5, 6}};

struct outer {
	struct {
		int k;
	} inner;
	union {
		int number;
		float real;
	};
};

static async int give(int v)
{
	say("give %d", v);
	await nap();
	return v;
}

static async int take(__typeof__(pair) p, int v)
{
	await nap();
	return p.b + v;
}

static async int conditional(int n)
{
	struct {
		int y;
	} w = {n};
	struct outer outer = {{3}, {4}};
	int sum = (n ? w : (await give(2), w)).y;

	sum += (n > 2 ? pair : pairs[await give(2)]).a;
	sum += (n > 2 ? pairs[await give(1)] : (await give(3), pair)).b;
	__auto_type inner = n ? outer.inner : (await give(4), outer.inner);
	w = n > 1 ? (await give(5), w) : (w.y++, w);
	return sum + inner.k + w.y;
}

static async int statement(int n)
{
	struct {
		int y;
	} w = {n}, x, *p = &x;

	x = *p = ({ int more = await give(6); w.y += more; w; });
	p[await give(0)] = *(await give(0) + p);
	return ({ await give(1); x; }).y + (await give(2), w).y;
}

static async int arguments(int n)
{
	return await take(pair, await give(n)) + await take(pairs[await give(1)], await give(2));
}

static async int enums(int n)
{
	int sum = ({ enum size { SMALL, BIG = 5 } size = n ? BIG : SMALL; await give(7); size; });

	return sum + ({ enum { FEW, MANY } count = MANY; count; }) + await give(8);
}

int main(void)
{
	for (int n = 0; n < 4; n++) {
		say("%d", async_run(conditional(n)));
		say("%d", async_run(statement(n)));
		say("%d", async_run(arguments(n)));
		say("%d", async_run(enums(n)));
	}
	return 0;
}
