// Variables of a for's first part keep their values across awaits, and hide outer ones.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i = 100;

	for (int i = 0; i < 3; i++) {
		await tick(i);
		int i = 50;
		await tick(i++);
		say("inner %d", i);
	}
	for (const char *s = "abc", *end = s + 3; s < end; s++)
		await tick_char(*s);
	for (struct pair p = await tick_pair(0, 2); p.a < p.b; p.a++)
		say("%d %d", p.a, await tick(p.b));
	for (int a[2] = {5, 6}, *p = a; p < a + 2; p++)
		await tick(*p);
	say("outer %d", i);
	return 0;
}
