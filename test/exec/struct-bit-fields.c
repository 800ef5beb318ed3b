// Bit-fields as targets and operands of awaits.
// RUN: %exec %s
#include "exec.h"

struct bits {
	unsigned a : 1, b : 4;
	signed c : 4;
	unsigned : 0;
	unsigned d : 20;
};

async int main(void)
{
	struct bits s = {1, 2, -3, 4}, *p = &s;

	s.b = (unsigned)await tick(20) & 15u;
	s.c = await tick(-5);
	p->d += (unsigned)await tick(1000);
	p->b ^= (unsigned)await tick(3);
	s.a &= (unsigned)await tick(1);
	say("%u %u %d %u", s.a, s.b, s.c, s.d);
	s.b++;
	await nap();
	say("%u %d", s.b, s.c + await tick(1));
	say("%d", s.a && await tick(0));
	return 0;
}
