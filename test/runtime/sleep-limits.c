/* Sleeping for no time, for a negative time and until a time that has passed lets others
 * run and returns; the longest sleeps do not overflow. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

static int64_t longest[] = {INT64_MAX, INT64_MAX / 1000000, INT64_MAX / 1000000 - 1};
static int ran;

struct sleeper {
	struct co co;
	int kind;
};
CO(sleeper)
{
	int r;

	BEGIN;
	ran++;
	if (self->kind < 3)
		AWAIT(r, async__sleep_ms(longest[self->kind]));
	else if (self->kind == 3)
		AWAIT(r, async__sleep_ns(INT64_MAX));
	else
		AWAIT(r, async__sleep_until_ns(UINT64_MAX));
	RETURN(r);
	END;
}

struct root {
	struct co co;
	struct sleeper sleepers[5];
	struct async_task *tasks[5];
	int i;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	for (int i = 0; i < 5; i++) {
		self->sleepers[i].kind = i;
		self->tasks[i] = spawn(sleeper, &self->sleepers[i]);
	}
	AWAIT(r, async__sleep_ms(0));
	CHECK(r == 0 && ran == 5);
	AWAIT(r, async__sleep_ms(-1));
	CHECK(r == 0);
	AWAIT(r, async__sleep_ns(-5));
	CHECK(r == 0);
	AWAIT(r, async__sleep_ms(INT64_MIN));
	CHECK(r == 0);
	AWAIT(r, async__sleep_until_ns(0));
	CHECK(r == 0);
	AWAIT(r, async__sleep_until_ns(async_now_ns() - 1));
	CHECK(r == 0);
	AWAIT(r, async__sleep_ms(2));
	CHECK(r == 0);
	for (self->i = 0; self->i < 5; self->i++) {
		CHECK(!async_done(self->tasks[self->i]));
		async_cancel(self->tasks[self->i]);
		AWAIT(value, join(self->tasks[self->i]));
		CHECK(value == -ECANCELED);
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
