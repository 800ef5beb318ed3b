// A frame of many kilobytes, and many awaits in one function.
// RUN: %exec %s
// CFLAGS: -std=gnu11
#include "exec.h"

#define TEN(x) x x x x x x x x x x

static async long large(int seed)
{
	int table[4000];
	long sum = 0;

	for (int i = 0; i < 4000; i++)
		table[i] = seed + i;
	await nap();
	for (int i = 0; i < 4000; i += 7) {
		table[i] *= 3;
		if (i % 700 == 0)
			await nap();
	}
	for (int i = 0; i < 4000; i++)
		sum = (sum * 7 + table[i]) % 1000003;
	return sum;
}

static async int many(int v)
{
	TEN(TEN(v++; await nap();))
	return v;
}

async int main(void)
{
	say("%ld", await large(5));
	say("%d", await many(1));
	return 0;
}
