// Types defined in a declaration of several variables that awaits; awaits in asm operands,
// unnamed parameters.
// RUN: %exec %s
// CFLAGS: -std=gnu2x -Wno-pedantic
#include "exec.h"

static async int second(int, int v, char *)
{
	await nap();
	return v;
}

async int main(void)
{
	struct {
		int a, b;
	} x = {await tick(1), 2}, y = {3, await tick(4)}, *p = await tick(0) ? &x : &y, z;
	const struct named {
		int v;
	} c = {await tick(5)}, d[2] = {{await tick(6)}, {7}};
	enum { RED = 3, GREEN } colour = await tick(RED), other = GREEN;
	static struct {
		int calls;
	} counted, *counter = &counted;
	int out, in = 20;

	z = *p;
	await nap();
	say("%d %d %d %d %d", x.a, y.b, z.b, c.v, d[0].v + d[1].v);
	say("%d %d %d", (int)colour, (int)other, ++counter->calls);
	struct named copy = c;
	say("%d", copy.v);
	__asm__("mov %1, %0\n\tadd %2, %0" : "=&r"(out) : "r"(in), "r"(await tick(22)));
	say("%d %d", out, await second(1, 9, ""));
	return 0;
}
