/* A detached task runs to its end, whether it is detached before it starts, while it
 * runs or after it has ended. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

static int ended;

struct child {
	struct co co;
	int yields;
};
CO(child)
{
	int r;

	BEGIN;
	while (self->yields-- > 0) {
		AWAIT(r, async__yield());
		CHECK(r == 0);
	}
	ended++;
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct child unstarted, running, done;
	struct async_task *running_task, *done_task;
};
CO(root)
{
	int r;

	BEGIN;
	self->unstarted.yields = 1;
	self->running.yields = 3;
	async_detach(spawn(child, &self->unstarted));
	self->running_task = spawn(child, &self->running);
	self->done_task = spawn(child, &self->done);
	AWAIT(r, async__yield());
	async_detach(self->running_task);
	CHECK(async_done(self->done_task));
	async_detach(self->done_task);
	async_detach(NULL);
	while (ended < 3)
		AWAIT(r, async__yield());
	RETURN(r);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
