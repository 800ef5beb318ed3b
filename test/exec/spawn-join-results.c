// Spawned tasks give results of every kind when joined.
// RUN: %exec %s
#include "exec.h"

static async void store(int *to, int v)
{
	await nap();
	*to = v;
}

static async double half(double v)
{
	await nap();
	return v / 2;
}

static async char *text(void)
{
	static char s[] = "text";

	await nap();
	return s;
}

static async struct pair swap(struct pair p)
{
	await nap();
	return (struct pair){p.b, p.a};
}

static async struct big negated(struct big b)
{
	for (int i = 0; i < 16; i++) {
		if (i % 8 == 0)
			await nap();
		b.v[i] = -b.v[i];
	}
	return b;
}

static async long double ld(char c, long double v, short s)
{
	await nap();
	return c * v + s;
}

static async bool yes(void)
{
	return true;
}

async int main(void)
{
	int stored = 0;
	struct big big = {{1, 2, 3}, "big"};
	async_task(void) t0 = async_spawn(store(&stored, 5));
	async_task(double) t1 = async_spawn(half(5));
	async_task(char *) t2 = async_spawn(text());
	async_task(struct pair) t3 = async_spawn(swap((struct pair){1, 2}));
	async_task(struct big) t4 = async_spawn(negated(big));
	async_task(long double) t5 = async_spawn(ld(2, 1.5L, -1));
	async_task(bool) t6 = async_spawn(yes());

	await async_join(t0);
	say("%d", stored);
	say("%g %s", await async_join(t1), await async_join(t2));
	struct pair p = await async_join(t3);
	say("%d %d", p.a, p.b);
	big = await async_join(t4);
	say("%d %d %s", big.v[2], big.v[15], big.name);
	say("%Lg", await async_join(t5));
	if (await async_join(t6))
		say("yes");
	return 0;
}
