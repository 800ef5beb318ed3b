/* Running the loop inside one of its tasks stops the program with a message. */
// RUN: %cc_plain %s -o %t %runtime_link && not --crash %t 2>&1 | FileCheck %s
// CHECK: asyncc: async_run called while the thread's loop runs: await instead
#include "Inputs/hand.h"

struct inner {
	struct co co;
};
CO(inner)
{
	BEGIN;
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct inner inner;
};
CO(root)
{
	BEGIN;
	RETURN(run(inner, &self->inner));
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
