// Tasks that are waited for before what they borrow is gone, in one way or another.
// RUN: %asyncc -fsyntax-only -Wall -Wextra -Werror %s 2>&1 | count 0
// RUN: %gcc -c -Wall -Wextra -Werror %s -o %t.o 2>&1 | count 0
#include <asyncc.h>

#include <stddef.h>

async int fill(int *p, int n);
async int signal_end(int *p, struct async_notify *end);
void adopt(async_task(int) t);

struct group {
	async_task(int) tasks[4];
	size_t len;
};

async int joined(int n)
{
	int a = 0, b[4];
	async_task(int) t = async_spawn(fill(&a, n));
	async_task(int) u = async_spawn(fill(b, 4));

	if (t == NULL || u == NULL)
		n = 0;
	n += await async_join(t) + await async_join(u);
	if ((t = async_spawn(fill(&a, n))) == NULL)
		return -1;
	return n + await async_join(t);
}

async int joined_in_loops(int n)
{
	int values[4] = {0};
	struct group group = {.len = 0};
	async_task(int) tasks[4];

	for (size_t i = 0; i < 4; i++)
		tasks[i] = async_spawn(fill(&values[i], n));
	for (size_t i = 0; i < 4; i++)
		group.tasks[group.len++] = async_spawn(fill(values, n));
	for (size_t i = 0; i < 4; i++)
		n += await async_join(tasks[i]);
	while (group.len > 0)
		n += await async_join(group.tasks[--group.len]);
	return n;
}

async int told(int n)
{
	struct async_notify end = ASYNC_NOTIFY_INIT;
	int value = 0, finished = 0;

	async_detach(async_spawn(signal_end(&value, &end)));
	await async_notify_wait(&end);
	async_detach(async_spawn(fill(&finished, n)));
	while (!finished)
		await async_yield();
	return value;
}

async int if_started(int n)
{
	int value = 0;
	async_task(int) t = NULL;

	if (n > 3)
		t = async_spawn(fill(&value, n));
	await async_yield();
	if (t)
		await async_join(t);
	return value;
}

async void given_away(struct group *group)
{
	static int kept;
	int value = 0;

	async_detach(async_spawn(fill(&kept, 1)));
	adopt(async_spawn(fill(&value, 1)));
	group->tasks[0] = async_spawn(fill(&value, 2));
}

int main(void)
{
	int value = 0;
	async_task(int) t = async_spawn(fill(&value, 1));

	async_run(fill(&value, 2));
	async_detach(t);
	return value;
}
