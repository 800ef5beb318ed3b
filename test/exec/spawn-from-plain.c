// Plain helpers called by an async function may spawn; so may main before async_run.
// RUN: %exec %s
#include "exec.h"

static int finished;

static async void note(int v)
{
	await nap();
	finished += v;
}

static async_task(void) helper(int v)
{
	return async_spawn(note(v));
}

static async int work(async_task(void) early)
{
	async_task(void) late = helper(10);

	await async_join(late);
	await async_join(early);
	return finished;
}

int main(void)
{
	async_task(void) early = helper(100);

	say("%d", async_run(work(early)));
	return 0;
}
