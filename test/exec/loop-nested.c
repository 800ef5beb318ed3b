// Loops four deep with an await in the innermost, counters kept at every level.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0;

	for (int a = 0; a < 2; a++) {
		int b = 3;
		while (b-- > 1) {
			int c = 0;
			do {
				for (int d = c; d < 2; d++) {
					await nap();
					n = n * 3 % 10007 + a + b + c + d;
				}
			} while (c++ < 1);
			await tick(c + b);
		}
	}
	say("%d", n);
	return 0;
}
