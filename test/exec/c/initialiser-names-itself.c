// A variable is in scope in its own initialiser, also where that awaits.
// RUN: %exec %s
#include "exec.h"

#include <stdlib.h>

struct large {
	int fields[10];
};

async static void *allocate(size_t size)
{
	await nap();
	return calloc(1, size);
}

async static int set_and_give(int *address, int value)
{
	*address = 1;
	await nap();
	*address += 1;
	return value;
}

async static struct pair pair_at(struct pair *address, int value)
{
	await nap();
	address->a = value;
	return (struct pair){address->a, value + 1};
}

async int main(void)
{
	struct large *first = await allocate(sizeof(*first));
	struct large *second = await allocate(sizeof *second), *third = await allocate(sizeof *third);
	first->fields[9] = second->fields[9] + third->fields[9] + 3;
	int number = await set_and_give(&number, 5);
	struct pair pair = await pair_at(&pair, await tick(7));
	int size = (int)sizeof(size) + await tick(1);
	for (struct large *each = await allocate(sizeof *each); each; each = NULL) {
		say("%d", each->fields[9]);
		await nap();
		free(each);
	}
	switch (await tick(1)) {
		int *inner;
	case 1:
		inner = await allocate(sizeof *inner);
		say("%d", *inner);
		free(inner);
	}
	say("%d %d %d %d", first->fields[9], number, pair.a, pair.b);
	say("%d", size == 1 + (int)sizeof(int));
	free(first);
	free(second);
	free(third);
	return 0;
}
