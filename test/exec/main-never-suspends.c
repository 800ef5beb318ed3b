// An async main that never suspends, with a status above 127.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	say("at once");
	return 200;
}
