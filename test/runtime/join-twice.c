/* A second join of a task that is being joined stops the program with a message. */
// RUN: %cc_plain %s -o %t %runtime_link && not --crash %t 2>&1 | FileCheck %s
// CHECK: asyncc: async_join: the task is joined or detached already
#include "Inputs/hand.h"

struct sleeper {
	struct co co;
};
CO(sleeper)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(10000));
	RETURN(r);
	END;
}

struct joiner {
	struct co co;
	struct async_task *task;
};
CO(joiner)
{
	ssize_t value;

	BEGIN;
	AWAIT(value, join(self->task));
	RETURN(value);
	END;
}

struct root {
	struct co co;
	struct sleeper sleeper;
	struct joiner first, second;
};
CO(root)
{
	int r;

	BEGIN;
	self->first.task = self->second.task = spawn(sleeper, &self->sleeper);
	spawn(joiner, &self->first);
	spawn(joiner, &self->second);
	AWAIT(r, async__yield());
	RETURN(r);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
