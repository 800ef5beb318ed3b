// Awaits as operands of every binary operator.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
// CFLAGS: -Wno-parentheses
#include "exec.h"

async int main(void)
{
	int one = 1;

	say("%d %d %d", await tick(20) + 3, await tick(20) - 3, 20 * await tick(3));
	say("%d %d", await tick(20) / 3, 20 % await tick(3));
	say("%d %d", await tick(1) << 4, 256 >> await tick(4));
	say("%d %d %d", await tick(12) & 10, 12 | await tick(3), await tick(12) ^ 10);
	say("%d %d", await tick(1) < one, one <= await tick(1));
	say("%d %d", await tick(1) > one, one >= await tick(1));
	say("%d %d", await tick(1) == one, one != await tick(1));
	say("%d", 1 + 2 * await tick(3) - 4);
	say("%d", (await tick(7) - 2) * -3);
	say("%g", await tick(3) / 2.0 + await tick_double(0.25));
	say("%d", one - await tick(2) - 3);
	return 0;
}
