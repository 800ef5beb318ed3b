// What only a for's third part names keeps its value across awaits in the other parts.
// RUN: %exec %s
#include "exec.h"

static async int climb(int from, int to, int stride)
{
	int turns = 0;

	for (int i = from; await tick(i) < to; i += stride)
		turns++;
	for (int i = from; i < await tick(to); i += stride)
		continue;
	return turns;
}

async int main(void)
{
	say("%d", await climb(1, 9, 3));
	return 0;
}
