// An address-taken local of a loop body, its address used only within its turn.
// RUN: %exec %s
#include "exec.h"

static async void increment(int *v)
{
	await nap();
	++*v;
}

async int main(void)
{
	int total = 0, *last = NULL;

	for (int i = 0; i < 3; i++) {
		int own = i * 10;
		int *p = &own;
		last = p;
		await increment(p);
		await increment(&own);
		await increment(&i);
		total += *last;
		await increment(&total);
		say("%d %d %d", i, own, total);
	}
	return 0;
}
