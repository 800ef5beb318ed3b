// Constant conditions beside awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0;

	if (0)
		await tick_void(1);
	if (1)
		await tick_void(2);
	while (0)
		await tick_void(3);
	do {
		await tick_void(4);
	} while (0);
	n += 0 && await tick(5);
	n += 1 || await tick(6);
	n += 1 ? 7 : await tick(8);
	for (; 0; await tick(9))
		n++;
	say("%d", n);
	return 0;
}
