// Recursion in which each level hands the address of its own local down.
// RUN: %exec %s
#include "exec.h"

struct level {
	const struct level *up;
	int depth;
};

static async int walk(const struct level *up, int depth)
{
	struct level own = {up, depth};
	int sum = 0;

	await nap();
	if (depth < 6)
		return await walk(&own, depth + 1);
	for (const struct level *l = &own; l; l = l->up) {
		sum = sum * 10 + l->depth;
		await nap();
	}
	return sum;
}

async int main(void)
{
	say("%d", await walk(NULL, 1));
	return 0;
}
