// Handles are values: in arrays, structs, parameters, results, compared with NULL.
// RUN: %exec %s
#include "exec.h"

struct worker {
	const char *name;
	async_task(int) task;
};

static async int quiet(int v)
{
	await nap();
	return v;
}

static async_task(int) begin(int v)
{
	return async_spawn(quiet(v));
}

static async int finish(async_task(int) task)
{
	return await async_join(task);
}

async int main(void)
{
	struct worker workers[2] = {{"a", NULL}, {"b", NULL}};
	async_task(int) none = NULL, own = begin(7), copy = own;

	say("%d", await finish(copy));
	say("%d %d %d", none == NULL, own != NULL, copy == own);
	for (int i = 0; i < 2; i++) {
		workers[i].task = begin(i * 10);
		say("%s %d", workers[i].name, await finish(workers[i].task));
	}
	say("%d", await async_join(begin(8)));
	say("%d", await async_join(async_spawn(quiet(9))) + 1);
	return 0;
}
