/* Tasks: start, end, join, cancel, detach, and the operations that need nothing but the
 * ready queue.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

const struct async__op async__ready_op = ASYNC__OP(async__ready_op, "", NULL, NULL);

_Noreturn void async__fatal(const char *message)
{
	fprintf(stderr, "asyncc: %s\n", message);
	abort();
}

ASYNC__EXPORT struct async_task *async__task_new(size_t size, size_t value_size,
						 const struct async_point *start)
{
	struct async_loop *loop = async__loop_get();
	struct async_task *task;

	if (!loop || value_size > UINT32_MAX)
		return NULL;
	task = async__task_alloc(&loop->storage, size);
	if (!task)
		return NULL;
	task->frame.point = start;
	task->frame.caller = NULL;
	task->op.point = &async__ready_op.point;
	task->op.caller = &task->frame;
	task->value_size = (uint32_t)value_size;
	task->flags = loop->closing ? ASYNC__LIVE | ASYNC__CANCELLED : ASYNC__LIVE;
	loop->live++;
	return task;
}

ASYNC__EXPORT void async__task_start(struct async_task *task)
{
	async__enqueue(async__loop, task, &task->frame);
}

static void deliver(struct async_task *task, void *to)
{
	const char *value = (const char *)task + task->frame.point->result;

	if (task->value_size == 4)
		memcpy(to, value, 4);
	else if (task->value_size == 8)
		memcpy(to, value, 8);
	else
		memcpy(to, value, task->value_size);
	async__task_free(&async__loop->storage, task);
}

ASYNC__EXPORT struct async_frame *async__task_end(struct async_frame *frame)
{
	struct async_task *task = (struct async_task *)frame;
	struct async_loop *loop = async__loop;

	loop->live--;
	if (frame->caller) {
		struct async_task *joiner = async__op_task(frame->caller);
		deliver(task, async__slot(joiner->op.caller));
		async__complete(loop, joiner);
	} else if (task->flags & ASYNC__DETACHED) {
		async__task_free(&loop->storage, task);
	} else {
		task->flags ^= ASYNC__LIVE | ASYNC__ENDED;
		loop->unjoined++;
		if (task == loop->root)
			async__cancel_all(loop);
	}
	return NULL;
}

const struct async__op async__join_op = ASYNC__OP(async__join_op, "async_join", NULL, NULL);

static struct async_frame *joined_later(struct async_frame *op)
{
	struct async_frame *caller = op->caller;

	deliver((struct async_task *)(intptr_t)async__op_task(op)->u.ready.value,
		async__slot(caller));
	return caller;
}

static const struct async__op joined_op = ASYNC__OP(joined_op, "async_join", joined_later, NULL);

static struct async_frame *join_later(struct async_loop *loop, struct async_task *task)
{
	struct async_task *self = loop->current;

	loop->budget = loop->full_budget;
	self->u.ready.value = (intptr_t)task;
	async__enqueue(loop, self, &self->op);
	return async__suspend(self, &joined_op);
}

ASYNC__EXPORT struct async_frame *async__join(struct async_task *task, void *value)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current;

	if (!task)
		return NULL;
	if (task->flags & ASYNC__ENDED) {
		loop->unjoined--;
		if (unlikely(--loop->budget <= 0))
			return join_later(loop, task);
		deliver(task, value);
		return NULL;
	}
	if (unlikely(!(task->flags & ASYNC__LIVE) || (task->flags & ASYNC__DETACHED) ||
		     task->frame.caller))
		async__fatal("async_join: the task is joined or detached already");
	task->frame.caller = &self->op;
	self->u.joined = task;
	if (async__is_cancelled(self))
		async__cancel(task);
	return async__suspend(self, &async__join_op);
}

ASYNC__EXPORT void async__detach(struct async_task *task)
{
	if (!task)
		return;
	if (task->flags & ASYNC__ENDED) {
		async__loop->unjoined--;
		async__task_free(&async__loop->storage, task);
		return;
	}
	if (!(task->flags & ASYNC__LIVE) || (task->flags & ASYNC__DETACHED) || task->frame.caller)
		async__fatal("async_detach: the task is joined or detached already");
	task->flags |= ASYNC__DETACHED;
}

/* A join goes on waiting and passes the cancellation on: along a chain of joins of any
 * length, so in a loop. */
ASYNC__EXPORT void async__cancel(struct async_task *task)
{
	void (*cancel)(struct async_frame *op);

	for (; task; task = task->u.joined) {
		if (!(task->flags & ASYNC__LIVE) || async__is_cancelled(task))
			return;
		task->flags |= ASYNC__CANCELLED;
		if (task->op.point != &async__join_op.point)
			break;
	}
	if (!task)
		return;
	cancel = task->op.point->fn->cancel;
	if (cancel)
		cancel(&task->op);
}

static void cancel_visit(struct async_task *task, void *arg)
{
	(void)arg;
	async__cancel(task);
}

void async__cancel_all(struct async_loop *loop)
{
	loop->closing = true;
	async__each_task(&loop->storage, cancel_visit, NULL);
}

ASYNC__EXPORT bool async__done(struct async_task *task)
{
	return !task || (task->flags & ASYNC__ENDED);
}

ASYNC__EXPORT bool async_cancelled(void)
{
	struct async_loop *loop = async__loop;

	return loop && loop->current && async__is_cancelled(loop->current);
}

static struct async_frame *yielded(struct async_frame *op)
{
	struct async_frame *caller = op->caller;

	*(int *)async__slot(caller) = async__is_cancelled(async__op_task(op)) ? -ECANCELED : 0;
	return caller;
}

static const struct async__op yield_op = ASYNC__OP(yield_op, "async_yield", yielded, NULL);

ASYNC__EXPORT struct async_result_int async__yield(void)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = loop->current;

	async__enqueue(loop, task, &task->op);
	return (struct async_result_int){async__suspend(task, &yield_op), 0};
}

static struct async_frame *later_int(struct async_frame *op)
{
	struct async_frame *caller = op->caller;

	*(int *)async__slot(caller) = (int)async__op_task(op)->u.ready.value;
	return caller;
}

static struct async_frame *later_ssize(struct async_frame *op)
{
	struct async_frame *caller = op->caller;

	*(ssize_t *)async__slot(caller) = (ssize_t)async__op_task(op)->u.ready.value;
	return caller;
}

static const struct async__op later_int_op =
	ASYNC__OP(later_int_op, "(letting others run)", later_int, NULL);
static const struct async__op later_ssize_op =
	ASYNC__OP(later_ssize_op, "(letting others run)", later_ssize, NULL);

static struct async_frame *later(struct async_loop *loop, const struct async__op *op, int64_t value)
{
	struct async_task *task = loop->current;

	loop->budget = loop->full_budget;
	async__enqueue(loop, task, &task->op);
	task->u.ready.value = value;
	return async__suspend(task, op);
}

struct async_result_int async__later_int(struct async_loop *loop, int value)
{
	return (struct async_result_int){later(loop, &later_int_op, value), 0};
}

struct async_result_ssize async__later_ssize(struct async_loop *loop, ssize_t value)
{
	return (struct async_result_ssize){later(loop, &later_ssize_op, value), 0};
}
