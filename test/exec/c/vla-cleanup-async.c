// An array of variable length in a scope that a jump leaves past an async cleanup function.
// RUN: %exec %s
#include "exec.h"

static async void drop(int *v)
{
	await nap();
	say("drop %d", *v);
}

static async int leave(int n)
{
	__attribute__((cleanup(drop))) int outer = n;

	for (int i = 0; i < 3; i++) {
		__attribute__((cleanup(drop))) int inner = i;
		{
			int a[n + i + 1];
			a[n + i] = i + inner;
			if (a[n + i] == 0)
				continue;
			if (n == 3)
				break;
			if (n == 2)
				goto out;
			if (i == 2)
				return (int)sizeof a + outer;
		}
	}
out:
	return outer;
}

async int main(void)
{
	for (int n = 0; n < 4; n++)
		say("%d", await leave(n));
	return 0;
}
