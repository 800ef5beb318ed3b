// Nested &&, || and ?: with awaits, in conditions and arguments.
// RUN: %exec %s
#include "exec.h"

static async bool check(int a, int b, int c)
{
	if ((await tick(a) && await tick(b)) || await tick(c))
		return (a || await tick(b)) && !(b && await tick(c));
	return await tick(a) ? await tick(b) && c : (await tick(c), await tick(b)) || a;
}

async int main(void)
{
	int n = 0;

	for (int i = 0; i < 8; i++)
		say("%d: %d", i, await check(i & 1, i & 2, i & 4));
	while (n < 10 && (await tick(n) < 5 || await tick_bool(n == 7)))
		n += 1 + (n > 2 && await tick_bool(n & 1));
	say("%d", n);
	return 0;
}
