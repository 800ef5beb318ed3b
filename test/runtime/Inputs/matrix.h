/* Every wait × cancelled before it starts, while it waits, as it completes, twice, behind a shield,
 * by a time limit, by the failure of a group: the right result, nothing lost, nothing left behind.
 *
 * A row is a wait: do_NAME awaits once and gives 0, or what it gives when it is cancelled. What
 * completes a wait is done by complete; rows without it end by themselves, soon, and are cancelled
 * at each turn of the loop until they have ended.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include "kit.h"

enum {
	PEER = 1,   /* complete is for somebody who waits; else it would wait itself, or get nothing */
	LATE = 2,   /* complete is noticed by the loop later on, so that it may be cancelled still */
	ALWAYS = 4, /* is done, cancelled or not */
	EITHER = 8, /* may be done, cancelled or not */
};

struct row {
	const char *name;
	async int (*wait)(void);
	async int (*before)(void);         /* makes the wait a real one */
	async int (*complete)(void);       /* by now */
	async int (*after)(bool completed); /* what it left, if completed, is where it should be */
	int flags;
};

#define ROW(NAME, ...) {.name = #NAME, .wait = do_##NAME, __VA_ARGS__}

static const struct row *row;
static bool shielded, in_scope;
static int reason;

async static int victim(void)
{
	struct async_scope shield;
	int r;

	if (shielded)
		CHECK(async_shield_open(&shield) == 0);
	r = await row->wait();
	if (shielded)
		CHECK(async_scope_close(&shield) == 0);
	reason = async_cancel_reason();
	return r;
}

async static void before(void)
{
	if (row->before)
		CHECK(await row->before() == 0);
}

async static void complete(void)
{
	CHECK(await row->complete() == 0);
}

async static void after(bool completed)
{
	if (row->after)
		CHECK(await row->after(completed) == 0);
}

async static void complete_alone(void)
{
	if (!(row->flags & PEER))
		await complete();
}

/* Waits with an end of their own */

async static void early(bool started, int times)
{
	async_task(int) task;

	await before();
	task = async_spawn(victim());
	if (started)
		CHECK(await async_sleep_ms(1) == 0);
	for (int i = 0; i < times; i++)
		async_cancel(task);
	CHECK(await async_join(task) == -ECANCELED && reason == -ECANCELED);
	await complete_alone();
	await after(false);
}

async static void at_completion(void)
{
	async_task(int) task;
	int r;

	await before();
	task = async_spawn(victim());
	CHECK(await async_sleep_ms(1) == 0);
	await complete();
	async_cancel(task);
	r = await async_join(task);
	CHECK(r == 0 || (r == -ECANCELED && row->flags & LATE));
	await after(r == 0);
}

async static void behind_shield(void)
{
	async_task(int) task;

	await before();
	shielded = true;
	task = async_spawn(victim());
	CHECK(await async_sleep_ms(1) == 0);
	async_cancel(task);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(!async_done(task));
	await complete();
	CHECK(await async_join(task) == 0 && reason == -ECANCELED);
	shielded = false;
	await after(true);
}

async static int limited(void)
{
	struct async_scope scope;
	uint64_t start = async_now_ns();

	CHECK(async_timeout_open(&scope, 5) == 0);
	CHECK(await victim() == -ECANCELED && reason == -ETIMEDOUT);
	CHECK(await async_yield() == -ECANCELED);
	CHECK(async_scope_close(&scope) == -ETIMEDOUT);
	CHECK((async_now_ns() - start) / 1000 == 5000);
	CHECK(async_cancel_reason() == 0 && !async_cancelled());
	return 0;
}

async static void by_limit(void)
{
	await before();
	CHECK(await async_join(async_spawn(limited())) == 0);
	await complete_alone();
	await after(false);
}

async static int fail_after(int turns, int ms)
{
	for (int i = 0; i < turns; i++)
		await async_yield();
	if (ms)
		CHECK(await async_sleep_ms(ms) == 0);
	return -EDOM;
}

