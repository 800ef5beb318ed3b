/* Synchronisation of the tasks of one thread.
 *
 * Every object has a queue of waiting tasks, linked through the tasks themselves, and
 * whoever releases something gives it to the first of them: a task that is woken has what
 * it waited for, so that nothing is left to be lost when it is cancelled before it runs.
 * A cancelled task leaves its queue, and those behind it may then have their turn.
 */
#include "internal.h"

#include <limits.h>

#define RESULT(name, ...)                                                                          \
	struct async_result_int async__##name(__VA_ARGS__) ASYNC__NAME(async_##name)

RESULT(mutex_lock, struct async_mutex *mutex);
RESULT(rwlock_read, struct async_rwlock *lock);
RESULT(rwlock_write, struct async_rwlock *lock);
RESULT(semaphore_acquire, struct async_semaphore *semaphore, unsigned count);
RESULT(cond_wait, struct async_cond *cond, struct async_mutex *mutex);
RESULT(event_wait, struct async_event *event);
RESULT(barrier_wait, struct async_barrier *barrier);
RESULT(once_call, struct async_once *once, struct async_result_int (*init)(void *), void *arg);

/* What a task waits as, for queues where there is only one way. */
#define PLAIN ((void *)1)

static struct async_result_int wait_in(struct async_loop *loop, struct async__wait *queue,
				       void *what, const struct async__op *op)
{
	struct async_task *task = loop->current;

	task->u.wait.what = what;
	async__wait_add(queue, &task->u.wait);
	return (struct async_result_int){async__suspend(task, op), 0};
}

static void leave_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	async__wait_remove(&task->u.wait);
	async__complete_int(async__loop, task, -ECANCELED);
}

/* Leaves the queue. Gives the queue when the task was the first there, so that others may
 * have their turn now, else NULL. */
static struct async__wait *leave_first(struct async_frame *op)
{
	struct async__wait *before = async__op_task(op)->u.wait.prev;

	leave_cancel(op);
	return before->what ? NULL : before;
}

/* mutex: a task that waits to lock again after a condition has the result of that wait
 * for its business. */

#define RELOCK ((void *)2)
#define RELOCK_CANCELLED ((void *)3)

static const struct async__op mutex_op =
	ASYNC__OP(mutex_op, "async_mutex_lock", NULL, leave_cancel);

ASYNC__EXPORT struct async_result_int async__mutex_lock(struct async_mutex *mutex)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (mutex->owner == loop->current)
		return async__done_int(loop, -EDEADLK);
	if (mutex->owner)
		return wait_in(loop, &mutex->waiters, PLAIN, &mutex_op);
	mutex->owner = loop->current;
	return async__done_int(loop, 0);
}

ASYNC__EXPORT int async_mutex_try_lock(struct async_mutex *mutex)
{
	if (mutex->owner)
		return -EBUSY;
	mutex->owner = async__loop->current;
	return 0;
}

/* The mutex is free: it goes to the first who waits. */
static void mutex_pass(struct async_mutex *mutex)
{
	struct async__wait *first = async__wait_first(&mutex->waiters);

	mutex->owner = first ? async__wait_task(first) : NULL;
	if (first)
		async__wait_end(async__loop, first,
				first->what == RELOCK_CANCELLED ? -ECANCELED : 0);
}

ASYNC__EXPORT int async_mutex_unlock(struct async_mutex *mutex)
{
	struct async_loop *loop = async__loop;

	if (!loop || !mutex->owner || mutex->owner != loop->current)
		return -EPERM;
	mutex_pass(mutex);
	return 0;
}

/* rwlock */

#define READER ((void *)1)
#define WRITER ((void *)2)

static bool rwlock_free_for(const struct async_rwlock *lock, const void *what)
{
	return what == READER ? lock->readers >= 0 : lock->readers == 0;
}

static void rwlock_take(struct async_rwlock *lock, const void *what)
{
	lock->readers = what == READER ? lock->readers + 1 : -1;
}

static void rwlock_pass(struct async_rwlock *lock)
{
	struct async__wait *first;

	while ((first = async__wait_first(&lock->waiters)) && rwlock_free_for(lock, first->what)) {
		rwlock_take(lock, first->what);
		async__wait_end(async__loop, first, 0);
	}
}

static void rwlock_cancel(struct async_frame *op)
{
	struct async__wait *queue = leave_first(op);

	if (queue)
		rwlock_pass(async__container(queue, struct async_rwlock, waiters));
}

static const struct async__op read_op =
	ASYNC__OP(read_op, "async_rwlock_read", NULL, rwlock_cancel);
static const struct async__op write_op =
	ASYNC__OP(write_op, "async_rwlock_write", NULL, rwlock_cancel);

static int rwlock_try(struct async_rwlock *lock, const void *what)
{
	if (async__wait_first(&lock->waiters) || !rwlock_free_for(lock, what))
		return -EBUSY;
	rwlock_take(lock, what);
	return 0;
}

