/* Waiting for one of several things.
 *
 * Every case is tried in order; when none is possible, each waits with a proxy of its own
 * in the place of the task. The first that ends takes the others back in the same moment,
 * so exactly one is done.
 */
#include "internal.h"

struct async__select {
	struct async_frame frame;
	int value;
	struct async_task *waiter;
	struct async_case *cases;
	size_t count;
	int *result;
};

void async__case_unqueue(struct async_case *self)
{
	async__wait_remove(&self->u.proxy.task.u.wait);
}

static void leave_all(struct async__select *select, const struct async_case *except)
{
	for (size_t i = 0; i < select->count; i++)
		if (&select->cases[i] != except)
			select->cases[i].kind->leave(&select->cases[i]);
}

static void won(struct async_case *self, int value)
{
	struct async__select *select = self->select;

	leave_all(select, self);
	if (select->result)
		*select->result = value;
	async__complete_int(async__loop, select->waiter, (int)(self - select->cases));
}

static void proxy_end(struct async_loop *loop, struct async__proxy *proxy, int value)
{
	struct async_case *self = async__container(proxy, struct async_case, u.proxy);

	(void)loop;
	if (self->kind->finish)
		value = self->kind->finish(self, value);
	if (value != -EAGAIN)
		won(self, value);
}

struct async_task *async__case_waiter(struct async_task *proxy)
{
	return async__container(proxy, struct async_case, u.proxy.task)->select->waiter;
}

static void select_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	leave_all(task->u.object, NULL);
	async__complete_int(async__loop, task, -ECANCELED);
}

static const struct async__op select_op = ASYNC__OP(select_op, "async_select", NULL, select_cancel);

static struct async_frame *select_resume(struct async_frame *frame)
{
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = ((struct async__select *)(void *)frame)->value;
	async__frame_free(frame, sizeof(struct async__select));
	return caller;
}

static const struct async__op select_function = ASYNC__FUNCTION(
	select_function, "async_select", struct async__select, value, select_resume);

/* Ends the waits that attempts have begun. */
static void give_up(struct async_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!cases[i].kind->wait)
			cases[i].kind->leave(&cases[i]);
}

/* The number of the first case that can be done, which is done then; or -EAGAIN. */
static int try_all(int *result, struct async_case *cases, size_t count)
{
	int value;

	for (size_t i = 0; i < count; i++) {
		value = cases[i].kind->attempt(&cases[i]);
		if (value == -EAGAIN)
			continue;
		give_up(cases, i);
		if (result)
			*result = value;
		return (int)i;
	}
	return -EAGAIN;
}

static void wait_all(struct async__select *select)
{
	for (size_t i = 0; i < select->count; i++) {
		struct async_case *self = &select->cases[i];

		self->select = select;
		self->u.proxy.task.flags = ASYNC__CASE;
		self->u.proxy.end = proxy_end;
		if (self->kind->wait)
			self->kind->wait(self);
	}
}

ASYNC__EXPORT struct async_result_int async__select_start(int *result, struct async_case *cases,
							  size_t count)
{
	struct async_loop *loop = async__loop;
	struct async_task *waiter = loop->current;
	struct async__select *select;
	int value = -ECANCELED;

	if (!async__is_cancelled(waiter))
		value = try_all(result, cases, count);
	if (value != -EAGAIN)
		return async__done_int(loop, value);
	select = (struct async__select *)(void *)async__frame_try(sizeof *select);
	if (!select) {
		give_up(cases, count);
		return async__done_int(loop, -ENOMEM);
	}
	*select = (struct async__select){
		.frame.point = &select_function.point,
		.waiter = waiter,
		.cases = cases,
		.count = count,
		.result = result,
	};
	wait_all(select);
	waiter->u.object = select;
	async__suspend(waiter, &select_op)->caller = &select->frame;
	return (struct async_result_int){&select->frame, 0};
}

/* The end of a task */

static int end_try(struct async_case *self)
{
	return async__done(self->object) ? 0 : -EAGAIN;
}

static void end_wait(struct async_case *self)
{
	struct async_task *task = self->object;

	if (!async__joinable(task))
		async__fatal("async_select: a task is joined or detached already");
	task->frame.caller = &self->u.proxy.task.op;
}

static void end_leave(struct async_case *self)
{
	((struct async_task *)self->object)->frame.caller = NULL;
}

ASYNC__EXPORT const struct async__case_kind async__on_end = {end_try, end_wait, end_leave, NULL};

/* A time limit */

static void rings(struct async__alarm *alarm)
{
	won(async__container(alarm, struct async_case, u.alarm), 0);
}

static int timeout_try(struct async_case *self)
{
	return self->number <= 0 ? 0 : -EAGAIN;
}

static void timeout_wait(struct async_case *self)
{
	self->u.alarm.ring = rings;
	async__alarm_set(async__loop, &self->u.alarm, self->number);
}

static void timeout_leave(struct async_case *self)
{
	async__timer_remove(&async__loop->wheel, &self->u.alarm.timer);
}

ASYNC__EXPORT const struct async__case_kind async__on_timeout = {timeout_try, timeout_wait,
								 timeout_leave, NULL};
