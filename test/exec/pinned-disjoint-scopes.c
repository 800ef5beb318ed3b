// Pinned objects of disjoint scopes may share their place, those alive together not.
// RUN: %exec %s
#include "exec.h"

static async long checksum(const unsigned char *v, size_t n)
{
	long sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			await nap();
		sum = sum * 31 % 65521 + v[i];
	}
	return sum;
}

async int main(void)
{
	unsigned char outer[32];

	memset(outer, 1, sizeof outer);
	for (int turn = 0; turn < 2; turn++) {
		{
			unsigned char first[64];
			memset(first, 2 + turn, sizeof first);
			say("%ld", await checksum(first, sizeof first));
		}
		{
			unsigned char second[48], third[24];
			memset(second, 3, sizeof second);
			memset(third, 4, sizeof third);
			say("%ld", await checksum(second, sizeof second));
			say("%ld", await checksum(third, sizeof third));
			say("%ld", await checksum(second, sizeof second));
		}
		say("%ld", await checksum(outer, sizeof outer));
	}
	return 0;
}
