// Compound literals live until their block ends, across awaits, one for each evaluation.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	struct pair *first = NULL, *kept[3];
	int turn = 0;

	{
		int *block = (int[]){1, 2, 3};
		await nap();
		block[1] += await tick(10);
		say("%d", block[1]);
	}
again:
	kept[turn] = &(struct pair){turn, await tick(turn)};
	kept[turn]->a += 5;
	await nap();
	say("%d %d", kept[turn]->a, kept[turn]->b);
	if (turn == 0)
		first = kept[0];
	if (++turn < 2)
		goto again;
	say("%d", first != NULL);
	const char *text = (char[]){"text"};
	await nap();
	say("%s", (char *)await tick_ptr((void *)text));
	return 0;
}
