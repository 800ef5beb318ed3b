// Spawning calls through async function pointers of every kind.
// RUN: %exec %s
#include "exec.h"

struct service {
	async int (*handle)(struct service *, int);
	int base;
};

static async int add(struct service *s, int v)
{
	await nap();
	return s->base + v;
}

static async int multiply(struct service *s, int v)
{
	await nap();
	return s->base * v;
}

static async int start(async int (*f)(int), int v)
{
	async_task(int) t = async_spawn(f(v));

	return await async_join(t);
}

async int main(void)
{
	struct service services[] = {{add, 10}, {multiply, 20}}, *s = services;
	async int (*handle)(struct service *, int) = multiply;
	async_task(int) t[4];

	t[0] = async_spawn(s->handle(s, 1));
	t[1] = async_spawn(s[1].handle(&services[1], 2));
	t[2] = async_spawn(handle(s, 3));
	t[3] = async_spawn((*handle)(s + 1, 4));
	for (int i = 0; i < 4; i++)
		say("%d", await async_join(t[i]));
	say("%d", await start(tick, 5));
	return 0;
}
