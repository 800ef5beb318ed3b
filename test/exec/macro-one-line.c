// Several awaits, statements and functions on one source line.
// clang-format off
// RUN: %exec %s
#include "exec.h"

static async int one(int v) { return await tick(v); } static async int two(int v) { return await one(v) + await one(v); }
async int main(void)
{
	int a = await one(1), b = await two(2); say("%d %d", a, b); a = await one(a) + await one(b); say("%d", a);
	if (await one(0)) say("no"); else { await one(5); say("yes"); } for (int i = 0; i < await one(2); i++) await one(i);
	return 0;
}
