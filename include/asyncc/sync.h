/* Synchronisation of the tasks of one thread: mutex, read-write lock, semaphore,
 * condition, event, barrier, once.
 *
 * Tasks of one thread run one at a time, so these are needed only where something must
 * hold across an await. For tasks of several threads see cross.h.
 *
 * All are initialised with their ASYNC_…_INIT, or with zeroes where that is the same;
 * they need no destruction, must not move or end while a task waits, and their members
 * are private. Waiting allocates nothing. Tasks are served strictly in the order in which
 * they came: what is released goes to the first who waits, and a task that comes later
 * does not overtake those waiting.
 *
 * Every wait can be cancelled and then gives -ECANCELED; nothing is held or taken then.
 * What had been granted before the cancellation is held, and the result says so. Call
 * these functions on the thread of the tasks. Those that are not async never wait and may
 * be called by plain code.
 */
#ifndef ASYNCC_SYNC_H
#define ASYNCC_SYNC_H

#include <asyncc.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A lock that one task holds at a time. */
struct async_mutex {
	struct async__wait waiters;
	struct async_task *owner;
};
#define ASYNC_MUTEX_INIT {{0, 0, 0}, 0}

/* Locks. Gives 0, -ECANCELED, or -EDEADLK when the calling task holds it already. */
_Async int async_mutex_lock(struct async_mutex *mutex);
/* Locks if no task holds it. Gives 0 or -EBUSY. Call it in a task. */
int async_mutex_try_lock(struct async_mutex *mutex);
/* Unlocks; the first task that waits holds the lock then. Gives 0, or -EPERM when the
 * calling task does not hold it. */
int async_mutex_unlock(struct async_mutex *mutex);

/* A lock that many tasks hold for reading or one for writing. Readers do not overtake a
 * writer that waits. */
struct async_rwlock {
	struct async__wait waiters;
	int readers; /* -1: a writer */
};
#define ASYNC_RWLOCK_INIT {{0, 0, 0}, 0}

/* Lock for reading, for writing. Give 0 or -ECANCELED. A task that holds the lock and
 * locks it again waits for itself, unless both are for reading and no writer waits. */
_Async int async_rwlock_read(struct async_rwlock *lock);
_Async int async_rwlock_write(struct async_rwlock *lock);
/* The same without waiting. Give 0 or -EBUSY. */
int async_rwlock_try_read(struct async_rwlock *lock);
int async_rwlock_try_write(struct async_rwlock *lock);
/* Gives up one lock, whichever it was. Gives 0, or -EPERM when nobody holds any. */
int async_rwlock_unlock(struct async_rwlock *lock);

/* A number of permits. */
struct async_semaphore {
	struct async__wait waiters;
	unsigned permits;
};
#define ASYNC_SEMAPHORE_INIT(permits) {{0, 0, 0}, (permits)}

/* Takes count permits, all at once. Gives 0 or -ECANCELED. A task that waits for many
 * permits is not overtaken by those that want few. */
_Async int async_semaphore_acquire(struct async_semaphore *semaphore, unsigned count);
/* The same without waiting. Gives 0 or -EBUSY. */
int async_semaphore_try_acquire(struct async_semaphore *semaphore, unsigned count);
/* Adds count permits. Gives 0, or -EOVERFLOW when there would be more than UINT_MAX. */
int async_semaphore_release(struct async_semaphore *semaphore, unsigned count);

/* A condition: tasks wait until another says that something has changed. */
struct async_cond {
	struct async__wait waiters;
};
#define ASYNC_COND_INIT {{0, 0, 0}}

/* Unlocks mutex, waits for a signal and locks mutex again, as pthread_cond_wait(3) does.
 * Gives 0 when signalled, -ECANCELED, or -EPERM when the calling task does not hold mutex;
 * mutex is locked again in each case, for which it waits even when cancelled. There are no
 * spurious wake-ups, but another task may have had the lock first: check the condition
 * again, in a loop. */
_Async int async_cond_wait(struct async_cond *cond, struct async_mutex *mutex);
/* Wakes the first task that waits, or all of them. Without one, nothing happens. A signal
 * is never lost on a task that is cancelled. */
void async_cond_signal(struct async_cond *cond);
void async_cond_broadcast(struct async_cond *cond);

/* A flag that tasks wait for; it stays set until it is cleared. */
struct async_event {
	struct async__wait waiters;
	bool set;
};
#define ASYNC_EVENT_INIT {{0, 0, 0}, 0}

/* Waits until the event is set. Gives 0 or -ECANCELED. A task that was woken has seen the
 * event set, whether it is cleared again or not before the task runs. */
_Async int async_event_wait(struct async_event *event);
/* Sets the event and wakes all who wait. */
void async_event_set(struct async_event *event);
void async_event_clear(struct async_event *event);
bool async_event_is_set(const struct async_event *event);

/* Tasks wait for each other until as many as are party to it have come. */
struct async_barrier {
	struct async__wait waiters;
	unsigned parties, count;
	bool broken;
};
#define ASYNC_BARRIER_INIT(parties) {{0, 0, 0}, (parties), 0, 0}

