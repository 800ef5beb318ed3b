// Results of complex, enumeration and union type.
// RUN: %exec %s
#include "exec.h"
#include <complex.h>

enum colour { RED = 1, GREEN = 40, BLUE = 41 };

union number {
	int i;
	unsigned char bytes[sizeof(int)];
};

static async double _Complex rotated(double _Complex z)
{
	await nap();
	return z * I;
}

static async enum colour next_colour(enum colour c)
{
	await nap();
	return c == GREEN ? BLUE : GREEN;
}

static async union number number(int i)
{
	await nap();
	return (union number){.i = i};
}

async int main(void)
{
	double _Complex z = await rotated(3 + 4 * I);
	enum colour c = await next_colour(RED);
	int sum = 0;

	say("%g %g", creal(z), cimag(z));
	c = await next_colour(c);
	say("%d", c);
	for (unsigned i = 0; i < sizeof(int); i++)
		sum += (await number(0x01010101)).bytes[i];
	say("%d", sum);
	return 0;
}
