/* Tasks: start, end, join, cancel, detach, and the operations that need nothing but the
 * ready queue.
 */
/* The definitions of asyncc/inline.h for those who do not inline them are here. */
#define ASYNC__INLINE __attribute__((visibility("default")))
#include "internal.h"

#include <stdlib.h>
#include <string.h>

ASYNC__EXPORT const struct async__op async__yield_op =
	ASYNC__OP(async__yield_op, "async_yield", NULL, NULL);
ASYNC__EXPORT const struct async__op async__ready_op = ASYNC__OP(async__ready_op, "", NULL, NULL);

_Noreturn void async__fatal(const char *message)
{
	fprintf(stderr, "asyncc: %s\n", message);
	abort();
}

static bool keep_size(struct async_task *task, size_t value_size)
{
	struct async__extra *extra;

	if (value_size < UINT16_MAX)
		return true;
	extra = async__extra_make(task);
	if (extra)
		extra->value_size = value_size;
	return extra != NULL;
}

static bool inherit(const struct async_loop *loop, struct async_task *task)
{
	struct async__extra *parent = loop->current ? async__extra(loop, loop->current) : NULL;

	return !parent || !parent->locals || async__local_inherit(parent, task);
}

static uint8_t first_flags(const struct async_loop *loop, const struct async_task *task)
{
	if (loop->careful & ASYNC__CLOSING)
		return ASYNC__LIVE | ASYNC__CANCELLED | ASYNC__ASKED;
	return loop->debugger || !task->units ? ASYNC__LIVE : ASYNC__LIVE | ASYNC__PLAIN;
}

ASYNC__EXPORT struct async_task *async__task_new_slow(size_t size, size_t value_size,
						      const struct async_point *start)
{
	struct async_loop *loop = async__loop_get();
	struct async_task *task;

	if (!loop || async__allocation_fails())
		return NULL;
	task = async__task_alloc(loop, size);
	if (!task)
		return NULL;
	task->frame.point = start;
	task->op.point = &async__ready_op.point;
	task->extra = 0;
	task->value_size = value_size < UINT16_MAX ? (uint16_t)value_size : UINT16_MAX;
	task->flags = first_flags(loop, task);
	if (!keep_size(task, value_size) || !inherit(loop, task)) {
		async__task_free(loop, task);
		return NULL;
	}
	loop->spawned++;
	return task;
}

size_t async__value_size(const struct async_task *task)
{
	return task->value_size < UINT16_MAX ? task->value_size
					     : async__extra(async__loop, task)->value_size;
}

int async__failure(const void *value, int error_size)
{
	int64_t error;

	switch (error_size) {
	case 1:
		error = *(const int8_t *)value;
		break;
	case 2:
		error = *(const int16_t *)value;
		break;
	case 4:
		error = *(const int32_t *)value;
		break;
	case 8:
		error = *(const int64_t *)value;
		break;
	default:
		return 0;
	}
	return error < INT32_MIN ? INT32_MIN : error < 0 ? (int)error : 0;
}

void async__unspawn(struct async_loop *loop, struct async_task *task)
{
	struct async_task **link = &loop->ready_first;

	while (*link != task)
		link = &(*link)->u.next;
	*link = NULL;
	loop->ready_last = link;
	loop->spawned--;
	async__task_free(loop, task);
}

void async__task_drop(struct async_loop *loop, struct async_task *task)
{
	loop->freed++;
	async__task_free(loop, task);
}

void async__task_adopt(struct async_loop *loop, struct async_task *task)
{
	async__big_task_link(&loop->storage, task);
	if (loop->careful & ASYNC__CLOSING)
		task->flags |= ASYNC__CANCELLED | ASYNC__ASKED;
	loop->spawned++;
	async__enqueue(loop, task);
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
		memcpy(to, value, async__value_size(task));
	async__task_drop(loop, task);
}

static void end_alone(struct async_loop *loop, struct async_task *task)
{
	if (task->flags & ASYNC__DETACHED) {
		async__task_drop(loop, task);
		return;
	}
	task->flags ^= ASYNC__LIVE | ASYNC__ENDED;
	if (task == loop->root) {
		if (loop->debugger)
			async__debug_left(loop);
		async__cancel_all(loop);
	}
}

/* Who stands behind the proxy joins the task, or takes its value. */
static void end_for_proxy(struct async_loop *loop, struct async_task *task,
			  struct async_task *joiner)
{
	struct async__proxy *proxy = async__container(joiner, struct async__proxy, task);

