/* 100,000 timers at once; half of them are cancelled. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#ifndef COUNT
#define COUNT 100000
#endif

struct sleeper {
	struct co co;
	int64_t ns;
	uint64_t start;
};
CO(sleeper)
{
	int r;

	BEGIN;
	self->start = async_now_ns();
	AWAIT(r, async__sleep_ns(self->ns));
	CHECK(r != 0 || async_now_ns() - self->start >= (uint64_t)self->ns);
	RETURN(r);
	END;
}

static struct sleeper sleepers[COUNT];
static struct async_task *tasks[COUNT];

struct root {
	struct co co;
	int i;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	for (int i = 0; i < COUNT; i++) {
		sleepers[i].ns = i % 2 ? 50000000 + (int64_t)((unsigned)i * 2654435761u % 100000000)
				       : INT64_C(1) << (30 + i % 33);
		tasks[i] = spawn(sleeper, &sleepers[i]);
	}
	AWAIT(r, async__yield());
	CHECK(r == 0);
	for (int i = 0; i < COUNT; i += 2)
		async_cancel(tasks[i]);
	for (self->i = 0; self->i < COUNT; self->i++) {
		AWAIT(value, join(tasks[self->i]));
		CHECK(value == (self->i % 2 ? 0 : -ECANCELED));
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
