/* Groups, gather, the first of several tasks, limits that nest, shields, reasons, values
 * inherited at spawn, names; the same under many schedules. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -O2 %s -o %t.fast && env ASYNC_SEEDS=10000 %t.fast
#include "Inputs/kit.h"

static async_local(int) request = {-1};
static async_local(const char *) user = {"nobody"};

async static int after(int ms, int value)
{
	int r = await async_sleep_ms(ms);

	return r ? r : value;
}

async static long wide(int ms, long value)
{
	int r = await async_sleep_ms(ms);

	return r ? r : value;
}

struct text {
	char text[100];
};

async static struct text describe(int n)
{
	struct text text;

	await async_yield();
	snprintf(text.text, sizeof text.text, "number %d", n);
	return text;
}

async static void plain(int *count)
{
	await async_yield();
	++*count;
}

async static int spawner(struct async_group *group, int depth, int *count)
{
	CHECK(await async_yield() == 0);
	++*count;
	for (int i = 0; depth && i < 2; i++)
		CHECK(async_group_start(group, spawner(group, depth - 1, count)) == 0);
	return 0;
}

async static int groups(void)
{
	struct async_group group, inner;
	struct text text = {""};
	int a = 0, count = 0;
	long b = 0;

	/* Results of several types. */
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &a, after(3, 30)) == 0);
	CHECK(async_group_store(&group, &b, wide(1, 1L << 40)) == 0);
	CHECK(async_group_store(&group, &text, describe(7)) == 0);
	CHECK(async_group_start(&group, plain(&count)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(a == 30 && b == 1L << 40 && !strcmp(text.text, "number 7") && count == 1);
	CHECK(async_group_start(&group, after(1, 1)) == -EINVAL);
	CHECK(await async_group_close(&group) == 0);

	/* Tasks that start tasks. */
	count = 0;
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_start(&group, spawner(&group, 4, &count)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(count == 31);

	/* The first failure cancels the others, and what the opener awaits. */
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &a, after(1000, 1)) == 0);
	CHECK(async_group_store(&group, &b, wide(2, -EDOM)) == 0);
	CHECK(async_group_start(&group, after(2, -ERANGE)) == 0);
	uint64_t start = async_now_ns();
	CHECK(await async_sleep_ms(500) == -ECANCELED);
	CHECK(async_cancel_reason() == -EDOM || async_cancel_reason() == -ERANGE);
	CHECK(async_group_start(&group, after(1, 1)) == -ECANCELED);
	int r = await async_group_close(&group);
	CHECK((r == -EDOM || r == -ERANGE) && a == -ECANCELED);
	CHECK(async_now_ns() - start < 3000000 && async_cancel_reason() == 0);
	CHECK(await async_yield() == 0);

	/* A failure inside reaches the group outside only as its task's result. */
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_open(&inner) == 0);
	CHECK(async_group_start(&inner, after(1, -EDOM)) == 0);
	CHECK(await async_group_close(&inner) == -EDOM);
	CHECK(async_group_store(&group, &a, after(1, 5)) == 0);
	async_group_cancel(&inner);
	CHECK(await async_group_close(&group) == 0 && a == 5);

	/* Cancelled as a whole; closing waits all the same. */
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &a, after(100, 5)) == 0);
	async_group_cancel(&group);
	CHECK(await async_group_close(&group) == -ECANCELED && a == -ECANCELED);
	return 0;
}

async static int gathers(int count, int *started)
{
	async_task(int) tasks[4];
	int values[4] = {0};

	for (int i = 0; i < 4; i++)
		tasks[i] = i == 2 ? NULL : async_spawn(after(count - i, i * 10));
	*started = 1;
	int r = await async_gather(values, tasks, 4);
	CHECK(values[2] == -ENOMEM);
	if (r == 0)
		CHECK(values[0] == 0 && values[1] == 10 && values[3] == 30);
	else
		CHECK(values[0] == -ECANCELED && values[1] == -ECANCELED);
	return r;
}

async static int several(void)
{
	async_task(long) tasks[5], gatherer_tasks[1];
	async_task(int) gatherer;
	int i, order[5], n = 0, started = 0;

	(void)gatherer_tasks;
	CHECK(await gathers(5, &started) == 0);
	started = 0;
	gatherer = async_spawn(gathers(1000, &started));
	CHECK(gatherer);
	while (!started)
		CHECK(await async_sleep_ms(1) == 0);
	async_cancel(gatherer);
	CHECK(await async_join(gatherer) == -ECANCELED);

	for (i = 0; i < 5; i++)
		tasks[i] = async_spawn(wide(10 - 2 * i, i));
	while ((i = await async_wait_any(tasks, 5)) >= 0) {
		CHECK(await async_join(tasks[i]) == i);
		tasks[i] = NULL;
		order[n++] = i;
	}
	CHECK(i == -ENOENT && n == 5);
	for (i = 0; i < 5; i++)
		CHECK(order[i] == 4 - i);
	/* Cancelled, and the tasks run on. */
	struct async_scope scope;
	tasks[0] = async_spawn(wide(5, 1));
	CHECK(async_timeout_open(&scope, 1) == 0);
	CHECK(await async_wait_any(tasks, 1) == -ECANCELED);
	CHECK(async_scope_close(&scope) == -ETIMEDOUT);
	CHECK(await async_join(tasks[0]) == 1);
	return 0;
}

