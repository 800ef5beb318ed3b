// Struct and union locals: assigned whole, by member, with arrays, nested, returned.
// RUN: %exec %s
#include "exec.h"

struct record {
	char name[12];
	struct pair range;
	union {
		int i;
		float f;
	} value;
	unsigned flags : 3, level : 5;
	signed delta : 6;
	double weights[3];
};

static async struct record make(const char *name, int level)
{
	struct record r = {.name = "", .range = {level, level * 2}, .flags = 5};

	strcpy(r.name, name);
	await nap();
	r.level = (unsigned)level & 31u;
	r.value.f = 1.5f;
	await nap();
	r.delta = -level;
	for (int i = 0; i < 3; i++)
		r.weights[i] = await tick_double(i / 2.0);
	return r;
}

async int main(void)
{
	struct record a = await make("first", 3), b;

	b = a;
	strcpy(b.name, "second");
	b.range = await tick_pair(8, 9);
	b.level = (unsigned)await tick(17);
	b.flags += (unsigned)await tick(2);
	b.delta -= await tick(4);
	b.value.i = 12;
	await nap();
	say("%s %d %d %g %u %u %d %g", a.name, a.range.a, a.range.b, (double)a.value.f, a.flags,
	    a.level, a.delta, a.weights[2]);
	say("%s %d %d %d %u %u %d %g", b.name, b.range.a, b.range.b, b.value.i, b.flags, b.level,
	    b.delta, b.weights[1]);
	return 0;
}
