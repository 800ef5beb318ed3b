// GNU a ?: b with awaits: the left side is evaluated once.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	char *s;

	say("%d", await tick(0) ?: 5);
	say("%d", await tick(3) ?: 5);
	say("%d", await tick(0) ?: await tick(6));
	say("%d", await tick(7) ?: await tick(8));
	s = (char *)await tick_ptr(NULL) ?: await tick_str("other");
	say("%s", s);
	say("%g", await tick(2) ?: 0.5);
	say("%d", (0 ?: await tick(1)) ?: 9);
	return 0;
}
