// Implicit conversions at awaits: argument, assignment, initialiser, return, condition.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async long long widen(short v)
{
	return await tick(v);
}

static async unsigned char narrow(double v)
{
	long t = (long)v;
	return (unsigned char)(await tick_ll(t) & 0x1ff);
}

static async void *object(void)
{
	static int v = 77;
	return await tick_ptr(&v);
}

static async bool truth(int v)
{
	return await tick(v);
}

async int main(void)
{
	double d = await tick(3);
	long l = await tick_char('a');
	float f;
	int *p = await object();
	const void *cv = await tick_str("x");
	unsigned long long u = (unsigned long long)await tick(-1);
	bool b = await tick(256);

	f = (float)await tick_double(0.1);
	say("%g %ld %d %d %llx %d", d, l, f == 0.1f, *p, u, b);
	say("%lld %d %d", await widen(-5), await narrow(511.9), await truth(512));
	say("%d", cv != NULL && await tick_ptr(p) == p);
	l = await tick_short(-3);
	d /= await tick(2);
	say("%ld %g %d", l, d, 'a' + await tick_char(1 + '0'));
	say("%g", await tick_double(await tick(5)));
	say("%d", -1 < (int)await tick_size(1));
	return 0;
}
