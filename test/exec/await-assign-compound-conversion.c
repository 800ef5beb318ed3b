// Compound assignment computes in the wider type and converts at the end.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	unsigned char uc = 250;
	short s = 30000;
	int i = 7;
	float f = 16777216.0f;
	unsigned u = 5;
	bool b = false;

	uc += (unsigned char)await tick(10);
	say("%d", uc);
	uc = 200;
	uc = uc * await tick(2) / 4;
	say("%d", uc);
	s = (short)(s / 1);
	s /= (short)await tick(2);
	say("%d", s);
	i *= await tick_double(1.5);
	say("%d", i);
	f += await tick_double(1.0);
	say("%.1f", (double)f);
	u -= (unsigned)await tick(6);
	say("%u", u);
	b |= await tick(4);
	say("%d", b);
	return 0;
}
