// break, continue, goto and return out of statement expressions with awaits.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async int first_even(const int *v, int n)
{
	for (int i = 0; i < n; i++)
		(void)({
			int e = await tick(v[i]);
			if (e < 0)
				continue;
			if (e == 100)
				break;
			if (e % 2 == 0)
				return i;
			e;
		});
	return -1;
}

static async int leave(int v)
{
	int r = 1 + ({
			if (await tick(v))
				goto out;
			5;
		});
	return r;
out:
	return -2;
}

async int main(void)
{
	say("%d", await first_even((int[]){1, -2, 3, 4}, 4));
	say("%d", await first_even((int[]){1, 100, 2}, 3));
	say("%d %d", await leave(0), await leave(1));
	return 0;
}
