#ifndef INLINE_H
#define INLINE_H

static int clamped;

static inline async int clamp(int v)
{
	clamped++;
	v = await tick(v);
	return v > 10 ? 10 : v;
}

static async inline int clamp_calls(void)
{
	await nap();
	return clamped;
}

async int other_clamp(int v);

#endif
