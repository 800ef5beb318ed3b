// Results of every arithmetic kind.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async unsigned char get_uchar(void)
{
	await nap();
	return 200;
}

static async signed char get_schar(void)
{
	await nap();
	return -100;
}

static async unsigned short get_ushort(void)
{
	await nap();
	return 60000;
}

static async unsigned get_uint(void)
{
	await nap();
	return 4000000000u;
}

static async unsigned long get_ulong(void)
{
	await nap();
	return 1ul << 63;
}

static async int64_t get_fixed(void)
{
	await nap();
	return INT64_MIN;
}

async int main(void)
{
	say("%d %d %d", await get_uchar(), await get_schar(), await get_ushort());
	say("%u %lu %lld", await get_uint(), await get_ulong(), (long long)await get_fixed());
	say("%d %c %d %lld", await tick_bool(1), await tick_char('x'), await tick_short(-7),
	    await tick_ll(1ll << 40));
	say("%g", (double)await tick_float(1.5f));
	say("%g", await tick_double(2.5));
	say("%Lg", await tick_ld(3.5L));
	return 0;
}