static struct async_result_int rwlock_lock(struct async_rwlock *lock, void *what,
					   const struct async__op *op)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (rwlock_try(lock, what))
		return wait_in(loop, &lock->waiters, what, op);
	return async__done_int(loop, 0);
}

ASYNC__EXPORT struct async_result_int async__rwlock_read(struct async_rwlock *lock)
{
	return rwlock_lock(lock, READER, &read_op);
}

ASYNC__EXPORT struct async_result_int async__rwlock_write(struct async_rwlock *lock)
{
	return rwlock_lock(lock, WRITER, &write_op);
}

ASYNC__EXPORT int async_rwlock_try_read(struct async_rwlock *lock)
{
	return rwlock_try(lock, READER);
}

ASYNC__EXPORT int async_rwlock_try_write(struct async_rwlock *lock)
{
	return rwlock_try(lock, WRITER);
}

ASYNC__EXPORT int async_rwlock_unlock(struct async_rwlock *lock)
{
	if (!lock->readers)
		return -EPERM;
	lock->readers = lock->readers > 0 ? lock->readers - 1 : 0;
	rwlock_pass(lock);
	return 0;
}

/* semaphore: a waiter's business is one more than the number of permits that it wants */

static bool semaphore_has(const struct async_semaphore *semaphore, const void *what)
{
	return (uintptr_t)what - 1 <= semaphore->permits;
}

static void semaphore_pass(struct async_semaphore *semaphore)
{
	struct async__wait *first;

	while ((first = async__wait_first(&semaphore->waiters)) &&
	       semaphore_has(semaphore, first->what)) {
		semaphore->permits -= (unsigned)((uintptr_t)first->what - 1);
		async__wait_end(async__loop, first, 0);
	}
}

static void semaphore_cancel(struct async_frame *op)
{
	struct async__wait *queue = leave_first(op);

	if (queue)
		semaphore_pass(async__container(queue, struct async_semaphore, waiters));
}

static const struct async__op semaphore_op =
	ASYNC__OP(semaphore_op, "async_semaphore_acquire", NULL, semaphore_cancel);

ASYNC__EXPORT int async_semaphore_try_acquire(struct async_semaphore *semaphore, unsigned count)
{
	if (async__wait_first(&semaphore->waiters) || count > semaphore->permits)
		return -EBUSY;
	semaphore->permits -= count;
	return 0;
}

ASYNC__EXPORT struct async_result_int async__semaphore_acquire(struct async_semaphore *semaphore,
							       unsigned count)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (async_semaphore_try_acquire(semaphore, count))
		return wait_in(loop, &semaphore->waiters, (void *)((uintptr_t)count + 1),
			       &semaphore_op);
	return async__done_int(loop, 0);
}

ASYNC__EXPORT int async_semaphore_release(struct async_semaphore *semaphore, unsigned count)
{
	if (count > UINT_MAX - semaphore->permits)
		return -EOVERFLOW;
	semaphore->permits += count;
	semaphore_pass(semaphore);
	return 0;
}

/* condition: its waiters' business is the mutex. One that is woken or cancelled moves to
 * the queue of the mutex, where it cannot be cancelled any more. */

static const struct async__op relock_op = ASYNC__OP(relock_op, "async_cond_wait", NULL, NULL);

static void cond_relock(struct async__wait *wait, void *how)
{
	struct async_mutex *mutex = wait->what;

	async__wait_remove(wait);
	wait->what = how;
	async__wait_add(&mutex->waiters, wait);
	async__suspend(async__wait_task(wait), &relock_op);
	if (!mutex->owner)
		mutex_pass(mutex);
}

static void cond_cancel(struct async_frame *op)
{
	cond_relock(&async__op_task(op)->u.wait, RELOCK_CANCELLED);
}

static const struct async__op cond_op = ASYNC__OP(cond_op, "async_cond_wait", NULL, cond_cancel);

ASYNC__EXPORT struct async_result_int async__cond_wait(struct async_cond *cond,
						       struct async_mutex *mutex)
{
	struct async_loop *loop = async__loop;

	if (mutex->owner != loop->current)
		return async__done_int(loop, -EPERM);
	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	mutex_pass(mutex);
	return wait_in(loop, &cond->waiters, mutex, &cond_op);
}

ASYNC__EXPORT void async_cond_signal(struct async_cond *cond)
{
	struct async__wait *first = async__wait_first(&cond->waiters);

	if (first)
		cond_relock(first, RELOCK);
}

ASYNC__EXPORT void async_cond_broadcast(struct async_cond *cond)
{
	struct async__wait *first;

	while ((first = async__wait_first(&cond->waiters)))
		cond_relock(first, RELOCK);
}

/* event */

static void wake_all(struct async__wait *queue, int value)
{
	struct async__wait *first;

	while ((first = async__wait_first(queue)))
		async__wait_end(async__loop, first, value);
}

static const struct async__op event_op =
	ASYNC__OP(event_op, "async_event_wait", NULL, leave_cancel);

