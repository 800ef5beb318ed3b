// Tasks that spawn tasks and join them, several levels deep.
// RUN: %exec %s
#include "exec.h"

static async int tree(int depth, int id)
{
	async_task(int) left, right;
	int sum;

	if (depth == 0) {
		await nap();
		return id;
	}
	left = async_spawn(tree(depth - 1, id * 2));
	right = async_spawn(tree(depth - 1, id * 2 + 1));
	sum = await async_join(right);
	sum -= await async_join(left);
	return sum * 3 + id;
}

async int main(void)
{
	say("%d", await tree(6, 1));
	return 0;
}
