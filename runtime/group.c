/* Groups of tasks.
 *
 * A task of a group has the group's proxy for its joiner, and the group has a list of its
 * tasks through their extra records. When one ends, its value goes where it is wanted, and
 * its storage is free.
 */
#include "internal.h"

#include <string.h>

struct async_result_int async__group_close(struct async_group *group)
	ASYNC__NAME(async_group_close);
struct async_result_int async__gather_start(void *values, size_t size, void *tasks, size_t count,
					    int error_size) ASYNC__NAME(async__gather);
struct async_result_int async__wait_any_start(void *tasks, size_t count)
	ASYNC__NAME(async__wait_any);

static void link_child(struct async_group *group, struct async_task *task,
		       struct async__extra *extra)
{
	extra->prev = NULL;
	extra->next = group->first;
	if (extra->next)
		async__extra(async__loop, extra->next)->prev = task;
	group->first = task;
	group->live++;
}

static void unlink_child(struct async_loop *loop, struct async_group *group,
			 struct async__extra *extra)
{
	if (extra->next)
		async__extra(loop, extra->next)->prev = extra->prev;
	if (extra->prev)
		async__extra(loop, extra->prev)->next = extra->next;
	else
		group->first = extra->next;
	group->live--;
}

/* Cancelling one task ends none of them on the spot, so the list stays as it is. */
static void cancel_children(struct async_group *group)
{
	struct async_task *task;

	for (task = group->first; task; task = async__extra(async__loop, task)->next)
		async__cancel(task);
}

static void cancel_group(struct async_group *group, int reason)
{
	cancel_children(group);
	async_scope_cancel(&group->scope, reason);
}

ASYNC__EXPORT void async_group_cancel(struct async_group *group)
{
	cancel_group(group, -ECANCELED);
}

static int close_scope(struct async_group *group)
{
	struct async_task *owner = group->scope.task;
	int reason = async_scope_close(&group->scope);

	if (group->failure)
		return group->failure;
	return reason || async__is_cancelled(owner) ? -ECANCELED : 0;
}

static void child_end(struct async_loop *loop, struct async__proxy *proxy, int unused)
{
	struct async_group *group = async__container(proxy, struct async_group, proxy);
	struct async_task *task = proxy->task.u.joined, *owner = group->scope.task;
	struct async__extra *extra = async__extra(loop, task);
	const char *value = (const char *)task + task->frame.point->result;
	int error = async__failure(value, extra->error_size);

	(void)unused;
	unlink_child(loop, group, extra);
	if (extra->to)
		memcpy(extra->to, value, async__value_size(task));
	async__task_drop(loop, task);
	if (error && error != -ECANCELED && !group->failure) {
		group->failure = error;
		cancel_group(group, group->failure);
	}
	if (!group->live && group->closing)
		async__complete_int(loop, owner, close_scope(group));
}

ASYNC__EXPORT int async_group_open(struct async_group *group)
{
	*group = (struct async_group){
		.proxy = {.task.flags = ASYNC__CASE, .end = child_end},
	};
	return async_scope_open(&group->scope);
}

static int adopt(struct async_group *group, struct async_task *task, void *to, int error_size)
{
	struct async__extra *extra = async__extra_make(task);

	if (!extra)
		return -ENOMEM;
	extra->to = to;
	extra->error_size = error_size;
	task->frame.caller = &group->proxy.task.op;
	link_child(group, task, extra);
	return 0;
}

ASYNC__EXPORT int async__group_add(struct async_group *group, struct async_task *task, void *to,
				   int error_size)
{
	int error;

	if (!task)
		return -ENOMEM;
	if (!group->scope.task)
		error = -EINVAL;
	else if (group->scope.reason)
		error = -ECANCELED;
	else
		error = adopt(group, task, to, error_size);
	if (error)
		async__unspawn(async__loop, task);
	return error;
}

static void close_cancel(struct async_frame *op)
{
	cancel_children(async__op_task(op)->u.object);
}

static const struct async__op close_op =
	ASYNC__OP(close_op, "async_group_close", NULL, close_cancel);

ASYNC__EXPORT struct async_result_int async__group_close(struct async_group *group)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = loop->current;

	if (!group->scope.task)
		return async__done_int(loop, 0);
	if (task != group->scope.task)
		async__fatal("async_group_close: another task has opened the group");
	if (!group->live)
		return async__done_int(loop, close_scope(group));
	group->closing = true;
	task->u.object = group;
	async__suspend(task, &close_op);
	if (async__is_cancelled(task))
		cancel_children(group);
	return (struct async_result_int){&task->op, 0};
}

/* A group of tasks that were spawned before. */
struct gather {
	struct async_frame frame;
	int value;
	struct async_group group;
};

