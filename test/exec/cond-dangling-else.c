// Nested ifs without braces: each else belongs to the nearest if, awaits or not.
// RUN: %exec %s
#include "exec.h"

static async int which(int a, int b)
{
	if (a)
		if (await tick(b))
			return 1;
		else
			return 2;
	else if (await tick(b))
		if (b > 1)
			return 3;
		else
			return await tick(4);
	else
		return 5;
}

async int main(void)
{
	for (int a = 0; a < 2; a++)
		for (int b = 0; b < 3; b++)
			say("%d %d: %d", a, b, await which(a, b));
	return 0;
}
