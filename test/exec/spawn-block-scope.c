// Tasks of functions that are declared where they are started.
// RUN: %exec %s
#include "exec.h"

static async int first(int v)
{
	async int later(int v);
	async_task(int) task = async_spawn(later(v));

	return await async_join(task);
}

static async int second(int v)
{
	async_task(int) task;
	{
		async int later(int v);
		extern async void last(char *at, struct pair p);
		char c = 1;

		await async_join(async_spawn(last(&c, (struct pair){v, 2})));
		task = async_spawn(later(c));
	}
	return await async_join(task);
}

async int later(int v)
{
	await nap();
	return v + 1;
}

async void last(char *at, struct pair p)
{
	await nap();
	*at = (char)(p.a + p.b);
}

int main(void)
{
	async int later(int v);

	say("%d %d %d", async_run(first(4)), async_run(second(5)), async_run(later(6)));
	return 0;
}
