// Vector types and __int128 as locals, results and operands.
// RUN: %exec %s
#include "exec.h"

typedef int four __attribute__((vector_size(16)));
typedef float eight __attribute__((vector_size(32)));

static async four scaled(four v, int by)
{
	await nap();
	return v * by;
}

static async unsigned __int128 product(uint64_t a, uint64_t b)
{
	unsigned __int128 wide = a;

	await nap();
	return wide * b;
}

async int main(void)
{
	four v = {1, 2, 3, 4}, w = await scaled(v, 10);
	eight f = {1, 2, 3, 4, 5, 6, 7, 8};
	__int128 big = -((__int128)1 << 100);

	v += await scaled(w, 2);
	await nap();
	f *= 2;
	say("%d %d %d %g", v[0], v[3], w[1], (double)f[7]);
	w[2] = await tick(99);
	say("%d", w[2]);
	unsigned __int128 p = await product(UINT64_MAX, 1000000007);
	say("%llx %llx", (unsigned long long)(p >> 64), (unsigned long long)p);
	say("%lld", (long long)(big >> 90) + await tick(1));
	return 0;
}
