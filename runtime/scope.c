/* Scopes of cancellation, and the other things that few tasks have: names, locals.
 *
 * These hang on a record that a task gets when it first needs it, found by its number in a
 * table of the loop, so that other tasks pay four bytes for all of it. The scopes of a task
 * are a stack from the innermost to the outermost; whether the task is cancelled now is
 * decided when something is cancelled or closed, not at each operation.
 *
 * Locals are a list of values, newest first, that only ever grows at its front; tasks share
 * the parts that they have in common, which are counted.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_TABLE 16

/* Number 0 stands for none. */
static bool grow(struct async_loop *loop)
{
	uint32_t count = loop->extra_count ? loop->extra_count * 2 : FIRST_TABLE;
	struct async__extra **extras = async__realloc(loop->extras, count * sizeof *extras);

	if (!extras)
		return false;
	for (uint32_t i = loop->extra_count ? loop->extra_count : 1; i < count; i++)
		extras[i] = (struct async__extra *)(uintptr_t)(i + 1 < count ? i + 1 : 0);
	loop->extra_free = loop->extra_count ? loop->extra_count : 1;
	loop->extras = extras;
	loop->extra_count = count;
	return true;
}

struct async__extra *async__extra_make(struct async_task *task)
{
	struct async_loop *loop = async__loop;
	struct async__extra *extra;

	if (task->extra)
		return loop->extras[task->extra];
	if (!loop->extra_free && !grow(loop))
		return NULL;
	extra = (struct async__extra *)(void *)async__frame_try(sizeof *extra);
	if (!extra)
		return NULL;
	*extra = (struct async__extra){.reason = -ECANCELED};
	task->extra = loop->extra_free;
	task->flags &= (uint8_t)~ASYNC__PLAIN;
	loop->extra_free = (uint32_t)(uintptr_t)loop->extras[task->extra];
	loop->extras[task->extra] = extra;
	return extra;
}

struct async__local {
	struct async__local *older;
	const void *initial;
	size_t users;
	_Alignas(16) char value[];
};

static void local_drop(struct async__local *local)
{
	struct async__local *older;

	for (; local && --local->users == 0; local = older) {
		older = local->older;
		free(local);
	}
}

void async__extra_free(struct async_task *task)
{
	struct async_loop *loop = async__loop;
	struct async__extra *extra = loop->extras[task->extra];

	local_drop(extra->locals);
	free(extra->name);
	async__frame_free((struct async_frame *)(void *)extra, sizeof *extra);
	loop->extras[task->extra] = (struct async__extra *)(uintptr_t)loop->extra_free;
	loop->extra_free = task->extra;
	task->extra = 0;
}

bool async__local_inherit(const struct async__extra *parent, struct async_task *task)
{
	struct async__extra *extra = async__extra_make(task);

	if (!extra)
		return false;
	extra->locals = parent->locals;
	extra->locals->users++;
	return true;
}

static struct async_task *running(void)
{
	return async__loop ? async__loop->current : NULL;
}

ASYNC__EXPORT const void *async__local_get(const void *initial)
{
	struct async_task *task = running();
	const struct async__extra *extra = task ? async__extra(async__loop, task) : NULL;
	const struct async__local *local = extra ? extra->locals : NULL;

	for (; local; local = local->older)
		if (local->initial == initial)
			return local->value;
	return initial;
}

/* A value that only this task can see, and no older state of it, is overwritten. */
static bool overwrite(const struct async__extra *extra, const void *initial, size_t size,
		      const void *value)
{
	struct async__local *newest = extra->locals;

	if (!newest || newest->initial != initial || newest->users > 1)
		return false;
	memcpy(newest->value, value, size);
	return true;
}

ASYNC__EXPORT int async__local_set(const void *initial, size_t size, const void *value)
{
	struct async_task *task = running();
	struct async__extra *extra = task ? async__extra_make(task) : NULL;
	struct async__local *local;

	if (!extra)
		return task ? -ENOMEM : -EINVAL;
	if (overwrite(extra, initial, size, value))
		return 0;
	async__loop->careful |= ASYNC__LOCALS;
	local = async__alloc(sizeof *local + size);
	if (!local)
		return -ENOMEM;
	local->older = extra->locals;
	local->initial = initial;
	local->users = 1;
	memcpy(local->value, value, size);
	extra->locals = local;
	return 0;
}

ASYNC__EXPORT int async__set_name(struct async_task *task, const char *name)
{
	struct async__extra *extra;
	char *copy = NULL;

	if (!task)
		return -EINVAL;
	extra = async__extra_make(task);
	if (!extra)
		return -ENOMEM;
	if (name && !(copy = strdup(name)))
		return -ENOMEM;
	free(extra->name);
	extra->name = copy;
	return 0;
}