ASYNC__EXPORT struct async_result_int async__event_wait(struct async_event *event)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (!event->set)
		return wait_in(loop, &event->waiters, PLAIN, &event_op);
	return async__done_int(loop, 0);
}

ASYNC__EXPORT void async_event_set(struct async_event *event)
{
	event->set = true;
	wake_all(&event->waiters, 0);
}

ASYNC__EXPORT void async_event_clear(struct async_event *event)
{
	event->set = false;
}

ASYNC__EXPORT bool async_event_is_set(const struct async_event *event)
{
	return event->set;
}

static int event_try(struct async_case *self)
{
	return ((struct async_event *)self->object)->set ? 0 : -EAGAIN;
}

static void event_wait(struct async_case *self)
{
	self->u.proxy.task.u.wait.what = PLAIN;
	async__wait_add(&((struct async_event *)self->object)->waiters, &self->u.proxy.task.u.wait);
}

ASYNC__EXPORT const struct async__case_kind async__on_event = {event_try, event_wait,
							       async__case_unqueue};

/* barrier */

static void barrier_cancel(struct async_frame *op)
{
	struct async_barrier *barrier = async__op_task(op)->u.wait.what;

	barrier->count--;
	leave_cancel(op);
}

static const struct async__op barrier_op =
	ASYNC__OP(barrier_op, "async_barrier_wait", NULL, barrier_cancel);

ASYNC__EXPORT struct async_result_int async__barrier_wait(struct async_barrier *barrier)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (barrier->broken)
		return async__done_int(loop, -EPIPE);
	if (++barrier->count < barrier->parties)
		return wait_in(loop, &barrier->waiters, barrier, &barrier_op);
	barrier->count = 0;
	wake_all(&barrier->waiters, 0);
	return async__done_int(loop, 1);
}

ASYNC__EXPORT void async_barrier_break(struct async_barrier *barrier)
{
	barrier->broken = true;
	barrier->count = 0;
	wake_all(&barrier->waiters, -EPIPE);
}

ASYNC__EXPORT void async_barrier_reset(struct async_barrier *barrier)
{
	barrier->broken = false;
}

/* once */

enum { UNDONE, DOING, DONE };

struct once {
	struct async_frame frame;
	int value; /* of the wait, or of init */
	bool calling;
	struct async_once *once;
	struct async_result_int (*init)(void *arg);
	void *arg;
};

static const struct async__op once_wait_op =
	ASYNC__OP(once_wait_op, "(another task's call)", NULL, leave_cancel);

/* Gives 1 when the call is up to this task. */
static struct async_result_int once_begin(struct async_once *once)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (once->state == DOING)
		return wait_in(loop, &once->waiters, PLAIN, &once_wait_op);
	if (once->state == DONE)
		return async__done_int(loop, 0);
	once->state = DOING;
	return (struct async_result_int){NULL, 1};
}

static void once_end(struct async_once *once, bool success)
{
	struct async__wait *first = async__wait_first(&once->waiters);

	if (success) {
		once->state = DONE;
		wake_all(&once->waiters, 0);
	} else if (first) {
		async__wait_end(async__loop, first, 1);
	} else {
		once->state = UNDONE;
	}
}

/* Goes on after something has given self->value. */
static struct async_result_int once_run(struct once *self)
{
	struct async_result_int result;

	if (!self->calling && self->value == 1) {
		self->calling = true;
		result = self->init(self->arg);
		if (result.pending) {
			result.pending->caller = &self->frame;
			return result;
		}
		self->value = result.value;
	}
	if (self->calling) {
		once_end(self->once, self->value >= 0);
		self->value = self->value < 0 ? self->value : 0;
	}
	return (struct async_result_int){NULL, self->value};
}

static struct async_frame *once_resume(struct async_frame *frame)
{
	struct once *self = (struct once *)(void *)frame;
	struct async_frame *caller = frame->caller;
	struct async_result_int result = once_run(self);

	if (result.pending)
		return NULL;
	*(int *)async__slot(caller) = result.value;
	async__frame_free(frame, sizeof *self);
	return caller;
}

static const struct async__op once_op =
	ASYNC__FUNCTION(once_op, "async_once_call", struct once, value, once_resume);

static struct async_result_int once_start(struct once *self)
{
	struct async_result_int result = once_begin(self->once);

	if (result.pending) {
		result.pending->caller = &self->frame;
		return (struct async_result_int){&self->frame, 0};
	}
	self->value = result.value;
	result = once_run(self);
	if (result.pending)
		return (struct async_result_int){&self->frame, 0};
	async__frame_free(&self->frame, sizeof *self);
	return result;
}

ASYNC__EXPORT struct async_result_int
async__once_call(struct async_once *once, struct async_result_int (*init)(void *), void *arg)
{
	struct once *self;

	if (once->state == DONE)
		return once_begin(once);
	self = (struct once *)(void *)async__frame_try(sizeof *self);
	if (!self)
		return async__done_int(async__loop, -ENOMEM);
	*self = (struct once){
		.frame.point = &once_op.point, .once = once, .init = init, .arg = arg};
	return once_start(self);
}