async static void by_group(void)
{
	struct async_group group;
	int r = 1;

	await before();
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &r, victim()) == 0);
	CHECK(async_group_start(&group, fail_after(0, 2)) == 0);
	CHECK(await async_group_close(&group) == -EDOM);
	CHECK(r == -ECANCELED && !async_cancelled());
	await complete_alone();
	await after(false);
}

/* Those that end by themselves, cancelled after so many turns of the loop */

enum way { ONCE, TWICE, SHIELDED, LIMIT, GROUP, WAYS };

async static void turns_of(int turns)
{
	for (int i = 0; i < turns; i++)
		await async_yield();
}

async static int ends_in_scope(struct async_scope *scope)
{
	int r;

	CHECK(async_scope_open(scope) == 0);
	in_scope = true;
	r = await victim();
	in_scope = false;
	async_scope_close(scope);
	return r;
}

/* Gives whether it had ended before. */
async static bool cancel_after(int turns, enum way way, int *result)
{
	struct async_scope scope = {0};
	struct async_group group;
	async_task(int) task;
	bool ended;

	if (way == GROUP) {
		CHECK(async_group_open(&group) == 0);
		CHECK(async_group_store(&group, result, victim()) == 0);
		CHECK(async_group_start(&group, fail_after(turns, 0)) == 0);
		CHECK(await async_group_close(&group) == -EDOM);
		return turns > 4000;
	}
	shielded = way == SHIELDED;
	task = way == LIMIT ? async_spawn(ends_in_scope(&scope)) : async_spawn(victim());
	await turns_of(turns);
	ended = async_done(task);
	if (way == LIMIT && in_scope)
		async_deadline_set(&scope, async_now_ns());
	else if (way != LIMIT)
		async_cancel(task);
	if (way == TWICE)
		async_cancel(task);
	*result = await async_join(task);
	shielded = false;
	return ended;
}

async static void soon(enum way way)
{
	bool ended = false;
	int r, turns = 0;

	for (; !ended; turns += turns < 16 ? 1 : turns) {
		await before();
		ended = await cancel_after(turns, way, &r);
		CHECK(r == 0 || (r == -ECANCELED && !(row->flags & ALWAYS)));
		if (!turns && (way == ONCE || way == TWICE) && !(row->flags & (ALWAYS | EITHER)))
			CHECK(r == -ECANCELED);
		if (way == SHIELDED)
			CHECK(r == 0);
		await after(r == 0);
	}
}

async static void cancel_row(void)
{
	if (!row->complete) {
		for (int way = 0; way < WAYS; way++)
			await soon((enum way)way);
		return;
	}
	await early(false, 1);
	await early(true, 1);
	await early(true, 2);
	await at_completion();
	await behind_shield();
	await by_limit();
	await by_group();
}

static void tell_row(void)
{
	if (row)
		fprintf(stderr, "in row %s\n", row->name);
}

/* Before any thread is started. */
__attribute__((constructor)) static void limit_pool(void)
{
	CHECK(async_set_offload_threads(1) == 0);
}

static int no_call(void *unused)
{
	(void)unused;
	return 0;
}

/* Counted when the pool, of one thread, is done with the calls that nobody waits for any longer:
 * looking up a name opens files. */
async static int settled_descriptors(void)
{
	CHECK(await async_offload(no_call, NULL) == 0);
	return count_descriptors();
}

async static int matrix(const struct row *rows, size_t count)
{
	const char *only = getenv("ROW");
	static bool told;
	int descriptors = 0;

	if (!told)
		told = !atexit(tell_row);
	for (row = rows; row < rows + count; row++) {
		if (only && strcmp(only, row->name))
			continue;
		/* The first time sets up what the loop keeps. */
		for (int i = 0; i < 2; i++) {
			descriptors = i ? await settled_descriptors() : 0;
			await cancel_row();
		}
		CHECK(await settled_descriptors() == descriptors);
	}
	row = NULL;
	return 0;
}

#endif
