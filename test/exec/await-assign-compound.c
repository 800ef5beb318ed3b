// Every compound assignment with an await on its right.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int v = 100;
	unsigned u = 0xf0f0;
	double d = 10;
	char c = 100;
	int a[3] = {1, 2, 3}, *p = a;

	v += await tick(11);
	say("%d", v);
	v -= await tick(1);
	say("%d", v);
	v *= await tick(3);
	say("%d", v);
	v /= await tick(7);
	say("%d", v);
	v %= await tick(10);
	say("%d", v);
	v <<= await tick(4);
	say("%d", v);
	v >>= await tick(1);
	say("%d", v);
	u &= (unsigned)await tick(0xff00);
	say("%x", u);
	u |= (unsigned)await tick(0x000f);
	say("%x", u);
	u ^= (unsigned)await tick(0xffff);
	say("%x", u);
	d += await tick(3);
	d /= await tick_double(4);
	say("%g", d);
	c += (char)await tick(20);
	say("%d", c);
	a[1] *= await tick(21);
	p += await tick(2);
	*p -= await tick(10);
	say("%d %d %d", a[0], a[1], a[2]);
	v = a[1] += await tick(1);
	say("%d %d", v, a[1]);
	return 0;
}
