/* When nothing can wake the tasks that are left, the program says what each waits for, and
 * async_run gives -EDEADLK; the loop can be used again. */
// RUN: %cc_plain %s -o %t %runtime_link && %t 2>&1 | FileCheck %s
// CHECK: asyncc: deadlock: nothing is left that could wake these tasks
// CHECK-DAG: task [[A:0x[0-9a-f]+]]: waiting{{$}}
// CHECK-DAG: {{^}}  #0 async_join of task [[A]]
// CHECK-DAG: {{^}}  #1 root at hand.c:{{[0-9]+}}
// CHECK-DAG: {{^}}  #1 child at hand.c:{{[0-9]+}}
// CHECK: {{^}}the result is -EDEADLK
// CHECK-NEXT: {{^}}and the loop still works
#include "Inputs/hand.h"

struct child {
	struct co co;
	struct async_task *task;
};
CO(child)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, join(self->task));
	RETURN(n);
	END;
}

struct after {
	struct co co;
};
CO(after)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(1));
	RETURN(r);
	END;
}

/* Joins a task that joins this one. */
struct root {
	struct co co;
	struct async_task *self;
	struct child child;
};
CO(root)
{
	ssize_t n;

	BEGIN;
	self->child.task = self->self;
	AWAIT(n, join(spawn(child, &self->child)));
	RETURN(n);
	END;
}

int main(void)
{
	static struct root r;
	static struct after after_frame;
	ssize_t value;
	struct async_task *task = new_task(root, &r);

	r.self = task;
	CHECK(async__run(task, &value, sizeof value) == -EDEADLK);
	fprintf(stderr, "the result is %s\n", value == -EDEADLK ? "-EDEADLK" : "wrong");
	value = run(after, &after_frame);
	fprintf(stderr, "and the loop %s\n", value == 0 ? "still works" : "is broken");
	return 0;
}
