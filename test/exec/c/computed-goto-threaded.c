// A computed goto that LLVM 14, threading jumps, took wrongly in the optimised body.
// RUN: %exec %s
// CFLAGS: -Wno-constant-logical-operand
#include "exec.h"

static unsigned g0, g1, g2;

static void reset(void)
{
	g0 = 1, g1 = 2, g2 = 3;
}

static unsigned plain(unsigned v)
{
	return v * 5 ^ g1;
}

static unsigned note(unsigned v)
{
	return v;
}

static async unsigned leaf(unsigned v)
{
	await nap();
	return v + g2;
}

static async unsigned again(unsigned n, unsigned v)
{
	return n ? v + await again(n - 1, v * 3) : v;
}

static async struct pair make(unsigned a, unsigned b)
{
	await nap();
	return (struct pair){(int)(a & 0xffff), (int)(b & 0xffff)};
}

static async unsigned take(struct pair p, unsigned char c, double d, unsigned long long u)
{
	unsigned v = (unsigned)(p.a * 5 + p.b);

	await nap();
	return v + c + (unsigned)d + (unsigned)u;
}

static unsigned pair_sum(struct pair p)
{
	return (unsigned)(p.a * 3 + p.b);
}

static async unsigned f0(unsigned v1, unsigned v2, unsigned v3)
{
	(void)v1, (void)v2, (void)v3;
	return ((g0 < g1) & plain(g0));
}

static async unsigned f1(unsigned v6, unsigned v7, unsigned v8)
{
	static void *const jump[] = {&&at9, &&at10, &&at11};

	goto *jump[(unsigned)((struct pair){(int)(g0 & 0xff), .b = (int)(g0 & 0xff)}).b % 3u];
at9:;
	v8 &= await leaf((v7 <= g2));
at10:;
	say("%u %u", (await leaf(5u) || (v6 ?: g0)), ((8u && 4u) != pair_sum(v8 ? await make(v8, 5u) : (struct pair){1, 2})));
at11:;
	say("%u %u", g2, (unsigned)((struct pair){(int)((v8 - 3u) & 0xff), .b = (int)(v6 & 0xff)}).b);
	unsigned v13 = ((v7 * 4u) & (await f0(v6, v7, 7u)));
	say("%u %u", (await leaf(v8) + await again(g1 & 3, g2)), note(await take(await make(v13, g2), (unsigned char)v13, v6 & 0xff, v6)));
	return ((v8 + v6) || pair_sum(v7 ? await make(v7, 5u) : (struct pair){1, 2}));
}

async int main(void)
{
	reset();
	say("= %u", await f1(1u, 2u, 3u));
	return 0;
}
