// Awaits under unary operators and casts.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

async int main(void)
{
	int v = 5;

	say("%d %d", -await tick(3), +await tick(4));
	say("%d %d", ~await tick(5), !await tick(6));
	say("%d", !!await tick(0));
	say("%d", - -await tick(7));
	say("%d", (char)await tick(321));
	say("%g", (double)await tick(3) / 2);
	say("%d", *(int *)await tick_ptr(&v));
	say("%c", *await tick_str("deref"));
	say("%d", (int)(long)-await tick(9));
	say("%d", (await tick(10)));
	say("%d", ((((await (tick(11)))))));
	return 0;
}
