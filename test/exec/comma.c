// The comma operator around awaits, in expressions, conditions and for loops.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int a, b;

	a = (await tick(1), await tick(2), 3);
	b = (a++, await tick(a), a * 2);
	say("%d %d", a, b);
	a = 5, b = await tick(6), a += b;
	say("%d %d", a, b);
	while (await tick(a), --a > 9)
		b++;
	for (a = 0, b = await tick(3); a < b; a++, await tick(a), b--)
		;
	say("%d %d", a, b);
	say("%d", (say("left"), await tick(8)));
	if (await tick_void(1), a)
		say("yes");
	return 0;
}
