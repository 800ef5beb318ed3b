// In an assignment the place on the left is found before the right side awaits.
// RUN: %exec %s
// OUT: place 1
// OUT: tick 5
// OUT: tick_ptr set
// OUT: tick 6
// OUT: tick 0
// OUT: tick 7
// OUT: 7 5 6
#include "exec.h"

static int cells[3];

static int *place(int i)
{
	say("place %d", i);
	return &cells[i];
}

async int main(void)
{
	*place(1) = await tick(5);
	*(int *)await tick_ptr(&cells[2]) += await tick(6);
	cells[await tick(0)] = await tick(7);
	say("%d %d %d", cells[0], cells[1], cells[2]);
	return 0;
}
