// a[i++] op= await f(i): the subscript's side effect comes first and happens once.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
// CFLAGS: -Wno-unsequenced
// OUT: tick 1
// OUT: 1: 10 1 0
// OUT: tick 2
// OUT: 2: 10 21 0
// OUT: tick 6
// OUT: 3: 10 21 6
// OUT: tick 3
// OUT: 2: 10 21 18
#include "exec.h"

async int main(void)
{
	int a[3] = {9, 0, 0}, i = 0;

	a[i++] += await tick(i);
	a[1] = 1;
	say("%d: %d %d %d", i, a[0], a[1], a[2]);
	a[i++] += 10 * await tick(i);
	say("%d: %d %d %d", i, a[0], a[1], a[2]);
	a[i++] = await tick(i * 2);
	say("%d: %d %d %d", i, a[0], a[1], a[2]);
	a[--i] *= await tick(i + 1);
	say("%d: %d %d %d", i, a[0], a[1], a[2]);
	return 0;
}
