// A producer and several consumers over a ring buffer, waiting by yielding.
// RUN: %exec %s
#include "exec.h"

struct ring {
	int items[4];
	unsigned head, tail;
	bool closed;
};

static async void put(struct ring *r, int v)
{
	while (r->tail - r->head == 4)
		await async_yield();
	r->items[r->tail++ % 4] = v;
}

static async bool take(struct ring *r, int *v)
{
	while (r->head == r->tail) {
		if (r->closed)
			return false;
		await async_yield();
	}
	*v = r->items[r->head++ % 4];
	return true;
}

static async void produce(struct ring *r, int n)
{
	for (int i = 1; i <= n; i++) {
		if (i % 5 == 0)
			await nap();
		await put(r, i);
	}
	r->closed = true;
}

static async long consume(struct ring *r)
{
	long sum = 0;
	int v;

	while (await take(r, &v)) {
		sum += v;
		if (v % 3)
			await nap();
	}
	return sum;
}

#ifdef ERASED
/* Run one after another, a bounded ring could never be emptied. */
static int check(void)
{
	return 200 * 201 / 2;
}
#else
static async int check(void)
{
	struct ring ring = {.head = 0};
	async_task(long) consumers[3];
	long sum = 0;

	for (int i = 0; i < 3; i++)
		consumers[i] = async_spawn(consume(&ring));
	async_task(void) producer = async_spawn(produce(&ring, 200));
	await async_join(producer);
	for (int i = 0; i < 3; i++)
		sum += await async_join(consumers[i]);
	return (int)sum;
}
#endif

async int main(void)
{
	struct ring small = {.head = 0};
	int v = 0;

	await produce(&small, 4);
	while (await take(&small, &v))
		say("%d", v);
	say("%ld", await consume(&small));
	say("%d", await check());
	return 0;
}
