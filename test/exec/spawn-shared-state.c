// Tasks that share a counter lose no update in `shared += await f()`.
// RUN: %exec %s
// OUT: 500500
#include "exec.h"

static int total;

static async int value(int v)
{
	await async_yield();
	return v;
}

static async void add(int v)
{
	total += await value(v);
}

async int main(void)
{
	static async_task(void) tasks[1000];

	for (int i = 0; i < 1000; i++)
		tasks[i] = async_spawn(add(i + 1));
	for (int i = 0; i < 1000; i++)
		await async_join(tasks[i]);
	say("%d", total);
	return 0;
}
