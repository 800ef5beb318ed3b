// Thousands of tasks alive at once, joined in another order than spawned.
// RUN: %exec %s
#include "exec.h"

enum { COUNT = 3000 };

static async long work(int id)
{
	long v = id;

	for (int i = 0; i < id % 7; i++) {
		await nap();
		v = v * 3 + i;
	}
	return v;
}

async int main(void)
{
	static async_task(long) tasks[COUNT];
	unsigned long sum = 0;

	for (int i = 0; i < COUNT; i++)
		tasks[i] = async_spawn(work(i));
	for (int i = COUNT - 1; i >= 0; i--)
		sum = sum * 31 + (unsigned long)await async_join(tasks[i]);
	say("%lu", sum);
	return 0;
}
