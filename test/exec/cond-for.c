// Awaits in each of the three parts of for, alone and together.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i, n = 0;

	for (i = await tick(2); i < 4; i++)
		n += i;
	for (i = 0; i < await tick(2); i++)
		n += i;
	for (i = 0; i < 3; i += await tick(1))
		n += i;
	for (int j = await tick(0), k = await tick(5); j < await tick(k); j += await tick(2), k--)
		n += await tick(j * k);
	say("%d", n);
	for (;;) {
		await tick(n);
		if (n++ % 4 == 0)
			break;
	}
	for (await tick(70), await tick(71); n % 3; n = await tick(n + 1))
		;
	for (i = 0; await tick_bool(i < 2); i++)
		;
	say("%d %d", n, i);
	return 0;
}
