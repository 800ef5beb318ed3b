// Calls through file-scope pointers inside the left operand of ?: and under nested designators.
// RUN: %exec %s
#include "exec.h"

struct record {
	unsigned x, y[2];
};

struct ops {
	async int (*run)(int v);
};

static async int (*const table[])(int v) = {tick, tick};
static const struct ops ops = {tick};

async int main(void)
{
	int v = ({ int m = await table[0](3); m; }) ?: 5;
	int w = ({ int m = await ops.run(0); m; }) ?: await ops.run(6);
	struct record r = {.x = (unsigned)await tick(1),
			   .y = {[1] = (unsigned)await table[await tick(0)](await table[1](3))}};

	say("%d %d %u %u", v, w, r.x, r.y[1]);
	return 0;
}
