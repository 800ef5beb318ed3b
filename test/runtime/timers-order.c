/* Sleepers wake in the order of their deadlines, equal ones in the order in which they
 * went to sleep, and never early. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#ifndef COUNT
#define COUNT 3000
#endif

static uint64_t base;
static uint64_t last_deadline;
static int last_index, woken;

struct sleeper {
	struct co co;
	int index;
	uint64_t deadline;
};
CO(sleeper)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_until_ns(self->deadline));
	CHECK(r == 0);
	CHECK(async_now_ns() >= self->deadline);
	CHECK(self->deadline >= last_deadline);
	CHECK(self->deadline > last_deadline || self->index > last_index);
	last_deadline = self->deadline;
	last_index = self->index;
	woken++;
	RETURN(0);
	END;
}

static struct sleeper sleepers[COUNT];

struct root {
	struct co co;
	struct async_task *tasks[COUNT];
	int i;
};
CO(root)
{
	ssize_t value;

	BEGIN;
	/* Deadlines in pairs of equals, spread at scales from nanoseconds to milliseconds. */
	base = (async_now_ns() + 300000000) & ~UINT64_C(1);
	for (int i = 0; i < COUNT; i++) {
		uint64_t step = (uint64_t)((unsigned)(i / 2) * 2654435761u % 1000);
		uint64_t scale = UINT64_C(1) << i / 2 % 14;
		sleepers[i].index = i;
		sleepers[i].deadline = base + step * scale * 2;
		self->tasks[i] = spawn(sleeper, &sleepers[i]);
	}
	for (self->i = 0; self->i < COUNT; self->i++) {
		AWAIT(value, join(self->tasks[self->i]));
		CHECK(value == 0);
	}
	CHECK(woken == COUNT);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
