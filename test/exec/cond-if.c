// Awaits in the condition of if, with and without else, and in both branches.
// RUN: %exec %s
#include "exec.h"

static async int classify(int v)
{
	if (await tick(v) > 10)
		return 1;
	else if (await tick(v + 1) > 10)
		return await tick(2);
	else if (v < 0) {
		await tick_void(v);
		v = -v;
	} else
		await tick_void(v);
	if (!await tick_bool(v == 3))
		return v;
	if ((await tick_pair(v, 3)).a == 3 && v)
		return 33;
	return 0;
}

async int main(void)
{
	static const int v[] = {11, 10, 9, -4, 3, -3};

	for (int i = 0; i < 6; i++)
		say("%d: %d", v[i], await classify(v[i]));
	if (await tick_ptr(NULL))
		say("set");
	if (await tick_double(0.5))
		say("half");
	if (await tick(0))
		;
	else
		say("zero");
	return 0;
}
