// Duff's device with an await in the loop that the switch jumps into.
// RUN: %exec %s
#include "exec.h"

static async int copy(const int *from, int *to, int count)
{
	int n = (count + 3) / 4, done = 0;

	switch (count % 4) {
	case 0:
		do {
			*to++ = await tick(*from++);
			done++;
			__attribute__((fallthrough));
		case 3:
			*to++ = await tick(*from++);
			done++;
			__attribute__((fallthrough));
		case 2:
			*to++ = *from++;
			await nap();
			done++;
			__attribute__((fallthrough));
		case 1:
			*to++ = await tick(*from++);
			done++;
		} while (--n > 0);
	}
	return done;
}

async int main(void)
{
	int from[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	for (int count = 1; count < 10; count++) {
		int to[9] = {0};
		say("%d: %d", count, await copy(from, to, count));
		say("%d", memcmp(from, to, sizeof(int) * (unsigned)count));
	}
	return 0;
}
