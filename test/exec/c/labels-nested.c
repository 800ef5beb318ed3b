// Local labels, labels of the same name in nested blocks, and labels before declarations.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0;

	for (int i = 0; i < 2; i++) {
		__label__ retry;
		int tries = 0;
	retry:
		await tick(tries);
		if (tries++ < i + 1)
			goto retry;
		n += tries;
	}
	{
		__label__ retry;
	retry:;
		int v = await tick(n);
		if (v == n++)
			goto retry_outer;
		goto retry;
	}
retry_outer:
	say("%d", n);
	return 0;
}
