// A union keeps whichever member was stored last across awaits.
// RUN: %exec %s
#include "exec.h"

union value {
	long i;
	double d;
	char text[8];
	struct pair pair;
};

async int main(void)
{
	union value v = {.i = 5}, w;

	await nap();
	say("%ld", v.i);
	v.d = await tick_double(1.5);
	await nap();
	say("%g", v.d);
	w = v;
	strcpy(v.text, "seven");
	await nap();
	say("%s %g", v.text, w.d);
	v.pair = await tick_pair(1, 2);
	v.pair.b += await tick(3);
	say("%d %d", v.pair.a, v.pair.b);
	return 0;
}
