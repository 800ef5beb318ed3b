// A variable may name itself in its initialiser, before and after awaits.
// RUN: %exec %s
#include "exec.h"

struct link {
	struct link *next, *prev;
	int value;
};

async static int length(struct link *head)
{
	int n = 0;

	for (struct link *link = head->next; link != head; link = link->next)
		n += await tick(link->value);
	return n;
}

async int main(void)
{
	await tick(1);
	struct link head = {&head, &head, 0};
	struct link one = {&head, &head, await tick(5)};
	void *self = &self;
	int size = (int)sizeof size + await tick(2);

	say("%d", await length(&head));
	head.next = head.prev = &one;
	say("%d %d %d", await length(&head), self == (void *)&self, size);
	for (int i = 0; i < 2; i++) {
		struct link ring = {&ring, &ring, i};
		ring.value += await tick(i);
		say("%d %d", ring.next == &ring, ring.value);
	}
	return 0;
}