/* Waits until all parties have come; the barrier is then ready for the next time. Gives 1
 * to the one that came last, 0 to the others, -ECANCELED (the task does not count as
 * having come), or -EPIPE when the barrier is broken. */
_Async int async_barrier_wait(struct async_barrier *barrier);
/* Breaks the barrier: all who wait and all who come get -EPIPE, until it is reset. */
void async_barrier_break(struct async_barrier *barrier);
/* Makes a broken barrier usable again. */
void async_barrier_reset(struct async_barrier *barrier);

/* Something that is done once, by the first task that needs it. */
struct async_once {
	struct async__wait waiters;
	int state;
};
#define ASYNC_ONCE_INIT {{0, 0, 0}, 0}
enum { ASYNC__ONCE_DONE = 2 };

/* Calls init(arg) unless a call has succeeded before, that is, has given 0 or more; while
 * another task is calling it, waits for the end of that. Gives 0 when it is done, the
 * negative value of init when that failed in this very task (the next task tries again),
 * -ECANCELED, or -ENOMEM. init must not use the same once. What is done already costs two
 * comparisons, and does not let other tasks run. */
#ifdef __ASYNCC__
_Async int async__once_call_slow(struct async_once *once, _Async int (*init)(void *arg), void *arg);
_Async static inline int async_once_call(struct async_once *once, _Async int (*init)(void *arg),
					 void *arg)
{
	if (__builtin_expect(once->state == ASYNC__ONCE_DONE && async__fuel > 0, 1))
		return 0;
	return _Await async__once_call_slow(once, init, arg);
}
#else
_Async int async_once_call(struct async_once *once, _Async int (*init)(void *arg), void *arg);
#endif

/* Cases for async_select (select.h), with the results of the functions: to lock, to take count
 * permits, to find the event set, to be of a barrier's party for as long as the case waits. There
 * is none for a condition, as its lock would have to be waited for again whatever is done. */
#define async_on_lock(mutex)                                                                       \
	{.kind = &async__on_lock, .object = 1 ? (mutex) : (struct async_mutex *)0}
#define async_on_read_lock(lock)                                                                   \
	{.kind = &async__on_read_lock, .object = 1 ? (lock) : (struct async_rwlock *)0}
#define async_on_write_lock(lock)                                                                  \
	{.kind = &async__on_write_lock, .object = 1 ? (lock) : (struct async_rwlock *)0}
#define async_on_acquire(semaphore, count)                                                         \
	{.kind = &async__on_acquire,                                                               \
	 .object = 1 ? (semaphore) : (struct async_semaphore *)0,                                  \
	 .number = (count)}
#define async_on_event(event)                                                                      \
	{.kind = &async__on_event, .object = 1 ? (event) : (struct async_event *)0}
#define async_on_barrier(barrier)                                                                  \
	{.kind = &async__on_barrier, .object = 1 ? (barrier) : (struct async_barrier *)0}

extern const struct async__case_kind async__on_lock, async__on_read_lock, async__on_write_lock;
extern const struct async__case_kind async__on_acquire, async__on_event, async__on_barrier;

/* What a block holds. error is what taking it gave: when that is not 0, nothing is held.
 * The other members are private. */
struct async_guard {
	int error;
	struct async_mutex *mutex;
	struct async_rwlock *lock;
	struct async_semaphore *semaphore;
	unsigned count;
};

/* Take a lock, or permits of a semaphore, as the functions above do, and declare a guard of
 * this name, which gives it back wherever the block around is left. To be used in a block,
 * in an async function.
 *
 *     ASYNC_LOCK(guard, &mutex);
 *     if (guard.error)
 *             return guard.error;
 */
#define ASYNC_LOCK(guard, which)                                                                   \
	ASYNC__GUARD(guard, async_mutex_lock(guard.mutex), .mutex = (which))
#define ASYNC_READ_LOCK(guard, which)                                                              \
	ASYNC__GUARD(guard, async_rwlock_read(guard.lock), .lock = (which))
#define ASYNC_WRITE_LOCK(guard, which)                                                             \
	ASYNC__GUARD(guard, async_rwlock_write(guard.lock), .lock = (which))
#define ASYNC_ACQUIRE(guard, which, permits)                                                       \
	ASYNC__GUARD(guard, async_semaphore_acquire(guard.semaphore, guard.count),                 \
		     .semaphore = (which), .count = (permits))
#define ASYNC__GUARD(guard, take, ...)                                                             \
	__attribute__((cleanup(async_guard_release))) struct async_guard guard = {__VA_ARGS__};    \
	guard.error = _Await take

/* Gives back what the guard holds before the end of its block; a second time does nothing.
 * For the task that holds it. */
static inline void async_guard_release(struct async_guard *guard)
{
	if (guard->error)
		return;
	if (guard->mutex)
		async_mutex_unlock(guard->mutex);
	if (guard->lock)
		async_rwlock_unlock(guard->lock);
	if (guard->semaphore)
		async_semaphore_release(guard->semaphore, guard->count);
	guard->mutex = 0;
	guard->lock = 0;
	guard->semaphore = 0;
}

#ifdef __cplusplus
}
#endif

#endif
