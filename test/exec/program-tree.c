// A search tree in the heap: insertion, removal, walks with async visitors.
// RUN: %exec %s
#include "exec.h"

struct node {
	struct node *left, *right;
	int key;
	char label[8];
};

struct visitor {
	async bool (*visit)(struct visitor *self, struct node *n, int depth);
	int count, limit;
	long sum;
};

static async struct node **locate(struct node **root, int key)
{
	while (*root && (*root)->key != key) {
		await nap();
		root = key < (*root)->key ? &(*root)->left : &(*root)->right;
	}
	return root;
}

static async bool insert(struct node **root, int key)
{
	struct node **at = await locate(root, key);

	if (*at)
		return false;
	*at = calloc(1, sizeof **at);
	(*at)->key = key;
	snprintf((*at)->label, sizeof(*at)->label, "n%d", await tick(key));
	return true;
}

static async bool remove_key(struct node **root, int key)
{
	struct node **at = await locate(root, key), *gone = *at;

	if (!gone)
		return false;
	if (gone->left && gone->right) {
		struct node **next = &gone->right;
		while ((*next)->left) {
			await nap();
			next = &(*next)->left;
		}
		struct node *taken = *next;
		*next = taken->right;
		taken->left = gone->left;
		taken->right = gone->right;
		*at = taken;
	} else {
		*at = gone->left ? gone->left : gone->right;
	}
	free(gone);
	return true;
}

static async bool walk(struct node *n, struct visitor *v, int depth)
{
	return !n || (await walk(n->left, v, depth + 1) && await v->visit(v, n, depth) &&
		      await walk(n->right, v, depth + 1));
}

static async bool print(struct visitor *self, struct node *n, int depth)
{
	say("%*s%s", depth * 2, "", n->label);
	await nap();
	return ++self->count < self->limit;
}

static async bool add(struct visitor *self, struct node *n, int depth)
{
	self->sum += n->key * (depth + 1);
	await nap();
	self->count++;
	return true;
}

static async int height(const struct node *n)
{
	if (!n)
		return 0;
	int left = await height(n->left), right = await height(n->right);
	return 1 + (left > right ? left : right);
}

static async void release(struct node *n)
{
	if (!n)
		return;
	await release(n->left);
	await release(n->right);
	await nap();
	free(n);
}

async int main(void)
{
	static const int keys[] = {50, 20, 80, 10, 30, 70, 90, 20, 25, 35, 60};
	struct node *root = NULL;
	struct visitor printer = {print, 0, 5, 0}, adder = {.visit = add};

	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!await insert(&root, keys[i]))
			say("%d twice", keys[i]);
	say("%d", await walk(root, &printer, 0));
	say("height %d", await height(root));
	say("%d %d %d", await remove_key(&root, 20), await remove_key(&root, 50),
	    await remove_key(&root, 1));
	printer.count = 0;
	printer.limit = 100;
	say("%d", await walk(root, &printer, 0));
	await walk(root, &adder, 0);
	say("%d %ld, height %d", adder.count, adder.sum, await height(root));
	await release(root);
	return 0;
}
