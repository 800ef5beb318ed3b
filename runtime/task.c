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
	async__enqueue(async__loop, task);
}

static inline void deliver(struct async_loop *loop, struct async_task *task, void *to)
{
	const char *value = (const char *)task + task->frame.point->result;

	/* The sizes that a compiler can inline come first. */
	if (task->value_size == 8)
		memcpy(to, value, 8);
	else if (task->value_size == 4)
		memcpy(to, value, 4);
	else if (task->value_size)
		memcpy(to, value, task->value_size);
	async__task_free(&loop->storage, task);
}

static void end_alone(struct async_loop *loop, struct async_task *task)
{
	if (task->flags & ASYNC__DETACHED) {
		async__task_free(&loop->storage, task);
		return;
	}
	task->flags ^= ASYNC__LIVE | ASYNC__ENDED;
	loop->unjoined++;
	if (task == loop->root)
		async__cancel_all(loop);
}

ASYNC__EXPORT struct async_frame *async__task_end(struct async_frame *frame)
{
	struct async_task *task = (struct async_task *)frame, *joiner;
	struct async_loop *loop = async__loop;

	loop->live--;
	if (likely(frame->caller != NULL)) {
		joiner = async__op_task(frame->caller);
		deliver(loop, task, async__slot(joiner->op.caller));
		async__complete(loop, joiner);
	} else {
		end_alone(loop, task);
	}
	return NULL;
}

/* The frame of an operation that has completed, but whose task is to let others run
 * first. */
struct later {
	struct async_frame frame;
	union {
		ssize_t value;
		struct async_task *joined;
	} u;
};

static struct async_frame *later_end(struct async_frame *frame)
{
	struct async_frame *caller = frame->caller;

	async__frame_free(frame, sizeof(struct later));
	return caller;
}

static struct async_frame *later_int(struct async_frame *frame)
{
	*(int *)async__slot(frame->caller) = (int)((struct later *)(void *)frame)->u.value;
	return later_end(frame);
}

static struct async_frame *later_ssize(struct async_frame *frame)
{
	*(ssize_t *)async__slot(frame->caller) = ((struct later *)(void *)frame)->u.value;
	return later_end(frame);
}

static struct async_frame *later_joined(struct async_frame *frame)
{
	deliver(async__loop, ((struct later *)(void *)frame)->u.joined, async__slot(frame->caller));
	return later_end(frame);
}

#define LATER(self, resume) ASYNC__FUNCTION(self, "(letting others run)", struct later, u, resume)

static const struct async__op later_int_op = LATER(later_int_op, later_int);
static const struct async__op later_ssize_op = LATER(later_ssize_op, later_ssize);
static const struct async__op later_joined_op = LATER(later_joined_op, later_joined);

/* NULL without memory: then the task just goes on. */
static struct later *later(struct async_loop *loop, const struct async__op *op)
{
	struct later *later = (struct later *)(void *)async__frame_try(sizeof *later);

	loop->budget = loop->full_budget;
	if (!later)
		return NULL;
	later->frame.point = &op->point;
	loop->current->op.caller = &later->frame;
	async__complete(loop, loop->current);
	return later;
}

struct async_result_int async__later_int(struct async_loop *loop, int value)
{
	struct later *pending = later(loop, &later_int_op);

	if (pending)
		pending->u.value = value;
	return (struct async_result_int){pending ? &pending->frame : NULL, value};
}

struct async_result_ssize async__later_ssize(struct async_loop *loop, ssize_t value)
{
	struct later *pending = later(loop, &later_ssize_op);

	if (pending)
		pending->u.value = value;
	return (struct async_result_ssize){pending ? &pending->frame : NULL, value};
}

/* Joins a task that has ended. */
static struct async_frame *joined(struct async_loop *loop, struct async_task *task, void *value)
{
	struct later *pending = NULL;

	if (unlikely(--loop->budget <= 0))
		pending = later(loop, &later_joined_op);
	if (!pending) {
		deliver(loop, task, value);
		return NULL;
	}
	pending->u.joined = task;
	return &pending->frame;
}

const struct async__op async__join_op = ASYNC__OP(async__join_op, "async_join", NULL, NULL);

ASYNC__EXPORT struct async_frame *async__join(struct async_task *task, void *value)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current;

	if (!task)
		return NULL;
	if (task->flags & ASYNC__ENDED) {
		loop->unjoined--;
		return joined(loop, task, value);
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

const struct async__op async__yield_op = ASYNC__OP(async__yield_op, "async_yield", NULL, NULL);

ASYNC__EXPORT struct async_result_int async__yield(void)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = loop->current;

	async__enqueue(loop, task);
	return (struct async_result_int){async__suspend(task, &async__yield_op), 0};
}
