// switch whose cases lie inside loops, ifs and nested blocks.
// RUN: %exec %s
// CFLAGS: -Wno-implicit-fallthrough
#include "exec.h"

static async int run(int v)
{
	int n = 0;

	switch (await tick(v)) {
		while (n < 6) {
		case 1:
			n += await tick(1);
			if (n > 3) {
			case 2:
				n += 2;
				await nap();
			} else {
			case 3:
				n += await tick(3);
			}
		}
		break;
		for (;;) {
		default:
			await tick_void(n);
			if (n++ > 1)
				break;
		}
	}
	return n;
}

async int main(void)
{
	for (int v = 0; v < 4; v++)
		say("%d", await run(v));
	return 0;
}