ASYNC__EXPORT int async_set_own_name(const char *name)
{
	return async__set_name(running(), name);
}

ASYNC__EXPORT const char *async__name(const struct async_task *task)
{
	const struct async__extra *extra = task ? async__extra(async__loop, task) : NULL;

	return extra ? extra->name : NULL;
}

ASYNC__EXPORT const char *async_own_name(void)
{
	return async__name(running());
}

/* Scopes */

bool async__shielded(const struct async_scope *scope, const struct async_scope *outer)
{
	for (; scope != outer; scope = scope->outer)
		if (scope->shield)
			return true;
	return false;
}

/* Why task is cancelled as things are; 0 if it is not. */
static int reason_of(const struct async_task *task)
{
	const struct async__extra *extra = async__extra(async__loop, task);
	const struct async_scope *scope;
	int reason = 0;

	for (scope = extra ? extra->scope : NULL; scope; scope = scope->outer) {
		if (scope->reason)
			reason = scope->reason;
		if (scope->shield)
			return reason;
	}
	if (task->flags & ASYNC__ASKED)
		reason = extra ? extra->reason : -ECANCELED;
	return reason;
}

ASYNC__EXPORT int async_cancel_reason(void)
{
	struct async_task *task = running();

	return task ? reason_of(task) : 0;
}

static void reconsider(struct async_task *task)
{
	task->flags &= (uint8_t)~ASYNC__CANCELLED;
	if (reason_of(task))
		task->flags |= ASYNC__CANCELLED;
	if (task == async__loop->current)
		async__refuel(async__loop);
}

static int open_scope(struct async_scope *scope, bool shield)
{
	struct async_task *task = running();
	struct async__extra *extra;

	*scope = (struct async_scope){.shield = shield};
	if (!task)
		return -EINVAL;
	extra = async__extra_make(task);
	if (!extra)
		return -ENOMEM;
	scope->task = task;
	scope->outer = extra->scope;
	extra->scope = scope;
	return 0;
}

ASYNC__EXPORT int async_scope_open(struct async_scope *scope)
{
	return open_scope(scope, false);
}

ASYNC__EXPORT int async_shield_open(struct async_scope *scope)
{
	int error = open_scope(scope, true);

	if (!error)
		reconsider(scope->task);
	return error;
}

static void ring(struct async__alarm *alarm)
{
	struct async_scope *scope = async__container(alarm, struct async_scope, alarm);

	scope->armed = false;
	async_scope_cancel(scope, -ETIMEDOUT);
}

static void disarm(struct async_scope *scope)
{
	if (scope->armed)
		async__timer_remove(&async__loop->wheel, &scope->alarm.timer);
	scope->armed = false;
}

ASYNC__EXPORT void async_deadline_set(struct async_scope *scope, uint64_t deadline)
{
	if (!scope->task || scope->reason)
		return;
	disarm(scope);
	if (deadline == ASYNC__NEVER)
		return;
	/* Past: no turn of the loop need come before the next operation. */
	if (deadline <= async_now_ns()) {
		async_scope_cancel(scope, -ETIMEDOUT);
		return;
	}
	scope->armed = true;
	scope->alarm.ring = ring;
	async__alarm_at(async__loop, &scope->alarm, deadline);
}

ASYNC__EXPORT int async_deadline_open(struct async_scope *scope, uint64_t deadline)
{
	int error = open_scope(scope, false);

	if (!error)
		async_deadline_set(scope, deadline);
	return error;
}

ASYNC__EXPORT int async_timeout_open(struct async_scope *scope, int64_t ms)
{
	uint64_t now = async_now_ns();

	if (ms < 0 || (uint64_t)ms >= (ASYNC__NEVER - now) / 1000000)
		return open_scope(scope, false);
	return async_deadline_open(scope, now + (uint64_t)ms * 1000000);
}

ASYNC__EXPORT void async_scope_cancel(struct async_scope *scope, int reason)
{
	struct async__extra *extra;

	if (!scope->task || scope->reason)
		return;
	disarm(scope);
	scope->reason = reason;
	extra = async__extra(async__loop, scope->task);
	if (!async__shielded(extra->scope, scope))
		async__interrupt(scope->task);
}

static void unlink_scope(struct async_scope *scope)
{
	struct async_scope **link = &async__extra(async__loop, scope->task)->scope;

	while (*link && *link != scope)
		link = &(*link)->outer;
	if (!*link)
		async__fatal("async_scope_close: the task has ended since the scope was opened");
	*link = scope->outer;
}

ASYNC__EXPORT int async_scope_close(struct async_scope *scope)
{
	struct async_task *task = scope->task;

	if (!task)
		return 0;
	disarm(scope);
	unlink_scope(scope);
	scope->task = NULL;
	reconsider(task);
	return scope->reason;
}
