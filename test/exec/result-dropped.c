// Values of awaited calls that nobody uses.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	await tick(1);
	await tick_pair(1, 2);
	await tick_big(1);
	await tick_ptr(NULL);
	await tick_ld(1);
	(void)(await tick(2));
	await tick(3), await tick(4);
	1 ? (void)await tick(5) : (void)await tick(6);
	return 0;
}
