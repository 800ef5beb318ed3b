// Results of types that the function's own declaration defines, with and without a name.
// RUN: %exec %s
#include "exec.h"

static async int give(int v)
{
	await nap();
	return v;
}

static async struct named {
	int a;
	struct {
		char c[2];
	} inner;
} with_name(int v)
{
	struct named n = {await give(v), {"x"}};

	return n;
}

static async struct {
	int a, b;
	struct {
		long c;
	} inner;
} without_name(int v)
{
	__typeof__(without_name(0)) n = {v, 2, {3}};

	if (v > 2)
		n = await without_name(v - 1);
	n.b += await give(v);
	return n;
}

static async struct {
	char c;
	int i;
} __attribute__((packed)) tight(int v)
{
	__typeof__(tight(0)) n = {(char)v, await give(v + 1)};

	say("%zu", sizeof n);
	return n;
}

static async union {
	int i;
	float f;
} either(int v)
{
	__typeof__(either(0)) u = {.i = await give(v)};

	return u;
}

static async enum { LOW, HIGH = 7 } level(int v)
{
	await nap();
	return v ? HIGH : LOW;
}

static async struct {
	int x;
} *place(void)
{
	static __typeof__(*place()) object = {4};

	await nap();
	object.x++;
	return &object;
}

async int main(void)
{
	for (int v = 0; v < 5; v++) {
		struct named n = await with_name(v);
		__auto_type b = await without_name(v);
		__auto_type t = v ? await tight(v) : await tight(v + 1);

		await nap();
		say("%d %s", n.a, n.inner.c);
		say("%d %d %ld %d", b.a, b.b, b.inner.c, (await without_name(v)).b);
		say("%d %d", t.c, t.i);
		say("%d %d %d", (await either(v)).i, await level(v), (await place())->x);
		__auto_type task = async_spawn(without_name(v));
		say("%d", (await async_join(task)).b);
	}
	return 0;
}
