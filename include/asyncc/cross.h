/* Between threads: calls on other threads, tasks on other loops, and channel, semaphore and
 * event for tasks of several threads.
 *
 * Waiting is cancelled and served in order as in sync.h and chan.h: FIFO, over all threads;
 * what was granted before a cancellation is reported as granted. Functions that are not
 * async may be called on any thread, whether it runs a loop or not, but not in signal
 * handlers (for these, async_notify_post in task.h); they block at most for the moment in
 * which another thread holds the object's lock. Waits give -EMFILE, -ENFILE or -ENOMEM when
 * the loop cannot be made ready for wake-ups (eventfd(2)).
 */
#ifndef ASYNCC_CROSS_H
#define ASYNCC_CROSS_H

#include <asyncc.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls fn(arg), which may block or compute for long, on another thread, and waits for it.
 * fn takes a pointer of arg's type and gives an int; what goes in and out beyond that is in
 * *arg. Gives what fn gave; -ECANCELED when cancelled before the call had begun: once it
 * has begun, it is waited for; or -ENOMEM, or -EAGAIN when no thread can be started. */
#define async_offload(fn, arg)                                                                     \
	async__offload((int (*)(void *))(1 ? (fn) : (int (*)(__typeof__(*(arg)) *))0), (arg))

/* How many threads make calls at most, for the whole process; 4 unless set. Threads are
 * started when needed and stay. Gives 0 or -EINVAL for less than 1 or more than 1024. */
int async_set_offload_threads(int count);

/* The loop of the calling thread, for async_spawn_on, or NULL without memory or when it
 * cannot be made ready for wake-ups. It is good until the thread ends. */
struct async_loop *async_loop_self(void);

/* The handle of a task on another thread, whose function returns T. */
#define async_remote(T) __typeof__(__typeof__(T)(*)(struct async_remote_tag *))

/* Starts CALL, a call of an async function, as a task on loop, the calling thread's own or
 * another's. Arguments are evaluated now; what they point at must be good for use on that
 * thread. The task runs when that thread next runs its loop, and is one of its tasks: it is
 * cancelled when async_run there comes to its end. NULL without memory, or for a loop that is
 * NULL, as async_loop_self may give it. Every handle is joined or detached once, on any thread;
 * that other thread must not have ended before.
 * May be called in and outside tasks, on a thread that has a loop. */
#define async_spawn_on(loop, call)                                                                 \
	((async_remote(__typeof__(call)))async__spawn_on(                                          \
		(loop), (struct async_task *)(uintptr_t)async_spawn(call)))

/* Waits until the task has ended and stores its result at to, unless that is NULL. Gives 0;
 * or -ECANCELED without a result when the task never came to run as its loop had ended;
 * -ENOMEM for a NULL task. When the joining task is cancelled, so is the task, and join goes
 * on waiting; the handle is spent in each case. */
#define async_remote_join(task, to)                                                                \
	async__remote_join((void *)(uintptr_t)(task), (1 ? (to) : async__remote_type(task)))
/* A case for async_select (select.h): the task has ended, or never will run; it is still to be
 * joined. */
#define async_on_remote_end(task)                                                                  \
	{.kind = &async__on_remote_end, .object = (void *)(uintptr_t)(task)}
/* Cancels the task, as soon as its thread gets to it. The handle stays valid. */
#define async_remote_cancel(task) async__remote_cancel((void *)(uintptr_t)(task))
/* Gives up the handle. */
#define async_remote_detach(task) async__remote_detach((void *)(uintptr_t)(task))

/* Runs worker(number, arg) on the loops of count threads, the calling one among them, with
 * numbers from 0; 0 threads means one for each processor that the process may use. A result
 * less than 0 cancels the other workers. Returns when all have ended: 0, or the first
 * negative result; -EBUSY when the thread's loop is running; or -ENOMEM or -EAGAIN when a
 * thread cannot be started. For code that is not async. */
int async_run_workers(unsigned count, _Async int (*worker)(unsigned number, void *arg), void *arg);

/* A channel for any threads: see chan.h. */
#define async_shared_chan(T) __typeof__(__typeof__(T)(*)(struct async_shared_chan_tag *))
#define async_shared_chan_new(T, capacity)                                                         \
	((async_shared_chan(T))async__shared_chan_new(sizeof(T), (capacity)))
#define async_shared_chan_send(chan, value)                                                        \
	async__shared_chan_send(async__shared_chan(chan), (async__shared_chan_type(chan)[1]){value})
#define async_shared_chan_recv(chan, to)                                                           \
	async__shared_chan_recv(async__shared_chan(chan),                                          \
				(1 ? (to) : (async__shared_chan_type(chan) *)0))
