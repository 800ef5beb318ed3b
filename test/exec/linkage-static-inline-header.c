// Static inline async functions in a header that two files include.
// RUN: %exec %s
// WITH: inline-user.c
#include "exec.h"
#include "Inputs/inline.h"

async int main(void)
{
	say("%d", await clamp(7));
	say("%d", await clamp(70));
	say("%d", await other_clamp(70));
	say("%d", await clamp_calls());
	return 0;
}
