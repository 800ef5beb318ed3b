// The words of attributes are names like any other: of labels, variables, types, functions.
// RUN: %exec %s
#include "exec.h"

typedef int annotate;

static async int aligned(int cleanup)
{
	annotate n = cleanup;

	for (int i = 0; i < 3; i++) {
		await nap();
		n += i;
		if (n > 4)
			goto cleanup;
	}
	n = -n;
cleanup:
	await nap();
	return n;
}

static async annotate cleanup(annotate aligned)
{
	annotate main = aligned + 1;

	if (main > 100)
		goto aligned;
	await nap();
	return main;
aligned:
	return -1;
}

async int main(void)
{
	say("%d %d", await aligned(1), await aligned(3));
	say("%d %d", await cleanup(1), await cleanup(100));
	return 0;
}
