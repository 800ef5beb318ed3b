// Recursion over many levels, with a result and locals that every level keeps.
// RUN: %exec %s
#include "exec.h"

static async long sum_to(long n)
{
	if (n == 0) {
		await nap();
		return 0;
	}
	long below = await sum_to(n - 1);
	return below + n;
}

static async long tail(long n, long sum)
{
	if (n == 0) {
		await nap();
		return sum;
	}
	return await tail(n - 1, sum + n);
}

async int main(void)
{
	say("%ld", await sum_to(5000));
	say("%ld", await tail(5000, 0));
	return 0;
}
