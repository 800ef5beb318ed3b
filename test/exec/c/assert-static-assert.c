// assert(await ...), _Static_assert in bodies, __func__, __LINE__, __COUNTER__.
// RUN: %exec %s
#include "exec.h"
#include <assert.h>

static async int f(int v)
{
	_Static_assert(sizeof(int) == 4, "int");
	assert(await tick(v) == v);
	await nap();
	assert(v && await tick_bool(true));
	return __LINE__;
}

async int main(void)
{
	int a = __COUNTER__, b = __COUNTER__;

	await nap();
	say("%s %d %d", __func__, b - a, await f(1) > 0);
	return 0;
}
