// Arrays of async function pointers.
// RUN: %exec %s
#include "exec.h"

static async const char *zero(void)
{
	await nap();
	return "zero";
}

static async const char *one(void)
{
	await nap();
	return "one";
}

async int main(void)
{
	async const char *(*names[2])(void) = {zero, one};
	static async const char *(*const fixed[])(void) = {one, zero};

	for (int i = 0; i < 2; i++)
		say("%s %s", await names[i](), await fixed[i]());
	say("%s", await names[await tick(1)]());
	return 0;
}
