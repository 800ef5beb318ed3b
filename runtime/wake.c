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

static int wake_open(struct async_loop *loop)
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

void async__wake_close(struct async_loop *loop)
{
	/* A post may still be on its way from the list to the eventfd; in a forked process
	 * it would stay there for ever. */
	while (atomic_load_explicit(&loop->posters, memory_order_acquire) &&
	       loop->process == getpid())
		sched_yield();
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
}

static void push(struct async_loop *loop, struct async_notify *notify)
{
	struct async_notify *first = atomic_load_explicit(&loop->posted, memory_order_relaxed);

	do
		notify->next = first;
	while (!atomic_compare_exchange_weak(&loop->posted, &first, notify));
}

ASYNC__EXPORT void async_notify_post(struct async_notify *notify)
{
	static const uint64_t one = 1;
	struct async_loop *loop = __atomic_exchange_n(&notify->state, POSTED, __ATOMIC_ACQ_REL);
	int error = errno;

	if (!loop || loop == POSTED)
		return;
	/* The task cannot end before the push, nor its loop before the decrement. The
	 * eventfd is never read and cannot overflow: edges are all that is needed of it. */
	atomic_fetch_add_explicit(&loop->posters, 1, memory_order_relaxed);
	push(loop, notify);
	if (atomic_exchange(&loop->sleeping, false))
		while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
			;
	atomic_fetch_sub_explicit(&loop->posters, 1, memory_order_release);
	errno = error;
}

static struct async_notify *reverse(struct async_notify *list)
{
	struct async_notify *reversed = NULL, *next;

	for (; list; list = next) {
		next = list->next;
		list->next = reversed;
		reversed = list;
	}
	return reversed;
}

void async__wake_run(struct async_loop *loop)
{
	struct async_notify *notify, *next;

	if (likely(!atomic_load_explicit(&loop->posted, memory_order_relaxed)))
		return;
	for (notify = reverse(atomic_exchange(&loop->posted, NULL)); notify; notify = next) {
		struct async_task *task = notify->task;

		next = notify->next;
		(void)__atomic_exchange_n(&notify->state, NULL, __ATOMIC_ACQ_REL);
		loop->notify_waiting--;
		async__complete_int(loop, task, 0);
	}
}

/* When a post is on its way already, the wait ends with it. */
static void notify_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = async__op_task(op);
	struct async_notify *notify = task->u.object;
	void *expected = loop;

	if (!__atomic_compare_exchange_n(&notify->state, &expected, NULL, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return;
	loop->notify_waiting--;
	async__complete_int(loop, task, -ECANCELED);
}

static const struct async__op notify_op =
	ASYNC__OP(notify_op, "async_notify_wait", NULL, notify_cancel);

static int take(struct async_notify *notify)
{
	void *expected = POSTED;

	if (__atomic_compare_exchange_n(&notify->state, &expected, NULL, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return 0;
	return expected ? -EBUSY : -EAGAIN;
}

static int wait_start(struct async_loop *loop, struct async_notify *notify)
{
	void *expected = NULL;
	int value = wake_open(loop);

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
	return -EAGAIN;
}

ASYNC__EXPORT struct async_result_int async__notify_wait(struct async_notify *notify)
{
	struct async_loop *loop = async__loop;
	int value;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	value = wait_start(loop, notify);
	if (value == -EAGAIN)
		return (struct async_result_int){async__suspend(loop->current, &notify_op), 0};
	return async__done_int(loop, value);
}
