// Async function pointers in local, static and global variables.
// RUN: %exec %s
#include "exec.h"

static async int twice(int v)
{
	return 2 * await tick(v);
}

static async int thrice(int v)
{
	return 3 * await tick(v);
}

async int (*global_op)(int) = twice;
static async int (*static_op)(int);

async int main(void)
{
	async int (*op)(int) = twice;

	say("%d", await op(5));
	op = thrice;
	say("%d", await op(5));
	say("%d", await (*op)(6));
	static_op = op;
	say("%d", await static_op(7));
	say("%d", await global_op(8));
	op = &twice;
	say("%d", await op(9));
	op = op == twice ? thrice : twice;
	say("%d", await op(10));
	return 0;
}
