// Awaits in the condition of do-while and in its body.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i = 0;

	do
		i++;
	while (await tick(i) < 3);
	do {
		int twice = i * 2;
		await tick(twice);
		i = twice;
	} while (i < 10);
	do
		await tick_void(i);
	while (0);
	do {
		i--;
	} while (await tick_bool(i > 9) && await tick_bool(i > 10));
	say("%d", i);
	return 0;
}
