// A prototype whose result type is completed only later.
// RUN: %exec %s
#include "exec.h"

struct later;
union choice;
async struct later make_later(int v);
async union choice make_choice(int v);

struct later {
	int v;
	double d[3];
};
union choice {
	int i;
	char c;
};

async struct later make_later(int v)
{
	await nap();
	return (struct later){v, {v, v / 2.0, v / 4.0}};
}

async union choice make_choice(int v)
{
	await nap();
	return (union choice){.i = v};
}

async int main(void)
{
	struct later l = await make_later(3);
	union choice c = await make_choice(65);

	say("%d %g %g %g", l.v, l.d[0], l.d[1], l.d[2]);
	say("%c", c.c);
	return 0;
}
