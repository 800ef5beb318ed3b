// Declarations in a switch body before its first case and between cases.
// RUN: %exec %s
// CFLAGS: -Wno-implicit-fallthrough
#include "exec.h"

static async int run(int v)
{
	switch (v) {
		int shared;
	case 1:
		shared = await tick(5);
		await nap();
		return shared + 1;
	case 2:
		shared = 7;
		await nap();
		int late;
	case 3:
		late = await tick(v);
		return late;
	}
	return -1;
}

async int main(void)
{
	for (int v = 0; v < 4; v++)
		say("%d", await run(v));
	return 0;
}
