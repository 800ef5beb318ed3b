// Locals declared without initialiser and set before, between and after awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int a, b, c;
	struct pair p;
	const char *s;

	a = 1;
	await nap();
	b = a + 1;
	await nap();
	c = b + 1;
	p.a = c;
	await nap();
	p.b = p.a + 1;
	for (int i = 0; i < 2; i++) {
		int each;
		if (i == 0)
			each = 50;
		else
			each = 60;
		await nap();
		say("%d", each);
	}
	s = b > a ? "greater" : "less";
	await nap();
	say("%d %d %d %d %d %s", a, b, c, p.a, p.b, s);
	return 0;
}
