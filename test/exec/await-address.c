// The address of an lvalue whose location is computed by an await.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int a[4] = {1, 2, 3, 4};
	struct pair pairs[2] = {{1, 2}, {3, 4}};
	int *p = &a[await tick(2)];
	int *q = &((struct pair *)await tick_ptr(&pairs[1]))->b;
	int *r = &*(int *)await tick_ptr(&a[3]);

	*p = 30;
	*q = 40;
	++*r;
	say("%d %d %d %td", a[2], pairs[1].b, a[3], p - a);
	return 0;
}
