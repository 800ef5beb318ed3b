// A variable declared in a loop body is new in each turn, its initialiser runs each time.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0;

	for (int i = 0; i < 3; i++) {
		int fresh = 10;
		int counted = n++;
		struct pair p = {i, 0};
		int a[3] = {i};

		await nap();
		fresh += i;
		p.b += fresh;
		a[1]++;
		await nap();
		say("%d %d %d %d %d %d %d", fresh, counted, p.a, p.b, a[0], a[1], a[2]);
	}
	return 0;
}
