// lv op= await e: the address is taken before the await, the value read after it.
// RUN: %exec %s
// OUT: tick 5
// OUT: 105
// OUT: index 0
// OUT: bump 7
// OUT: 1017 1
// OUT: target
// OUT: bump 1
// OUT: 111
#include "exec.h"

static int counter;
static int cells[2];

static async int add_meanwhile(int v)
{
	counter += 100;
	return await tick(v);
}

static int index_once(void)
{
	static int calls;

	say("index %d", calls);
	return calls++;
}

static async int bump(int v)
{
	say("bump %d", v);
	await nap();
	cells[0] += 10;
	cells[1] += 1;
	return v;
}

static int *target(void)
{
	say("target");
	return &counter;
}

static async int bump_counter(int v)
{
	say("bump %d", v);
	await nap();
	counter = 10 * counter + 100;
	return v;
}

async int main(void)
{
	counter += await add_meanwhile(5);
	say("%d", counter);
	cells[0] = 1000;
	cells[index_once()] += await bump(7);
	say("%d %d", cells[0], cells[1]);
	counter = 1;
	*target() += await bump_counter(1);
	say("%d", counter);
	return 0;
}
