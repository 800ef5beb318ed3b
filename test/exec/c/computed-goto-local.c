// Label addresses in locals that are kept across awaits, and jumps backward and into loops.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	void *next = &&first;
	int n = 0;

	for (;;) {
		await tick(n);
		goto *next;
	first:
		n += 1;
		next = &&second;
		continue;
	second:
		n += await tick(10);
		next = n < 25 ? &&first : &&last;
	}
last:
	say("%d", n);
	return 0;
}
