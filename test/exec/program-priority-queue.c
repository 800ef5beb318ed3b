// A simulated scheduler on a binary heap, events handled through async pointers.
// RUN: %exec %s
#include "exec.h"

struct event {
	int time, id;
	async int (*handle)(struct event *self, int now);
	int state;
};

struct queue {
	struct event items[32];
	int count;
};

static async bool earlier(const struct event *a, const struct event *b)
{
	if ((a->time + b->time) % 2)
		await nap();
	return a->time != b->time ? a->time < b->time : a->id < b->id;
}

static void swap(struct event *a, struct event *b)
{
	struct event t = *a;
	*a = *b;
	*b = t;
}

static async bool push(struct queue *q, struct event e)
{
	int i = q->count;

	if (i == 32)
		return false;
	q->items[q->count++] = e;
	while (i > 0 && await earlier(&q->items[i], &q->items[(i - 1) / 2])) {
		swap(&q->items[i], &q->items[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	return true;
}

static async struct event pop(struct queue *q)
{
	struct event top = q->items[0];
	int i = 0;

	q->items[0] = q->items[--q->count];
	for (;;) {
		int least = i;
		for (int child = 2 * i + 1; child <= 2 * i + 2 && child < q->count; child++)
			if (await earlier(&q->items[child], &q->items[least]))
				least = child;
		if (least == i)
			break;
		swap(&q->items[i], &q->items[least]);
		i = least;
	}
	return top;
}

static async int periodic(struct event *self, int now)
{
	say("%3d: periodic %d, state %d", now, self->id, self->state);
	await nap();
	return self->state++ < 3 ? self->id * 4 + 3 : -1;
}

static async int decaying(struct event *self, int now)
{
	int left = self->state /= 2;

	await nap();
	say("%3d: decaying %d, state %d", now, self->id, left);
	return left ? left : -1;
}

async int main(void)
{
	struct queue q = {.count = 0};
	int handled = 0;

	for (int id = 0; id < 6; id++) {
		struct event e = {(id * 5) % 7, id, id % 2 ? periodic : decaying,
				  id % 2 ? 0 : 40 + id};
		if (!await push(&q, e))
			return 1;
	}
	while (q.count) {
		struct event e = await pop(&q);
		int delay = await e.handle(&e, e.time);
		handled++;
		if (delay < 0)
			continue;
		e.time += delay;
		await push(&q, e);
	}
	say("%d events", handled);
	return 0;
}
