/* Joining gives the value of a task that still runs, of one that has ended, and -ENOMEM for
 * one that could not be spawned. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

struct child {
	struct co co;
	int yields, value;
};
CO(child)
{
	int r;

	BEGIN;
	while (self->yields-- > 0) {
		AWAIT(r, async__yield());
		CHECK(r == 0);
	}
	RETURN(self->value);
	END;
}

struct root {
	struct co co;
	struct child running, ended;
	struct async_task *running_task, *ended_task;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	self->running = (struct child){.yields = 5, .value = 11};
	self->ended = (struct child){.yields = 0, .value = 22};
	self->running_task = spawn(child, &self->running);
	self->ended_task = spawn(child, &self->ended);
	CHECK(!async_done(self->running_task) && !async_done(self->ended_task));
	AWAIT(r, async__yield());
	CHECK(r == 0);
	CHECK(!async_done(self->running_task) && async_done(self->ended_task));
	AWAIT(value, join(self->running_task));
	CHECK(value == 11);
	AWAIT(value, join(self->ended_task));
	CHECK(value == 22);
	AWAIT(value, join(NULL));
	CHECK(value == -ENOMEM);
	CHECK(async_done(NULL));
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
