// Lvalue macros and function-call lvalues on both sides of awaits.
// RUN: %exec %s
// OUT: tick 5
// OUT: tick 6
// OUT: tick 3
// OUT: tick 7
// OUT: 6 6 12
#include "exec.h"

static int cells[4];

static int *cell(int i)
{
	return &cells[i];
}
#define CELL(i) (*cell(i))

async int main(void)
{
	CELL(1) = await tick(5);
	CELL(2) += await tick(6);
	CELL(await tick(3)) = CELL(1) + await tick(7);
	CELL(1)++;
	say("%d %d %d", CELL(1), CELL(2), CELL(3));
	return 0;
}