#define async_shared_chan_try_send(chan, value)                                                    \
	async__shared_chan_try_send(async__shared_chan(chan),                                      \
				    (async__shared_chan_type(chan)[1]){value})
#define async_shared_chan_try_recv(chan, to)                                                       \
	async__shared_chan_try_recv(async__shared_chan(chan),                                      \
				    (1 ? (to) : (async__shared_chan_type(chan) *)0))
#define async_shared_chan_close(chan) async__shared_chan_close(async__shared_chan(chan))
/* Closes and frees it; no task may be waiting for it any more, and no other thread be using it. */
#define async_shared_chan_free(chan) async__shared_chan_free(async__shared_chan(chan))

/* A semaphore for any threads: see sync.h. */
struct async_shared_semaphore {
	pthread_mutex_t lock;
	struct async__wait waiters;
	unsigned permits;
};
#define ASYNC_SHARED_SEMAPHORE_INIT(permits) {PTHREAD_MUTEX_INITIALIZER, {0, 0, 0}, (permits)}
_Async int async_shared_semaphore_acquire(struct async_shared_semaphore *semaphore, unsigned count);
int async_shared_semaphore_try_acquire(struct async_shared_semaphore *semaphore, unsigned count);
int async_shared_semaphore_release(struct async_shared_semaphore *semaphore, unsigned count);

/* An event for any threads: see sync.h. What was written before it was set is seen after
 * the wait. */
struct async_shared_event {
	pthread_mutex_t lock;
	struct async__wait waiters;
	bool set;
};
#define ASYNC_SHARED_EVENT_INIT {PTHREAD_MUTEX_INITIALIZER, {0, 0, 0}, 0}
_Async int async_shared_event_wait(struct async_shared_event *event);
void async_shared_event_set(struct async_shared_event *event);
void async_shared_event_clear(struct async_shared_event *event);
bool async_shared_event_is_set(struct async_shared_event *event);

/* Cases for async_select (select.h), as those of chan.h and sync.h. What a case waits for is kept
 * for it when its turn has come, until its thread has taken it or done another case. So a value
 * meets a waiting case only in a channel's store, and async_on_shared_send gives -EINVAL for a
 * channel with a capacity of 0. */
#define async_on_shared_recv(chan, to)                                                             \
	{.kind = &async__on_shared_recv,                                                           \
	 .object = async__shared_chan(chan),                                                       \
	 .value = 1 ? (to) : (async__shared_chan_type(chan) *)0}
#define async_on_shared_send(chan, from)                                                           \
	{.kind = &async__on_shared_send,                                                           \
	 .object = async__shared_chan(chan),                                                       \
	 .value = 1 ? (from) : (async__shared_chan_type(chan) *)0}
#define async_on_shared_acquire(semaphore, count)                                                  \
	{.kind = &async__on_shared_acquire,                                                        \
	 .object = 1 ? (semaphore) : (struct async_shared_semaphore *)0,                           \
	 .number = (count)}
#define async_on_shared_event(event)                                                               \
	{.kind = &async__on_shared_event, .object = 1 ? (event) : (struct async_shared_event *)0}

extern const struct async__case_kind async__on_shared_recv, async__on_shared_send;
extern const struct async__case_kind async__on_shared_acquire, async__on_shared_event;
extern const struct async__case_kind async__on_remote_end;

#define async__remote_type(task) (__typeof__((task)((struct async_remote_tag *)0)) *)0
#define async__shared_chan(chan) ((struct async__shared_chan *)(uintptr_t)(chan))
#define async__shared_chan_type(chan) __typeof__((chan)((struct async_shared_chan_tag *)0))

struct async_remote_tag;
struct async_shared_chan_tag;
struct async__shared_chan;

_Async int async__offload(int (*fn)(void *arg), void *arg);
void *async__spawn_on(struct async_loop *loop, struct async_task *task);
_Async int async__remote_join(void *remote, void *to);
void async__remote_cancel(void *remote);
void async__remote_detach(void *remote);

void *async__shared_chan_new(size_t size, size_t capacity);
_Async int async__shared_chan_send(struct async__shared_chan *chan, const void *value);
_Async int async__shared_chan_recv(struct async__shared_chan *chan, void *to);
int async__shared_chan_try_send(struct async__shared_chan *chan, const void *value);
int async__shared_chan_try_recv(struct async__shared_chan *chan, void *to);
void async__shared_chan_close(struct async__shared_chan *chan);
void async__shared_chan_free(struct async__shared_chan *chan);

#ifdef __cplusplus
}
#endif

#endif
