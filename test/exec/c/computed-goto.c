// Computed goto over a table of labels, awaits between them.
// RUN: %exec %s
#include "exec.h"

static async int run(const char *program)
{
	static void *const table[] = {&&add, &&twice, &&negate, &&stop};
	int v = 1;

	goto *table[*program++ - '0'];
add:
	v += await tick(1);
	goto *table[*program++ - '0'];
twice:
	v *= 2;
	await nap();
	goto *table[*program++ - '0'];
negate:
	v = -await tick(v);
	goto *table[*program++ - '0'];
stop:
	return v;
}

async int main(void)
{
	say("%d", await run("01103"));
	say("%d", await run("12013"));
	say("%d", await run("3"));
	return 0;
}
