// Globals and file-scope statics changed by others while a call is suspended.
// RUN: %exec %s
#include "exec.h"

static int stage;
int shared[3];

static async void advance(int to)
{
	await nap();
	stage = to;
	shared[to % 3] += to;
	await nap();
}

async int main(void)
{
	int *p = &shared[1];

	for (int i = 1; i < 6; i++) {
		int before = stage;
		await advance(i);
		say("%d %d %d", before, stage, *p);
	}
	return 0;
}
