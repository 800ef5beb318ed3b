// The arguments of a spawned call are evaluated at once, and copied.
// RUN: %exec %s
#include "exec.h"

static async int sum(struct pair p, int v, const char *s)
{
	await nap();
	return p.a + p.b + v + s[0];
}

static async int from_big(struct big b, int index)
{
	await nap();
	return b.v[index];
}

async int main(void)
{
	struct pair p = {1, 2};
	struct big b = {.v = {10, 20, 30}};
	int v = 3, n = 0;
	async_task(int) tasks[3];

	tasks[0] = async_spawn(sum(p, v++, "a"));
	p.a = 1000;
	v = 50;
	tasks[1] = async_spawn(sum(p, await tick(v), "b"));
	tasks[2] = async_spawn(from_big(b, n++ + 2));
	b.v[2] = -1;
	for (int i = 0; i < 3; i++)
		say("%d", await async_join(tasks[i]));
	say("%d %d", v, n);
	return 0;
}
