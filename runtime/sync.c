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
struct async_result_int async__once_call(struct async_once *once,
					 struct async_result_int (*init)(void *), void *arg)
	ASYNC__NAME(async__once_call_slow);

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

/* Leaves the queue. Gives the queue when it was the first there, so that others may have their
 * turn now, else NULL. */
static struct async__wait *leave_first(struct async__wait *wait)
{
	struct async__wait *before = wait->prev;

	async__wait_remove(wait);
	return before->what ? NULL : before;
}

static void case_queue(struct async_case *self, struct async__wait *queue, void *what)
{
	self->u.proxy.task.u.wait.what = what;
	async__wait_add(queue, &self->u.proxy.task.u.wait);
}

/* mutex: a task that waits to lock again after a condition has the result of that wait
 * for its business. */

#define RELOCK ((void *)2)
#define RELOCK_CANCELLED ((void *)3)

static const struct async__op mutex_op =
	ASYNC__OP(mutex_op, "async_mutex_lock", NULL, leave_cancel);

static inline int mutex_try(struct async_mutex *mutex, struct async_task *task)
{
	if (mutex->owner)
		return mutex->owner == task ? -EDEADLK : -EAGAIN;
	mutex->owner = task;
	return 0;
}

ASYNC__EXPORT struct async_result_int async__mutex_lock(struct async_mutex *mutex)
{
	struct async_loop *loop = async__loop;
	int value =
		async__is_cancelled(loop->current) ? -ECANCELED : mutex_try(mutex, loop->current);

	if (value == -EAGAIN)
		return wait_in(loop, &mutex->waiters, PLAIN, &mutex_op);
	return async__done_int(loop, value);
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

	mutex->owner = NULL;
	if (!first)
		return;
	mutex->owner = async__waiting_task(async__wait_task(first));
	async__wait_end(async__loop, first, first->what == RELOCK_CANCELLED ? -ECANCELED : 0);
}

ASYNC__EXPORT int async_mutex_unlock(struct async_mutex *mutex)
{
	struct async_loop *loop = async__loop;

	if (!loop || !mutex->owner || mutex->owner != loop->current)
		return -EPERM;
	mutex_pass(mutex);
	return 0;
}

static int mutex_case_try(struct async_case *self)
{
	return mutex_try(self->object, async__loop->current);
}

static void mutex_case_wait(struct async_case *self)
{
	case_queue(self, &((struct async_mutex *)self->object)->waiters, PLAIN);
}

ASYNC__EXPORT const struct async__case_kind async__on_lock = {mutex_case_try, mutex_case_wait,
							      async__case_unqueue, NULL};

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

static void rwlock_leave(struct async_task *task)
{
	struct async__wait *queue = leave_first(&task->u.wait);

	if (queue)
		rwlock_pass(async__container(queue, struct async_rwlock, waiters));
}

static void rwlock_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	rwlock_leave(task);
	async__complete_int(async__loop, task, -ECANCELED);
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

static int rwlock_case_try(struct async_case *self, const void *what)
{
	return rwlock_try(self->object, what) ? -EAGAIN : 0;
}

static int read_case_try(struct async_case *self)
{
	return rwlock_case_try(self, READER);
}

static int write_case_try(struct async_case *self)
{
	return rwlock_case_try(self, WRITER);
}

static void read_case_wait(struct async_case *self)
{
	case_queue(self, &((struct async_rwlock *)self->object)->waiters, READER);
}

static void write_case_wait(struct async_case *self)
{
	case_queue(self, &((struct async_rwlock *)self->object)->waiters, WRITER);
}

static void rwlock_case_leave(struct async_case *self)
{
	rwlock_leave(&self->u.proxy.task);
}

ASYNC__EXPORT const struct async__case_kind async__on_read_lock = {read_case_try, read_case_wait,
								   rwlock_case_leave, NULL};
ASYNC__EXPORT const struct async__case_kind async__on_write_lock = {write_case_try, write_case_wait,
								    rwlock_case_leave, NULL};

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

