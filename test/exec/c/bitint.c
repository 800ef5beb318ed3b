// _BitInt locals and results across awaits.
// RUN: %exec %s
// NOT-GCC: it has no _BitInt before version 14
// CFLAGS: -std=gnu2x
#include "exec.h"

static async _BitInt(77) doubled(_BitInt(77) v)
{
	await nap();
	return v * 2;
}

async int main(void)
{
	_BitInt(77) v = (_BitInt(77))1 << 70;
	unsigned _BitInt(5) small = 31;

	v = await doubled(v);
	small += (unsigned _BitInt(5))await tick(3);
	say("%d %d", (int)(v >> 70), (int)small);
	return 0;
}