	task->frame.caller = NULL;
	task->flags ^= ASYNC__LIVE | ASYNC__ENDED;
	proxy->task.u.joined = task;
	proxy->end(loop, proxy, 0);
}

ASYNC__EXPORT struct async_frame *async__task_end_slow(struct async_frame *frame)
{
	struct async_task *task = (struct async_task *)frame, *joiner;
	struct async_loop *loop = async__loop;

	loop->ended++;
	if (unlikely(task->extra) && async__extra(loop, task)->scope)
		async__fatal("a task has ended without closing its scopes");
	if (likely(frame->caller != NULL)) {
		joiner = async__op_task(frame->caller);
		if (unlikely(joiner->flags & ASYNC__CASE)) {
			end_for_proxy(loop, task, joiner);
			return NULL;
		}
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
	async__refuel(loop);
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

	if (async__spent(loop))
		pending = later(loop, &later_joined_op);
	if (!pending) {
		deliver(loop, task, value);
		return NULL;
	}
	pending->u.joined = task;
	return &pending->frame;
}

const struct async__op async__join_op = ASYNC__OP(async__join_op, "async_join", NULL, NULL);

ASYNC__EXPORT struct async_frame *async__join_slow(struct async_task *task, void *value)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current;

	if (!task)
		return NULL;
	if (async__debugging())
		async__debug_check(task, "async_join");
	if (task->flags & ASYNC__ENDED)
		return joined(loop, task, value);
	if (unlikely(!async__joinable(task)))
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
	if (async__debugging())
		async__debug_check(task, "async_detach");
	if (task->flags & ASYNC__ENDED) {
		async__task_drop(async__loop, task);
		return;
	}
	if (!async__joinable(task))
		async__fatal("async_detach: the task is joined or detached already");
	task->flags |= ASYNC__DETACHED;
}

/* Whether the next task in a chain of joins is to be cancelled now. */
static bool ask(struct async_task *task, int reason)
{
	struct async__extra *extra = async__extra(async__loop, task);

	if (!(task->flags & ASYNC__LIVE) || task->flags & ASYNC__ASKED)
		return false;
	task->flags |= ASYNC__ASKED;
	if (!extra && reason != -ECANCELED)
		extra = async__extra_make(task);
	if (!extra)
		return true;
	extra->reason = reason;
	return !async__shielded(extra->scope, NULL);
}

/* A join goes on waiting and passes the cancellation on: along a chain of joins of any
 * length, so in a loop. */
static void interrupt(struct async_task *task, int reason)
{
	void (*cancel)(struct async_frame *op);

	while (!async__is_cancelled(task)) {
		task->flags |= ASYNC__CANCELLED;
		if (task == async__loop->current)
			async__fuel = 0;
		if (task->op.point != &async__join_op.point) {
			cancel = task->op.point->fn->cancel;
			if (cancel)
				cancel(&task->op);
			return;
		}
		task = task->u.joined;
		if (!ask(task, reason))
			return;
	}
}

void async__interrupt(struct async_task *task)
{
	interrupt(task, -ECANCELED);
}

ASYNC__EXPORT void async__cancel_for(struct async_task *task, int reason)
{
	if (task && async__debugging())
		async__debug_check(task, "async_cancel");
	if (task && ask(task, reason))
		interrupt(task, reason);
}

ASYNC__EXPORT void async__cancel(struct async_task *task)
{
	async__cancel_for(task, -ECANCELED);
}

static void cancel_visit(struct async_task *task, void *arg)
{
	(void)arg;
	async__cancel(task);
}

void async__cancel_all(struct async_loop *loop)
{
	loop->careful |= ASYNC__CLOSING;
	async__each_task(&loop->storage, cancel_visit, NULL);
}

ASYNC__EXPORT int async__take(struct async_task *task, void *to)
{
	struct async_loop *loop = async__loop;

	if (!task)
		return -EINVAL;
	if (!(task->flags & ASYNC__ENDED))
		return -EAGAIN;
	if (to)
		memcpy(to, (char *)task + task->frame.point->result, async__value_size(task));
	async__task_drop(loop, task);
	return 0;
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

ASYNC__EXPORT struct async_result_int async__yield(void)
{
	return (struct async_result_int){async__yield_start(), 0};
}
