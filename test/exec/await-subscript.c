// Awaits as the array, as the subscript, as both.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int a[5] = {10, 11, 12, 13, 14};
	int m[2][3] = {{1, 2, 3}, {4, 5, 6}};
	int v = 0;

	say("%d", a[await tick(2)]);
	say("%d", a[await tick(2) + 1]);
	say("%c", (await tick_str("abc"))[1]);
	say("%c", "xyz"[await tick(2)]);
	say("%d", m[await tick(1)][2]);
	say("%d", m[1][await tick(0)]);
	say("%d", ((int *)await tick_ptr(a))[4]);
	say("%d", 3 [a] + await tick(1));
	a[await tick(0)] = 99;
	a[await tick(1)] += 5;
	a[await tick(2)]++;
	v = --a[await tick(3)];
	say("%d %d %d %d %d %d", a[0], a[1], a[2], a[3], a[4], v);
	return 0;
}
