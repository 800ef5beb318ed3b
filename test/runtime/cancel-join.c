/* A cancelled joiner passes the cancellation on and still waits for the end of the task it
 * joins, along a long chain of joins. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#ifndef LENGTH
#define LENGTH 100000
#endif

struct link {
	struct co co;
	struct async_task *next;
	int depth;
};
static struct link links[LENGTH];

CO(link)
{
	ssize_t value;
	int r;

	BEGIN;
	if (self->depth == LENGTH - 1) {
		AWAIT(r, async__sleep_ms(1000000));
		CHECK(r == -ECANCELED);
		RETURN(1);
	}
	AWAIT(value, join(self->next));
	CHECK(async_cancelled());
	RETURN(value + 1);
	END;
}

struct root {
	struct co co;
	struct async_task *first;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	self->first = NULL;
	for (int i = LENGTH - 1; i >= 0; i--) {
		links[i].depth = i;
		links[i].next = self->first;
		self->first = spawn(link, &links[i]);
	}
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	async_cancel(self->first);
	AWAIT(value, join(self->first));
	CHECK(value == LENGTH);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
