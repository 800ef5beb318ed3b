// Increments and decrements beside awaits, on lvalues found by awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i = 0, a[3] = {0, 0, 0}, *p = a;

	say("%d", await tick(i++));
	say("%d", await tick(++i));
	say("%d", i);
	*p++ = await tick(5);
	(*p)++;
	a[await tick(2)]--;
	say("%d %d %d", a[0], a[1], a[2]);
	say("%d", a[await tick(0)]++);
	say("%d", ++a[await tick(0)]);
	say("%d", -a[0]-- + await tick(1));
	say("%d", a[0]);
	return 0;
}
