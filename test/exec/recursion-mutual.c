// Functions that await one another in a ring.
// RUN: %exec %s
#include "exec.h"

static async bool is_odd(unsigned n);

static async bool is_even(unsigned n)
{
	await nap();
	return n == 0 || await is_odd(n - 1);
}

static async bool is_odd(unsigned n)
{
	if (n == 0)
		return false;
	return await is_even(n - 1);
}

async int main(void)
{
	for (unsigned n = 0; n < 12; n += 3)
		say("%u %s", n, await is_even(n) ? "even" : "odd");
	return 0;
}
