// Awaits in the condition of while, in the body, and both.
// RUN: %exec %s
#include "exec.h"

static async bool below(int v, int limit)
{
	await nap();
	return v < limit;
}

async int main(void)
{
	int i = 0, sum = 0;

	while (await tick(i) < 3)
		i++;
	say("%d", i);
	while (await below(i, 6)) {
		int square = i * i;
		sum += await tick(square);
		i++;
	}
	say("%d", sum);
	while (i-- > 4)
		await tick(i);
	while (await tick_bool(false))
		say("never");
	while (true)
		if (await tick(sum++) % 10 == 3)
			break;
	say("%d %d", i, sum);
	return 0;
}
