// Memory from alloca kept across awaits until the function ends.
// RUN: %exec %s
#include "exec.h"
#include <alloca.h>

struct node {
	struct node *next;
	int v;
};

static async int list(int n)
{
	struct node *first = NULL;
	int sum = 0;

	for (int i = 0; i < n; i++) {
		struct node *node = alloca(sizeof *node);
		node->v = await tick(i);
		node->next = first;
		first = node;
	}
	for (struct node *node = first; node; node = node->next) {
		await nap();
		sum = sum * 10 + node->v;
	}
	return sum;
}

async int main(void)
{
	char *text = alloca(20);

	strcpy(text, "alloca");
	say("%d", await list(4));
	say("%s", text);
	return 0;
}
