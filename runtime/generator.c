/* Generators.
 *
 * A generator is a task that waits in its yield until it is asked for a value. As both
 * sides are known then, it need not go through the ready queue: the task that asks runs it
 * as part of its own step, and goes on at once if that gives a value. When the generator
 * waits for something else instead, so does the task that asked.
 */
#include "internal.h"

#include <string.h>

/* Generators that ask generators run on one stack, up to here. */
#define DEPTH 64

struct async_result_int async__generator_yield_start(struct async__generator *generator,
						     const void *value)
	ASYNC__NAME(async__generator_yield);
struct async_result_int async__generator_next_start(struct async__generator *generator, void *to)
	ASYNC__NAME(async__generator_next);
struct async_result_int async__generator_close_start(struct async__generator *generator)
	ASYNC__NAME(async__generator_close);

/* What closing gives, once. */
static int close_result(struct async__generator *generator)
{
	int result = generator->result;

	generator->result = 0;
	return generator->closing && result == -ECANCELED ? 0 : result;
}

static void ended(struct async_loop *loop, struct async__proxy *proxy, int unused)
{
	struct async__generator *generator =
		async__container(proxy, struct async__generator, proxy);
	struct async_task *task = proxy->task.u.joined, *waiter = generator->waiter;

	(void)unused;
	generator->result =
		async__failure((char *)task + task->frame.point->result, generator->error_size);
	async__task_drop(loop, task);
	generator->task = NULL;
	if (!waiter)
		return;
	generator->waiter = NULL;
	generator->to = NULL;
	async__end_int(loop, waiter,
		       generator->closing ? close_result(generator) : generator->result);
}

ASYNC__EXPORT bool async__generator_start(struct async__generator *generator,
					  struct async_task *task, int error_size)
{
	generator->task = task;
	generator->error_size = error_size;
	if (!task) {
		generator->result = -ENOMEM;
		return true;
	}
	generator->proxy = (struct async__proxy){.task.flags = ASYNC__CASE, .end = ended};
	task->frame.caller = &generator->proxy.task.op;
	return true;
}

static void yield_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);
	struct async__generator *generator = task->u.object;

	generator->parked = false;
	generator->value = NULL;
	async__complete_int(async__loop, task, -ECANCELED);
}

static const struct async__op yield_op =
	ASYNC__OP(yield_op, "async_generator_yield", NULL, yield_cancel);

static void give(struct async_loop *loop, struct async__generator *generator, const void *value)
{
	struct async_task *waiter = generator->waiter;

	if (!generator->to) {
		generator->value = value;
		return;
	}
	memcpy(generator->to, value, generator->size);
	generator->to = NULL;
	generator->waiter = NULL;
	if (waiter)
		async__end_int(loop, waiter, 1);
}

ASYNC__EXPORT struct async_result_int
async__generator_yield_start(struct async__generator *generator, const void *value)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current;

	if (self != generator->task)
		return async__done_int(loop, -EINVAL);
	if (async__is_cancelled(self))
		return async__done_int(loop, -ECANCELED);
	give(loop, generator, value);
	generator->parked = true;
	self->u.object = generator;
	return (struct async_result_int){async__suspend(self, &yield_op), 0};
}

/* Lets a parked generator go on: now, if that is allowed. A select is not ready for what the
 * generator may do to its other cases. */
static void unpark(struct async_loop *loop, struct async__generator *generator,
		   const struct async_task *waiter)
{
	struct async_task *task = generator->task;

	generator->parked = false;
	if (async__spent(loop) || loop->depth >= DEPTH || loop->random || loop->timed ||
	    waiter != loop->current) {
		async__complete_int(loop, task, 0);
		return;
	}
	*(int *)async__slot(task->op.caller) = 0;
	task->op.point = &async__ready_op.point;
	async__run_within(loop, task);
}

static void next_leave(struct async__generator *generator)
{
	generator->waiter = NULL;
	generator->to = NULL;
}

static void next_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	next_leave(task->u.object);
	async__complete_int(async__loop, task, -ECANCELED);
}

static const struct async__op next_op =
	ASYNC__OP(next_op, "async_generator_next", NULL, next_cancel);

/* Asks a generator that has no value ready; -EAGAIN: waiter waits. */
static int ask(struct async_loop *loop, struct async__generator *generator, void *to,
	       struct async_task *waiter)
{
	generator->to = to;
	if (generator->parked)
		unpark(loop, generator, waiter);
	if (!generator->to)
		return 1;
	if (!generator->task) {
		generator->to = NULL;
		return generator->result;
	}
	generator->waiter = waiter;
	return -EAGAIN;
}

/* What can be told without asking; else -EAGAIN. */
static int next_now(const struct async_loop *loop, struct async__generator *generator, void *to)
{
	if (!generator->task)
		return generator->result;
	if (generator->to || generator->task == loop->current)
		return -EBUSY;
	if (!generator->value)
		return -EAGAIN;
	memcpy(to, generator->value, generator->size);
	generator->value = NULL;
	return 1;
}

ASYNC__EXPORT struct async_result_int
async__generator_next_start(struct async__generator *generator, void *to)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current;
	int value;

	if (generator->task && async__is_cancelled(self))
		return async__done_int(loop, -ECANCELED);
	value = next_now(loop, generator, to);
	if (value != -EAGAIN)
		return async__done_int(loop, value);
	value = ask(loop, generator, to, self);
	if (value != -EAGAIN)
		return (struct async_result_int){NULL, value};
	self->u.object = generator;
	return (struct async_result_int){async__suspend(self, &next_op), 0};
}

/* For async_select: an attempt begins to wait. */

static int next_case_try(struct async_case *self)
{
	struct async_loop *loop = async__loop;
	int value = next_now(loop, self->object, self->value);

	if (value != -EAGAIN)
		return value;
	return ask(loop, self->object, self->value, &self->u.proxy.task);
}

static void next_case_leave(struct async_case *self)
{
	next_leave(self->object);
}

ASYNC__EXPORT const struct async__case_kind async__on_next = {next_case_try, NULL, next_case_leave,
							      NULL};

/* The end of the generator, which is cancelled, is waited for in any case. */
static const struct async__op close_op = ASYNC__OP(close_op, "async_generator_close", NULL, NULL);

ASYNC__EXPORT struct async_result_int
async__generator_close_start(struct async__generator *generator)
{
	struct async_loop *loop = async__loop;
	struct async_task *self = loop->current, *waiter = generator->waiter;

	if (!generator->task)
		return async__done_int(loop, close_result(generator));
	if (generator->task == self)
		async__fatal("async_generator_close: a generator closes itself");
	next_leave(generator);
	if (waiter)
		async__end_int(loop, waiter, -ECANCELED);
	generator->closing = true;
	async__cancel(generator->task);
	generator->waiter = self;
	self->u.object = generator;
	return (struct async_result_int){async__suspend(self, &close_op), 0};
}
