// Merge sort over linked lists and quicksort over arrays with async comparisons.
// RUN: %exec %s
#include "exec.h"

struct item {
	struct item *next;
	int key, order;
};

typedef async int (*compare)(const void *, const void *);

static int comparisons;

static async int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (comparisons++ % 3 == 0)
		await nap();
	return (x->key > y->key) - (x->key < y->key);
}

static async int backwards(const void *a, const void *b)
{
	return -await by_key(a, b);
}

static async struct item *merged(struct item *a, struct item *b, compare cmp)
{
	struct item head, *tail = &head;

	while (a && b) {
		if (await cmp(a, b) <= 0)
			tail->next = a, a = a->next;
		else
			tail->next = b, b = b->next;
		tail = tail->next;
	}
	tail->next = a ? a : b;
	return head.next;
}

static async struct item *sorted(struct item *list, compare cmp)
{
	struct item *slow = list, *fast;

	if (!list || !list->next)
		return list;
	for (fast = list->next; fast && fast->next; fast = fast->next->next)
		slow = slow->next;
	struct item *half = slow->next;
	slow->next = NULL;
	list = await sorted(list, cmp);
	return await merged(list, await sorted(half, cmp), cmp);
}

static async void quicksort(struct item *v, int n, compare cmp)
{
	while (n > 1) {
		struct item pivot = v[n / 2];
		int i = 0, j = n - 1;
		do {
			while (await cmp(&v[i], &pivot) < 0)
				i++;
			while (await cmp(&pivot, &v[j]) < 0)
				j--;
			if (i <= j) {
				struct item t = v[i];
				v[i++] = v[j];
				v[j--] = t;
			}
		} while (i <= j);
		await quicksort(v, j + 1, cmp);
		v += i;
		n -= i;
	}
}

async int main(void)
{
	struct item items[40], copy[40], *list;
	unsigned seed = 12345;
	char line[256];
	int used = 0;

	for (int i = 0; i < 40; i++) {
		seed = seed * 1103515245u + 12345u;
		items[i] = (struct item){i < 39 ? &items[i + 1] : NULL, (int)(seed >> 16) % 30, i};
	}
	memcpy(copy, items, sizeof copy);
	list = await sorted(items, by_key);
	for (struct item *i = list; i; i = i->next)
		used += snprintf(line + used, sizeof line - (size_t)used, "%d.%d ", i->key,
				 i->order);
	say("%.*s", used - 1, line);
	list = await sorted(list, backwards);
	say("%d %d", list->key, list->next->key);
	await quicksort(copy, 40, by_key);
	for (int i = 1; i < 40; i++)
		if (copy[i - 1].key > copy[i].key)
			say("wrong at %d", i);
	say("%d %d, %d comparisons", copy[0].key, copy[39].key, comparisons);
	return 0;
}
