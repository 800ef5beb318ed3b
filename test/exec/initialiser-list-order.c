// Elements of an initialiser list are evaluated as written, whatever place they have.
// RUN: %exec %s
// OUT: tick 8
// OUT: tick 9
// OUT: tick 1
// OUT: plain 2
// OUT: tick 3
// OUT: 9 8
// OUT: 3 2 1
#include "exec.h"

static int plain(int v)
{
	say("plain %d", v);
	return v;
}

async int main(void)
{
	struct pair q = {.b = await tick(8), .a = await tick(9)};
	int a[3] = {[2] = await tick(1), [1] = plain(2), [0] = await tick(3)};

	say("%d %d", q.a, q.b);
	say("%d %d %d", a[0], a[1], a[2]);
	return 0;
}
