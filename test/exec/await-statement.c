// An await as a statement of its own, its value dropped.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	say("before");
	await tick(1);
	(void)await tick(2);
	await tick_void(3);
	say("after");
	return 0;
}
