// Functions without a result: falling off the end, plain return, in a chain.
// RUN: %exec %s
#include "exec.h"

static async void falls(int v)
{
	if (v > 1) {
		await tick_void(v);
	}
}

static async void returns(int v)
{
	if (v == 0)
		return;
	await tick_void(v);
	if (v == 1)
		return;
	say("past %d", v);
}

static async void empty(void)
{
}

static async void chain(void)
{
	await falls(5);
	return (void)0;
}

async int main(void)
{
	await falls(0);
	await falls(2);
	for (int i = 0; i < 3; i++)
		await returns(i);
	await empty();
	await chain();
	(void)await empty();
	return 0;
}
