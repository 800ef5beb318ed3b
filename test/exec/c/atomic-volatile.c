// _Atomic, volatile, register and restrict locals across awaits.
// RUN: %exec %s
#include "exec.h"
#include <stdatomic.h>

static async int copy(int *restrict to, const int *restrict from, int n)
{
	for (register int i = 0; i < n; i++) {
		register int e = await tick(from[i]);
		to[i] = e;
	}
	return n;
}

async int main(void)
{
	_Atomic int counter = 5;
	atomic_long total = 0;
	volatile int flag = 1;
	const volatile int fixed = await tick(3);
	volatile struct pair vp = {1, 2};
	int from[2] = {7, 8}, to[2];

	counter += await tick(2);
	await nap();
	counter++;
	atomic_fetch_add(&total, await tick(10));
	flag = await tick(flag + 1);
	vp.b += await tick(20);
	await copy(to, from, 2);
	say("%d %ld %d %d %d %d", counter, (long)total, flag, fixed, vp.b, to[1]);
	return 0;
}