async static int limits(void)
{
	struct async_scope outer, inner, shield;
	uint64_t start = async_now_ns();

	CHECK(async_await_timeout(5, after(1, 8)) == 8);
	CHECK(async_await_timeout(5, after(50, 8)) == -ETIMEDOUT);
	CHECK(async_await_timeout(5, wide(50, 8)) == -ETIMEDOUT);
	CHECK(async_await_timeout(0, after(50, 8)) == -ETIMEDOUT);
	CHECK(async_await_timeout(-1, after(5, 8)) == 8);
	CHECK(async_now_ns() - start < 17000000);

	/* The nearest limit wins, whichever scope it is. */
	CHECK(async_timeout_open(&outer, 10) == 0);
	CHECK(async_timeout_open(&inner, 5) == 0);
	CHECK(await async_sleep_ms(100) == -ECANCELED);
	CHECK(async_cancel_reason() == -ETIMEDOUT);
	CHECK(async_scope_close(&inner) == -ETIMEDOUT);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(async_timeout_open(&inner, 50) == 0);
	CHECK(await async_sleep_ms(100) == -ECANCELED);
	CHECK(async_scope_close(&inner) == 0);
	CHECK(await async_yield() == -ECANCELED);
	/* A shield keeps it out, and has limits of its own in it. */
	CHECK(async_shield_open(&shield) == 0);
	CHECK(!async_cancelled() && await async_sleep_ms(1) == 0);
	CHECK(async_await_timeout(2, after(50, 8)) == -ETIMEDOUT);
	CHECK(async_scope_close(&shield) == 0);
	CHECK(async_cancelled() && await async_yield() == -ECANCELED);
	CHECK(async_scope_close(&outer) == -ETIMEDOUT);

	/* Rescheduled, taken away, past. */
	start = async_now_ns();
	CHECK(async_timeout_open(&outer, 5) == 0);
	async_deadline_set(&outer, start + 20000000);
	CHECK(await async_sleep_ms(10) == 0);
	CHECK(await async_sleep_ms(100) == -ECANCELED);
	CHECK((async_now_ns() - start) / 1000000 == 20);
	CHECK(async_scope_close(&outer) == -ETIMEDOUT);
	CHECK(async_timeout_open(&outer, 5) == 0);
	async_deadline_set(&outer, UINT64_MAX);
	CHECK(await async_sleep_ms(10) == 0);
	async_deadline_set(&outer, start);
	CHECK(await async_yield() == -ECANCELED);
	CHECK(async_scope_close(&outer) == -ETIMEDOUT);

	/* Out of order. */
	CHECK(async_timeout_open(&outer, 5) == 0);
	CHECK(async_scope_open(&inner) == 0);
	CHECK(async_scope_close(&outer) == 0);
	CHECK(async_scope_close(&inner) == 0);
	return 0;
}

async static int shielded(int *phase)
{
	struct async_scope shield;
	int r;

	CHECK(async_shield_open(&shield) == 0);
	*phase = 1;
	CHECK(await async_sleep_ms(10) == 0);
	*phase = 2;
	CHECK(async_scope_close(&shield) == 0);
	r = await async_sleep_ms(10);
	CHECK(r == -ECANCELED && async_cancel_reason() == -EHOSTDOWN);
	return r;
}

async static int grandchild(void)
{
	return async_local_get(&request);
}

async static int child(int expect)
{
	CHECK(async_local_get(&request) == expect);
	CHECK(async_local_set(&request, expect + 1) == 0);
	CHECK(await async_yield() == 0);
	return await async_join(async_spawn(grandchild()));
}

async static int rest(void)
{
	async_task(int) task;
	int phase = 0;

	task = async_spawn(shielded(&phase));
	CHECK(await async_sleep_ms(1) == 0 && phase == 1);
	async_cancel_for(task, -EHOSTDOWN);
	CHECK(await async_join(task) == -ECANCELED && phase == 2);

	CHECK(async_local_get(&request) == -1 && !strcmp(async_local_get(&user), "nobody"));
	CHECK(async_local_set(&user, "me") == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(async_local_set(&request, i * 10) == 0);
		task = async_spawn(child(i * 10));
		CHECK(async_local_set(&request, 99) == 0);
		CHECK(await async_join(task) == i * 10 + 1);
		CHECK(async_local_get(&request) == 99 && !strcmp(async_local_get(&user), "me"));
	}

	CHECK(async_own_name() == NULL && async_name((async_task(int))NULL) == NULL);
	CHECK(async_set_own_name("root") == 0 && !strcmp(async_own_name(), "root"));
	task = async_spawn(after(1, 1));
	CHECK(async_set_name(task, "one") == 0 && async_set_name(task, "two") == 0);
	CHECK(!strcmp(async_name(task), "two"));
	CHECK(await async_join(task) == 1);
	CHECK(async_set_own_name(NULL) == 0 && async_own_name() == NULL);
	return 0;
}

async static int all(void)
{
	CHECK(await groups() == 0);
	CHECK(await several() == 0);
	CHECK(await limits() == 0);
	CHECK(await rest() == 0);
	return 0;
}

int main(void)
{
	CHECK(async_local_get(&request) == -1 && async_local_set(&request, 1) == -EINVAL);
	CHECK(async_set_own_name("x") == -EINVAL);
	EXPLORE(all(), 300);
	return 0;
}
