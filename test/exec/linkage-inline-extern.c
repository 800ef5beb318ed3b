// Inline async functions with external linkage.
// RUN: %exec %s
#include "exec.h"

inline async int half(int v)
{
	v = await tick(v);
	return v / 2;
}
extern inline async int half(int v);

async int main(void)
{
	say("%d", await half(14));
	return 0;
}
