// The type of ?: is that of both branches together, not of the one taken.
// RUN: %exec %s
// CFLAGS: -Wno-sign-compare
#include "exec.h"

async int main(void)
{
	int one = 1, minus = -1;
	unsigned u = 1;
	char c = 'c';
	const char *s;
	void *vp = &one;

	say("%d", (one ? minus : u) > 0);
	say("%d", (await tick(1) ? minus : u) > 0);
	say("%d", (one ? await tick(-1) : u) > 0);
	say("%zu", sizeof(one ? c : 1L));
	say("%g", (await tick(1) ? one : 2.0) / 4);
	s = await tick(0) ? "x" : NULL;
	say("%d", s == NULL);
	say("%d", (one ? await tick_ptr(NULL) : &one) == NULL);
	say("%d", *(int *)(await tick(1) ? vp : &u));
	return 0;
}
