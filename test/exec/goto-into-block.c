// goto into blocks and loops that hold awaits, and out of them again.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0, rounds = 0;

	goto inside;
	while (n < 6) {
		int local;
		await tick(n);
	inside:
		local = n + 1;
		await tick_void(local);
		n = local + 1;
	}
	say("%d", n);
middle:
	if (rounds++ == 0)
		goto deep;
	{
		int a = 100;
		{
			int b;
			await tick(a);
		deep:
			b = 7;
			await tick(b);
			if (rounds < 3)
				goto middle;
		}
	}
	return 0;
}
