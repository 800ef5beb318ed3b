// Binary operators with awaits on both sides go left to right, and old values stay.
// RUN: %exec %s
// OUT: tick 1
// OUT: tick 2
// OUT: -1
// OUT: tick 3
// OUT: tick 4
// OUT: tick 5
// OUT: 17
// OUT: 10
// OUT: 20
// OUT: 1
#include "exec.h"

static int global = 1;

static async int set_global(int v)
{
	await nap();
	global = v;
	return v;
}

async int main(void)
{
	say("%d", await tick(1) - await tick(2));
	say("%d", await tick(3) * await tick(4) + await tick(5));
	say("%d", global * 5 + await set_global(5));
	say("%d", await set_global(10) + global);
	global = 1;
	say("%d", (global == 1) & (await set_global(2) == global));
	return 0;
}
