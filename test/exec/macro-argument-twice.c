// A macro that evaluates its argument more than once awaits more than once.
// RUN: %exec %s
#include "exec.h"

#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define SQUARE(x) ((x) * (x))
#define CLAMP(v, lo, hi) MAX(lo, (v) < (hi) ? (v) : (hi))

async int main(void)
{
	int v = 3;

	say("%d", MAX(await tick(1), 2));
	say("%d", MAX(await tick(3), 2));
	say("%d", MAX(await tick(v), await tick(v + 1)));
	say("%d", SQUARE(await tick(4)));
	say("%d", CLAMP(await tick(5), 1, 4));
	return 0;
}
