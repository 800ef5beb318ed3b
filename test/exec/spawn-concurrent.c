// Tasks interleave at their suspensions, each keeps its own locals.
// RUN: %exec %s
// OUT: a 0
// OUT: b 0
// OUT: a 1
// OUT: b 1
// OUT: a 2
// OUT: b 2
// OUT: 3 30
#include "exec.h"

static async int steps(const char *name, int factor)
{
	int sum = 0;

	for (int i = 0; i < 3; i++) {
		say("%s %d", name, i);
		await async_yield();
		sum += i * factor;
	}
	return sum;
}

async int main(void)
{
	async_task(int) a = async_spawn(steps("a", 1));
	async_task(int) b = async_spawn(steps("b", 10));
	int va = await async_join(a), vb = await async_join(b);

	say("%d %d", va, vb);
	return 0;
}
