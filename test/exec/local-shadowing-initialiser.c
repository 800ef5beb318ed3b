// An initialiser reads the variable that its own name hides only after the declarator.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int v = 5, n = 0;

	for (int i = v; i > 3; i--) {
		int w = v;
		int v = await tick(w * 2);
		{
			int u = v + 1, v = await tick(u);
			n += v;
			await nap();
			n += u;
		}
		n += v;
	}
	say("%d %d", n, v);
	return 0;
}
