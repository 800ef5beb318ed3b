// The cleanup attribute: runs once at each way out of its scope, never on suspension.
// RUN: %exec %s
#include "exec.h"

static void leave(int *v)
{
	say("leave %d", *v);
}

#define SCOPED __attribute__((cleanup(leave))) int

static async int ways(int way)
{
	SCOPED outer = way * 10;

	await nap();
	for (int i = 0; i < 3; i++) {
		SCOPED inner = await tick(way * 10 + 1 + i);
		if (way == 1 && i == 1)
			return await tick(inner);
		if (way == 2 && i == 1)
			break;
		if (way == 3 && i == 0)
			continue;
		if (way == 4 && i == 1)
			goto out;
		await nap();
		inner += 100;
	}
	say("after the loop");
	{
		SCOPED first = 7;
		SCOPED second = await tick(8);
		first++;
		await nap();
		if (way == 5)
			return second;
	}
out:
	await nap();
	return outer;
}

async int main(void)
{
	for (int way = 0; way < 6; way++)
		say("%d", await ways(way));
	return 0;
}
