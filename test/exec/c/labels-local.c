// Labels of a block of its own, by one macro twice, and a value behind a label.
// RUN: %exec %s
#include "exec.h"

static void drop(int *v)
{
	say("drop %d", *v);
}

static async int give(int v)
{
	await nap();
	return v;
}

#define FIND(wanted, count)                                                                        \
	({                                                                                         \
		__label__ found;                                                                   \
		int at = 0;                                                                        \
		for (; at < count; at++) {                                                         \
			__attribute__((cleanup(drop))) int y = at;                                 \
			(void)y;                                                                   \
			if (await give(at) == wanted)                                              \
				goto found;                                                        \
		}                                                                                  \
		at = -1;                                                                           \
	found:                                                                                     \
		at;                                                                                \
	})

static async int twice(int v)
{
	__attribute__((cleanup(drop))) int x = 100;

	(void)x;
	return FIND(v, 3) + FIND(v - 1, 3);
}

static async int by_address(int v)
{
	int sum = 0;

	for (int i = 0; i < 2; i++) {
		__label__ first, second;
		static void *const to[] = {&&first, &&second};
		goto *to[(v + i) & 1];
	first:
		sum += await give(10);
	second:
		sum += await give(1);
	}
	{
		__label__ first;
		if (v)
			goto first;
		sum += await give(100);
	first:
		sum += await give(1000);
	}
	return sum;
}

int main(void)
{
	for (int v = 0; v < 5; v++)
		say("%d %d", async_run(twice(v)), async_run(by_address(v)));
	return 0;
}
