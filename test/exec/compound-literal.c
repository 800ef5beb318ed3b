// Compound literals: by value, by address into an awaited call, with awaits inside.
// RUN: %exec %s
#include "exec.h"

static async int sum(const int *v, int n)
{
	int total = 0;

	for (int i = 0; i < n; i++) {
		await nap();
		total += v[i];
	}
	return total;
}

static async int pair_sum(const struct pair *p)
{
	await nap();
	return p->a + p->b;
}

static async void set(struct pair *p, int v)
{
	await nap();
	p->a = v;
}

async int main(void)
{
	struct pair *kept = &(struct pair){1, 2};
	int *list = (int[]){3, 4, 5};
	struct pair copy;

	await set(kept, 10);
	say("%d %d", kept->a, kept->b);
	say("%d", await sum(list, 3));
	say("%d", await sum((int[]){6, 7}, 2));
	say("%d", await pair_sum(&(struct pair){8, 9}));
	say("%d", await pair_sum(&(struct pair){await tick(1), .b = await tick(2)}));
	copy = (struct pair){await tick(3), 4};
	say("%d %d", copy.a, copy.b);
	say("%d", (struct pair){5, await tick(6)}.b);
	for (int i = 0; i < 3; i++) {
		struct pair *each = &(struct pair){i, i * 2};
		await set(each, each->a + 100);
		say("%d %d", each->a, each->b);
	}
	say("%d", *list + kept->b);
	return 0;
}
