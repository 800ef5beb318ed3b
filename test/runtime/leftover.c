/* When the root task ends, the tasks that are left are cancelled and run to their ends, the
 * ones that these spawn too; a task spawned before the run belongs to it. */
// RUN: %cc_plain %s -o %t %runtime_link && %t | FileCheck %s
// CHECK: early runs
// CHECK-NEXT: root ends
// CHECK-DAG: sleeper: -1
// CHECK-DAG: spawner's child: -1
// CHECK-DAG: joined by nobody
// CHECK: all are gone
#include "Inputs/hand.h"

static int left;

struct sleeper {
	struct co co;
	const char *name;
};
CO(sleeper)
{
	int r;

	BEGIN;
	left++;
	AWAIT(r, async__sleep_ms(1000000));
	printf("%s: %d\n", self->name, r == -ECANCELED ? -1 : 0);
	left--;
	RETURN(0);
	END;
}

struct spawner {
	struct co co;
	struct sleeper child;
};
CO(spawner)
{
	int r;

	BEGIN;
	left++;
	AWAIT(r, async__sleep_ms(1000000));
	CHECK(r == -ECANCELED);
	self->child.name = "spawner's child";
	spawn(sleeper, &self->child);
	left--;
	RETURN(0);
	END;
}

struct ender {
	struct co co;
	const char *text;
};
CO(ender)
{
	BEGIN;
	puts(self->text);
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct sleeper sleeper;
	struct spawner spawner;
	struct ender ender;
};
CO(root)
{
	int r;

	BEGIN;
	self->sleeper.name = "sleeper";
	self->ender.text = "joined by nobody";
	spawn(sleeper, &self->sleeper);
	spawn(spawner, &self->spawner);
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	spawn(ender, &self->ender);
	puts("root ends");
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;
	static struct ender early = {.text = "early runs"};

	CHECK(spawn(ender, &early));
	CHECK(run(root, &r) == 0);
	CHECK(left == 0);
	puts("all are gone");
	return 0;
}
