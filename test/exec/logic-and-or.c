// && and || with awaits on either side: short-circuit, value 0 or 1, used and unused.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int v;

	for (int a = 0; a < 3; a++) {
		for (int b = 0; b < 2; b++) {
			say("%d", await tick(a) && await tick(b));
			say("%d", await tick(a) || await tick(b));
			say("%d", a && await tick(b));
			say("%d", a || await tick(b));
			say("%d", await tick(a) && b);
			say("%d", await tick(a) || b);
			v = !(a && await tick(b)) + 5 * (await tick(a) || !b);
			say("%d", v);
		}
	}
	(void)(await tick(0) && await tick(1));
	(void)(await tick(1) || await tick(2));
	say("%d", await tick_ptr(&v) && await tick_double(0.1));
	return 0;
}
