// A struct that points into itself, and a list built of locals.
// RUN: %exec %s
#include "exec.h"

struct node {
	struct node *next;
	int v;
	int *own;
};

async int main(void)
{
	struct node c = {NULL, 3, &c.v}, b = {&c, 2, &b.v}, a = {&b, 1, &a.v};
	int sum = 0;

	await nap();
	for (struct node *n = &a; n; n = n->next) {
		await nap();
		*n->own += 10;
		sum += n->v;
	}
	a.next = &c;
	await nap();
	say("%d %d %d", sum, a.next->v, *a.next->own);
	return 0;
}
