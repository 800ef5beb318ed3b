// Awaits inside cases, with fallthrough, default in the middle and values kept across.
// RUN: %exec %s
// CFLAGS: -Wno-implicit-fallthrough
#include "exec.h"

static async int run(int v)
{
	int n = v * 1000;

	switch (v) {
	case 0:
		n += await tick(1);
		break;
	case 1:
		n += await tick(10);
	case 2:
		n += await tick(20);
	default:
		n += await tick(30);
		if (v == 9)
			break;
	case 3: {
		int local = n + 1;
		await tick_void(local);
		n = local + 40;
	}
	case 4:
		n++;
		break;
	case 5:
		return await tick(50);
	}
	return n;
}

async int main(void)
{
	for (int v = 0; v < 10; v++)
		say("%d: %d", v, await run(v));
	return 0;
}