static void semaphore_leave(struct async_task *task)
{
	struct async__wait *queue = leave_first(&task->u.wait);

	if (queue)
		semaphore_pass(async__container(queue, struct async_semaphore, waiters));
}

static void semaphore_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	semaphore_leave(task);
	async__complete_int(async__loop, task, -ECANCELED);
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

static int semaphore_case_try(struct async_case *self)
{
	return async_semaphore_try_acquire(self->object, (unsigned)self->number) ? -EAGAIN : 0;
}

static void semaphore_case_wait(struct async_case *self)
{
	case_queue(self, &((struct async_semaphore *)self->object)->waiters,
		   (void *)((uintptr_t)self->number + 1));
}

static void semaphore_case_leave(struct async_case *self)
{
	semaphore_leave(&self->u.proxy.task);
}

ASYNC__EXPORT const struct async__case_kind async__on_acquire = {
	semaphore_case_try, semaphore_case_wait, semaphore_case_leave, NULL};

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
	case_queue(self, &((struct async_event *)self->object)->waiters, PLAIN);
}

ASYNC__EXPORT const struct async__case_kind async__on_event = {event_try, event_wait,
							       async__case_unqueue, NULL};

/* barrier: its count is that of those who wait */

static void barrier_cancel(struct async_frame *op)
{
	struct async_barrier *barrier = async__op_task(op)->u.wait.what;

	barrier->count--;
	leave_cancel(op);
}

static const struct async__op barrier_op =
	ASYNC__OP(barrier_op, "async_barrier_wait", NULL, barrier_cancel);

static void barrier_end(struct async_barrier *barrier, int value)
{
	struct async__wait *first;

	while ((first = async__wait_first(&barrier->waiters))) {
		barrier->count--;
		async__wait_end(async__loop, first, value);
	}
}

static int barrier_try(struct async_barrier *barrier)
{
	if (barrier->broken)
		return -EPIPE;
	if (barrier->count + 1 < barrier->parties)
		return -EAGAIN;
	barrier_end(barrier, 0);
	return 1;
}

ASYNC__EXPORT struct async_result_int async__barrier_wait(struct async_barrier *barrier)
{
	struct async_loop *loop = async__loop;
	int value = async__is_cancelled(loop->current) ? -ECANCELED : barrier_try(barrier);

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	barrier->count++;
	return wait_in(loop, &barrier->waiters, barrier, &barrier_op);
}

ASYNC__EXPORT void async_barrier_break(struct async_barrier *barrier)
{
	barrier->broken = true;
	barrier_end(barrier, -EPIPE);
}

static int barrier_case_try(struct async_case *self)
{
	return barrier_try(self->object);
}

static void barrier_case_wait(struct async_case *self)
{
	struct async_barrier *barrier = self->object;

	barrier->count++;
	case_queue(self, &barrier->waiters, barrier);
}

static void barrier_case_leave(struct async_case *self)
{
	((struct async_barrier *)self->object)->count--;
	async__case_unqueue(self);
}

ASYNC__EXPORT const struct async__case_kind async__on_barrier = {
	barrier_case_try, barrier_case_wait, barrier_case_leave, NULL};

ASYNC__EXPORT void async_barrier_reset(struct async_barrier *barrier)
{
	barrier->broken = false;
}

/* once */

enum { UNDONE, DOING, DONE = ASYNC__ONCE_DONE };

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
		self->value = result.value;
		if (result.pending) {
			result.pending->caller = &self->frame;
			return result;
		}
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

/* Beyond the fast path: the fuel is used up. */
static struct async_result_int once_done(struct async_loop *loop)
{
	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (async__spent(loop))
		return async__later_int(loop, 0);
	return (struct async_result_int){NULL, 0};
}

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
		return once_done(async__loop);
	self = (struct once *)(void *)async__frame_try(sizeof *self);
	if (!self)
		return async__done_int(async__loop, -ENOMEM);
	*self = (struct once){
		.frame.point = &once_op.point, .once = once, .init = init, .arg = arg};
	return once_start(self);
}
