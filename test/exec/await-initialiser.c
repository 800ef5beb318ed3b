// Awaits as initialisers, also several in one declaration that depend on one another.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int a = await tick(1);
	int b = await tick(a + 1), c = a + b, d = await tick(c * 2);
	const char *s = await tick_str("text"), *t = s + 1;
	double x = await tick(7);
	int i = 3, j = await tick(i), k = i + j;
	char small = (char)await tick(300);

	say("%d %d %d %d", a, b, c, d);
	say("%s %s %g", s, t, x);
	say("%d %d %d", i, j, k);
	say("%d", small);
	return 0;
}
