/* A task that ends with a scope open stops the program: the scope lived in its frame. So do
 * two waits for the end of one task. */
// RUN: %asyncc -O1 -g %s -o %t
// RUN: not --crash %t scope 2>&1 | FileCheck --check-prefix=SCOPE %s
// RUN: not --crash %t any 2>&1 | FileCheck --check-prefix=ANY %s
// RUN: not --crash %t select 2>&1 | FileCheck --check-prefix=SELECT %s
// RUN: not --crash %t gather 2>&1 | FileCheck --check-prefix=GATHER %s
// RUN: not --crash %t group 2>&1 | FileCheck --check-prefix=GROUP %s
// SCOPE: asyncc: a task has ended without closing its scopes
// ANY: asyncc: async_wait_any: a task is joined or detached already
// SELECT: asyncc: async_select: a task is joined or detached already
// GATHER: asyncc: async_gather: a task is joined or detached already
// GROUP: asyncc: async_group_close: another task has opened the group
#include "Inputs/kit.h"

async static int nap(void)
{
	return await async_sleep_ms(10);
}

async static int joiner(async_task(int) task)
{
	return await async_join(task);
}

async static int closer(struct async_group *group)
{
	return await async_group_close(group);
}

async static int misuse(const char *how)
{
	async_task(int) tasks[1] = {async_spawn(nap())};
	async_task(int) other = async_spawn(joiner(tasks[0]));
	struct async_scope scope;
	struct async_group group;
	int value;

	CHECK(await async_yield() == 0);
	if (!strcmp(how, "scope")) {
		CHECK(await async_join(other) == 0);
		return async_scope_open(&scope);
	}
	if (!strcmp(how, "any"))
		return await async_wait_any(tasks, 1);
	if (!strcmp(how, "select"))
		return await async_select(NULL, async_on_end(tasks[0]));
	if (!strcmp(how, "gather"))
		return await async_gather(&value, tasks, 1);
	CHECK(async_group_open(&group) == 0);
	return await async_join(async_spawn(closer(&group)));
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	return async_run(misuse(argv[1]));
}
