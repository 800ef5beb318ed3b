/* Spawned tasks start at the spawner's next suspension, in the order of spawning. */
// RUN: %cc_plain %s -o %t %runtime_link && %t | FileCheck %s
// CHECK: root 1
// CHECK-NEXT: child a
// CHECK-NEXT: child b
// CHECK-NEXT: child c
// CHECK-NEXT: root 2
// CHECK-NEXT: child a again
// CHECK-NEXT: child b again
// CHECK-NEXT: child c again
// CHECK-NEXT: joined 1 2 3
#include "Inputs/hand.h"

struct child {
	struct co co;
	const char *name;
	int value;
};
CO(child)
{
	int r;

	BEGIN;
	printf("child %s\n", self->name);
	AWAIT(r, async__yield());
	CHECK(r == 0);
	printf("child %s again\n", self->name);
	RETURN(self->value);
	END;
}

struct root {
	struct co co;
	struct child a, b, c;
	struct async_task *ta, *tb, *tc;
	ssize_t va, vb;
};
CO(root)
{
	int r;
	ssize_t vc;

	BEGIN;
	self->a = (struct child){.name = "a", .value = 1};
	self->b = (struct child){.name = "b", .value = 2};
	self->c = (struct child){.name = "c", .value = 3};
	self->ta = spawn(child, &self->a);
	self->tb = spawn(child, &self->b);
	self->tc = spawn(child, &self->c);
	puts("root 1");
	AWAIT(r, async__yield());
	CHECK(r == 0);
	puts("root 2");
	AWAIT(self->va, join(self->ta));
	AWAIT(self->vb, join(self->tb));
	AWAIT(vc, join(self->tc));
	printf("joined %zd %zd %zd\n", self->va, self->vb, vc);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
