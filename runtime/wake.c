/* Wake-ups from other threads.
 *
 * The state of a flag is one word: NULL, POSTED, or the loop whose task waits for it. A
 * post exchanges it for POSTED; the one that finds a loop there owns the flag for a moment
 * and pushes it on the loop's list, a stack that any thread pushes and only the loop
 * empties. A loop that sleeps, or is about to, is woken by its eventfd.
 */
#include "internal.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define POSTED ((void *)1)

int async__wake_open(struct async_loop *loop)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = UINT64_MAX};
	int fd, error;

	if (loop->wake_fd >= 0)
		return 0;
	fd = ASYNC__CALL(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (fd < 0)
		return -errno;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) {
		error = -errno;
		close(fd);
		return error;
	}
	loop->wake_fd = fd;
	return 0;
}

void async__wake_renew(struct async_loop *loop)
{
	if (loop->wake_fd < 0)
		return;
	close(loop->wake_fd);
	loop->wake_fd = -1;
	if (async__wake_open(loop))
		async__fatal("a forked process has no descriptors left for its loop");
}

static void push(struct async_loop *loop, struct async_notify *notify)
{
	struct async_notify *first = atomic_load_explicit(&loop->posted, memory_order_relaxed);

	do
		notify->next = first;
	while (!atomic_compare_exchange_weak(&loop->posted, &first, notify));
}

/* The eventfd is never read and cannot overflow: edges are all that is needed of it. */
static void rouse(struct async_loop *loop)
{
	static const uint64_t one = 1;

	if (atomic_exchange(&loop->sleeping, false))
		while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
			;
}

ASYNC__EXPORT void async_notify_post(struct async_notify *notify)
{
	struct async_loop *loop;
	int error = errno;

	async__tell_release(notify);
	loop = __atomic_exchange_n(&notify->state, POSTED, __ATOMIC_ACQ_REL);
	if (!loop || loop == POSTED)
		return;
	/* The task cannot end before the push, nor its loop before the decrement. */
	atomic_fetch_add_explicit(&loop->posters, 1, memory_order_relaxed);
	push(loop, notify);
	rouse(loop);
	atomic_fetch_sub_explicit(&loop->posters, 1, memory_order_release);
	errno = error;
}

void async__message_send(struct async_loop *loop, struct async__message *message)
{
	struct async__message *first = atomic_load_explicit(&loop->messages, memory_order_relaxed);

	async__tell_release(message);
	atomic_fetch_add_explicit(&loop->posters, 1, memory_order_relaxed);
	do
		message->next = first;
	while (!atomic_compare_exchange_weak(&loop->messages, &first, message));
	rouse(loop);
	atomic_fetch_sub_explicit(&loop->posters, 1, memory_order_release);
}

/* Oldest first. */
static struct async__message *take_messages(struct async_loop *loop)
{
	struct async__message *list = atomic_exchange(&loop->messages, NULL), *next;
	struct async__message *first = NULL;

	for (; list; list = next) {
		next = list->next;
		list->next = first;
		first = list;
	}
	return first;
}

void async__messages_run(struct async_loop *loop)
{
	struct async__message *message, *next;

	for (message = take_messages(loop); message; message = next) {
		next = message->next;
		async__tell_acquire(message);
		message->run(loop, message);
	}
}

static void drop_messages(struct async_loop *loop)
{
	struct async__message *message, *next;

	for (message = take_messages(loop); message; message = next) {
		next = message->next;
		async__tell_acquire(message);
		message->drop(message);
	}
}

void async__wake_close(struct async_loop *loop)
{
	/* A post may still be on its way from the list to the eventfd; in a forked process
	 * it would stay there for ever. */
	while (atomic_load_explicit(&loop->posters, memory_order_acquire) &&
	       loop->process == getpid())
		sched_yield();
	drop_messages(loop);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
}

