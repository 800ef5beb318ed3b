// The await attribute on a statement awaits every async call in it.
// RUN: %exec %s
// NOT-ERASED: C knows no attribute before an expression statement
// STATUS: 7
// OUT: tick 1
// OUT: tick 2
// OUT: tick 3
// OUT: 32
// OUT: tick 4
// OUT: greater
// OUT: tick 32
// OUT: tick 33
// OUT: tick 34
// OUT: tick 35
// OUT: tick 5
// OUT: tick 6
// OUT: tick 6
// OUT: 6
// OUT: tick 7
#include "exec.h"

async int main(void)
{
	int v;

	__attribute__((await)) tick(1);
	__attribute__((await)) v = tick(2) + 10 * tick(3);
	say("%d", v);
	__attribute__((await)) if (tick(4) > 3)
		say("greater");
	__attribute__((await)) while (tick(v) < 35)
		v++;
	__attribute__((await)) {
		tick(5);
		v = tick(tick(6));
	}
	say("%d", v);
	__attribute__((__await__)) return tick(7);
}