static struct async_frame *gather_resume(struct async_frame *frame)
{
	struct gather *self = (struct gather *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = self->value;
	async__frame_free(frame, sizeof *self);
	return caller;
}

static const struct async__op gather_op =
	ASYNC__FUNCTION(gather_op, "async_gather", struct gather, value, gather_resume);

static void store_no_task(void *to, int error_size)
{
	int64_t error = async__no_task;

	/* The low bytes of a little-endian integer. */
	memcpy(to, &error, (size_t)error_size);
}

static void gather_task(struct gather *self, struct async_task *task, char *to, int error_size)
{
	struct async_loop *loop = async__loop;

	if (!task) {
		store_no_task(to, error_size);
	} else if (task->flags & ASYNC__ENDED) {
		memcpy(to, (char *)task + task->frame.point->result, async__value_size(task));
		async__task_drop(loop, task);
	} else {
		adopt(&self->group, task, to, 0);
	}
}

/* Makes sure that nothing can fail later. */
static int gather_prepare(struct gather *self, struct async_task **tasks, size_t count)
{
	int error = async_group_open(&self->group);

	for (size_t i = 0; i < count && !error; i++) {
		if (!tasks[i])
			continue;
		if (!(tasks[i]->flags & ASYNC__ENDED) && !async__joinable(tasks[i]))
			async__fatal("async_gather: a task is joined or detached already");
		error = async__extra_make(tasks[i]) ? 0 : -ENOMEM;
	}
	return error;
}

ASYNC__EXPORT struct async_result_int async__gather_start(void *values, size_t size, void *tasks,
							  size_t count, int error_size)
{
	struct gather *self = (struct gather *)(void *)async__frame_try(sizeof *self);
	struct async_task **task = tasks;
	struct async_result_int result;
	int error;

	if (!self)
		return async__done_int(async__loop, -ENOMEM);
	error = gather_prepare(self, task, count);
	if (!error) {
		for (size_t i = 0; i < count; i++)
			gather_task(self, task[i], (char *)values + i * size, error_size);
		result = async__group_close(&self->group);
	} else {
		async_scope_close(&self->group.scope);
		result = async__done_int(async__loop, error);
	}
	if (result.pending) {
		self->frame.point = &gather_op.point;
		result.pending->caller = &self->frame;
		return (struct async_result_int){&self->frame, 0};
	}
	async__frame_free(&self->frame, sizeof *self);
	return result;
}

/* Waiting for the first of several tasks: all have one proxy for their joiner. */
struct any {
	struct async_frame frame;
	int value;
	struct async_task *waiter;
	struct async_task **tasks;
	size_t count;
	struct async__proxy proxy;
};

static struct async_frame *any_resume(struct async_frame *frame)
{
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = ((struct any *)(void *)frame)->value;
	async__frame_free(frame, sizeof(struct any));
	return caller;
}

static const struct async__op any_function =
	ASYNC__FUNCTION(any_function, "async_wait_any", struct any, value, any_resume);

static void any_leave(struct any *self, int value)
{
	for (size_t i = 0; i < self->count; i++)
		if (self->tasks[i])
			self->tasks[i]->frame.caller = NULL;
	async__complete_int(async__loop, self->waiter, value);
}

static void any_cancel(struct async_frame *op)
{
	any_leave(async__op_task(op)->u.object, -ECANCELED);
}

static const struct async__op any_op = ASYNC__OP(any_op, "async_wait_any", NULL, any_cancel);

static int first_done(struct async_task *const *tasks, size_t count)
{
	int none = -ENOENT;

	for (size_t i = 0; i < count; i++) {
		if (tasks[i] && tasks[i]->flags & ASYNC__ENDED)
			return (int)i;
		if (tasks[i])
			none = -EAGAIN;
	}
	return none;
}

static void any_end(struct async_loop *loop, struct async__proxy *proxy, int unused)
{
	struct any *self = async__container(proxy, struct any, proxy);

	(void)loop;
	(void)unused;
	any_leave(self, first_done(self->tasks, self->count));
}

static struct any *any_new(struct async_task *waiter, struct async_task **tasks, size_t count)
{
	struct any *self = (struct any *)(void *)async__frame_try(sizeof *self);

	if (!self)
		return NULL;
	*self = (struct any){
		.frame.point = &any_function.point,
		.waiter = waiter,
		.tasks = tasks,
		.count = count,
		.proxy = {.task.flags = ASYNC__CASE, .end = any_end},
	};
	for (size_t i = 0; i < count; i++) {
		if (!tasks[i])
			continue;
		if (!async__joinable(tasks[i]))
			async__fatal("async_wait_any: a task is joined or detached already");
		tasks[i]->frame.caller = &self->proxy.task.op;
	}
	return self;
}

ASYNC__EXPORT struct async_result_int async__wait_any_start(void *tasks, size_t count)
{
	struct async_loop *loop = async__loop;
	struct async_task *waiter = loop->current;
	int value = first_done(tasks, count);
	struct any *self;

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	if (async__is_cancelled(waiter))
		return async__done_int(loop, -ECANCELED);
	self = any_new(waiter, tasks, count);
	if (!self)
		return async__done_int(loop, -ENOMEM);
	waiter->u.object = self;
	async__suspend(waiter, &any_op)->caller = &self->frame;
	return (struct async_result_int){&self->frame, 0};
}
