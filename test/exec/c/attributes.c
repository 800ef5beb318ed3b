// Attributes on async functions: target holds for the body, const and pure do not hold, aliases.
// RUN: %exec %s
// CFLAGS: -std=gnu2x -Wno-attributes -Wno-ignored-attributes
#include "exec.h"
#include <immintrin.h>

__attribute__((target("sse4.1"))) static async int vectors(int n)
{
	__m128i v = _mm_set1_epi32(n);

	await nap();
	v = _mm_add_epi32(v, v);
	return _mm_extract_epi32(v, 3);
}

async int next(int n)
{
	await nap();
	return n + 1;
}

__attribute__((alias("next"))) async int other(int n);

static int calls;

__attribute__((const)) static async int twice(int n);

[[gnu::pure]] static async int twice(int n)
{
	calls++;
	await nap();
	return n * 2;
}

async int main(void)
{
	int sum = await twice(6) + await twice(6);

	say("%d %d %d", await vectors(3), await other(4), sum);
	return 0;
}
