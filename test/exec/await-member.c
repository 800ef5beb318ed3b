// Members of awaited structs, unions and pointers, read and written.
// RUN: %exec %s
#include "exec.h"

struct list {
	int v;
	struct list *next;
	int a[3];
};

async int main(void)
{
	struct list second = {2, NULL, {7, 8, 9}}, first = {1, &second, {4, 5, 6}};
	struct list *p = &first;

	say("%d", (await tick_pair(3, 4)).b);
	say("%d", ((struct list *)await tick_ptr(p))->next->v);
	say("%d", ((struct list *)await tick_ptr(p->next))->a[2]);
	say("%d", (*(struct list *)await tick_ptr(p)).a[1]);
	((struct list *)await tick_ptr(p))->v = 50;
	((struct list *)await tick_ptr(p))->a[1] += 5;
	p->next->v = await tick(60);
	p->next->a[0]++;
	(&first)->a[2] = await tick(70);
	say("%d %d %d %d %d", first.v, first.a[1], second.v, second.a[0], first.a[2]);
	return 0;
}