/* Moves what was posted to the end of what has arrived: oldest first. */
static void collect(struct async_loop *loop)
{
	struct async_notify *list = atomic_exchange(&loop->posted, NULL), *next;
	struct async_notify *first = NULL, **last = &loop->arrived;

	for (; list; list = next) {
		next = list->next;
		list->next = first;
		first = list;
	}
	while (*last)
		last = &(*last)->next;
	*last = first;
}

void async__wake_run(struct async_loop *loop)
{
	struct async_notify *notify;

	if (unlikely(atomic_load_explicit(&loop->messages, memory_order_relaxed) != NULL))
		async__messages_run(loop);
	if (unlikely(atomic_load_explicit(&loop->posted, memory_order_relaxed) != NULL))
		collect(loop);
	while ((notify = loop->arrived)) {
		struct async_task *task = notify->task;

		loop->arrived = notify->next;
		loop->wakeups++;
		async__tell_acquire(notify);
		(void)__atomic_exchange_n(&notify->state, NULL, __ATOMIC_ACQ_REL);
		loop->notify_waiting--;
		async__end_int(loop, task, 0);
	}
}

static bool unlink_arrived(struct async_loop *loop, const struct async_notify *notify)
{
	struct async_notify **link = &loop->arrived;

	while (*link && *link != notify)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = notify->next;
	return true;
}

bool async__notify_leave(struct async_loop *loop, struct async_notify *notify)
{
	void *expected = loop;

	if (!__atomic_compare_exchange_n(&notify->state, &expected, NULL, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return false;
	loop->notify_waiting--;
	return true;
}

/* Between taking the flag and pushing it on the list a poster has only a few instructions to
 * go. */
void async__notify_withdraw(struct async_loop *loop, struct async_notify *notify)
{
	if (async__notify_leave(loop, notify))
		return;
	while (!unlink_arrived(loop, notify)) {
		if (atomic_load_explicit(&loop->posted, memory_order_relaxed))
			collect(loop);
		else
			sched_yield();
	}
	loop->notify_waiting--;
}

/* When a post is on its way already, the wait ends with it. */
static void notify_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = async__op_task(op);

	if (async__notify_leave(loop, task->u.object))
		async__complete_int(loop, task, -ECANCELED);
}

static const struct async__op notify_op =
	ASYNC__OP(notify_op, "async_notify_wait", NULL, notify_cancel);

static int take(struct async_notify *notify)
{
	void *expected = POSTED;

	if (__atomic_compare_exchange_n(&notify->state, &expected, NULL, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		async__tell_acquire(notify);
		return 0;
	}
	return expected ? -EBUSY : -EAGAIN;
}

int async__notify_start(struct async_loop *loop, struct async_notify *notify,
			const struct async__op *op)
{
	void *expected = NULL;
	int value = async__wake_open(loop);

	if (value)
		return value;
	value = take(notify);
	if (value != -EAGAIN)
		return value;
	notify->task = loop->current;
	if (!__atomic_compare_exchange_n(&notify->state, &expected, loop, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return take(notify);
	loop->current->u.object = notify;
	loop->notify_waiting++;
	async__suspend(loop->current, op);
	return -EAGAIN;
}

int async__notify_start_case(struct async_notify *notify, struct async_case *self)
{
	struct async_loop *loop = async__loop;
	struct async_task *current = loop->current;
	int value;

	loop->current = &self->u.proxy.task;
	value = async__notify_start(loop, notify, &notify_op);
	loop->current = current;
	return value;
}

static int case_try(struct async_case *self)
{
	return async__notify_start_case(self->object, self);
}

static void case_leave(struct async_case *self)
{
	async__notify_withdraw(async__loop, self->object);
}

ASYNC__EXPORT const struct async__case_kind async__on_notify = {case_try, NULL, case_leave, NULL};

ASYNC__EXPORT struct async_result_int async__notify_wait(struct async_notify *notify)
{
	struct async_loop *loop = async__loop;
	int value;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	value = async__notify_start(loop, notify, &notify_op);
	if (value == -EAGAIN)
		return (struct async_result_int){&loop->current->op, 0};
	return async__done_int(loop, value);
}
