// extern and function declarations in bodies, and thread-local statics.
// RUN: %exec %s
#include "exec.h"

extern int elsewhere;

async int main(void)
{
	extern int elsewhere;
	int helper(int v);
	async int waits(int v);
	static _Thread_local int local = 3;
	static __thread struct pair pair = {1, 2};

	elsewhere += await waits(1);
	local++;
	await nap();
	pair.a += local;
	say("%d %d %d %d", elsewhere, helper(2), local, pair.a);
	return 0;
}

int elsewhere = 40;

int helper(int v)
{
	return v * elsewhere;
}

async int waits(int v)
{
	return await tick(v);
}
