// An initialiser that awaits and mentions what it initialises: const objects, lists, arrays.
// RUN: %exec %s
// CFLAGS: -Wno-uninitialized -Wno-init-self
#include "exec.h"

typedef const struct { int a, b; } fixed_pair;

struct holder {
	struct holder *self;
	int v, w[2];
};

static async int give(unsigned long v)
{
	say("give %lu", v);
	await nap();
	return (int)v;
}

static async int through(struct holder *holder, int v)
{
	await nap();
	return v + (holder != 0);
}

static async int scalars(void)
{
	const long count = await give(sizeof count);
	int *const place = (int *)&place + 0 * await give(sizeof *place);
	volatile int seen = 3 + await give(sizeof seen);

	return (int)count + (place == (int *)&place) + seen;
}

static async int lists(int v)
{
	struct holder one = {&one, await through(&one, v), {[1] = await give(sizeof one.w)}};
	int list[3] = {await give(sizeof list), [2] = v + (int)sizeof list[1]};
	int sized[] = {1, v, await give(sized + 1 - sized), 9};
	fixed_pair pair = {await give(sizeof pair), 5};
	const int constants[2][2] = {[1] = {await give(sizeof constants)}, [0][1] = 6};
	int alone = {await give(sizeof alone) + 1};

	await nap();
	return (one.self == &one) + (one.v > 10) * 2 + one.w[0] * 4 + one.w[1] * 8 + list[0] * 16 +
	       list[1] * 32 + list[2] * 64 + (int)(sizeof sized / sizeof *sized) * 128 + sized[1] +
	       sized[2] + sized[3] + pair.a + pair.b + constants[1][0] + constants[0][1] +
	       constants[1][1] + alone;
}

static async int in_loop(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		for (int pair[2] = {await give(sizeof pair), i}; pair[1] < 3; pair[1]++) {
			const int *const p = &(const int){await give(sizeof p) + i};
			sum = sum * 3 + pair[0] + *p;
		}
	}
	return sum;
}

int main(void)
{
	say("%d", async_run(scalars()));
	say("%d", async_run(lists(11)));
	say("%d", async_run(in_loop(3)));
	return 0;
}
