/* Tasks: yielding, cancelling, detaching, wake-ups from other threads, and the list
 * of what every task is waiting for. Spawning, joining and running are in asyncc.h.
 *
 * Each thread has an event loop of its own, set up on first use, and a task never
 * leaves the thread that spawned it. Unless a function says otherwise, call it on the
 * thread of the tasks that it is about.
 *
 * Async functions of this library that fail give a negative errno value. Once a task
 * has been cancelled, the one that it is waiting in, and each later one, gives
 * -ECANCELED, so that the task leaves by its own error paths; functions that behave
 * otherwise say so. An operation that had completed before the cancellation keeps its
 * result: nothing that was read, accepted or joined gets lost. An operation that can
 * go on at once does so without suspending, but every now and then lets the other
 * tasks run first. None of these functions uses or keeps errno.
 *
 * With ASYNC_FORCE_SUSPEND=1 in the environment, every operation suspends at least
 * once, for tests of code that would rarely see it happen.
 */
#ifndef ASYNCC_TASK_H
#define ASYNCC_TASK_H

#include <asyncc.h>

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lets all other tasks that are ready run first. Gives 0, or -ECANCELED when the task
 * has been cancelled; the others have run in that case too. */
#ifdef __ASYNCC__
_Async static inline int async_yield(void)
{
	__asyncc_r.pending = async__yield_start();
	return 0;
}
#else
_Async int async_yield(void);
#endif

/* Gives up the handle of a task: it runs on, its result is dropped, and the handle must
 * not be used any more. NULL does nothing. */
#define async_detach(task) async__detach((struct async_task *)(uintptr_t)(task))

/* Cancels a task: the operation that it waits in ends with -ECANCELED, and so does every
 * later one until the task has ended. A task not started yet starts, and finds itself
 * cancelled at its first operation. The handle stays valid and is still to be joined or
 * detached. Does nothing for NULL, for a task that has ended, and the second time. A task
 * may cancel itself. */
#define async_cancel(task) async__cancel((struct async_task *)(uintptr_t)(task))

/* The same with a reason other than -ECANCELED, a negative value of the program's choice,
 * for async_cancel_reason. */
#define async_cancel_for(task, reason)                                                             \
	async__cancel_for((struct async_task *)(uintptr_t)(task), (reason))

/* Why the running task is cancelled: the reason given, -ECANCELED if none was, -ETIMEDOUT
 * for a deadline, the failure of a group's first task. 0 when it is not cancelled. */
int async_cancel_reason(void);

/* Whether a task has ended, so that joining it will not wait. True for NULL. */
#define async_done(task) async__done((struct async_task *)(uintptr_t)(task))

/* Whether the running task has been cancelled; for long computations between awaits.
 * False outside a task. */
bool async_cancelled(void);

/* Names a task for lists and messages; a copy is kept. NULL takes the name away. Gives 0,
 * -ENOMEM, or -EINVAL for a NULL task. */
#define async_set_name(task, name) async__set_name((struct async_task *)(uintptr_t)(task), (name))
/* The same for the running task; -EINVAL outside a task. */
int async_set_own_name(const char *name);
/* The name of a task, NULL when it has none. */
#define async_name(task) async__name((struct async_task *)(uintptr_t)(task))
/* The name of the running task. */
const char *async_own_name(void);

/* Writes to out every task of this thread and what it is waiting for, innermost call
 * first, in no particular order of tasks:
 *
 *     task 0x55d0c2a012c0: waiting
 *       #0 async_read
 *       #1 count_lines at lines.c:6
 *       #2 total at lines.c:14
 *       spawned at main.c:20
 *
 * The state is "not started", "waiting", "ready", "running", or "ended" (not joined yet),
 * with ", cancelled" and ", detached" behind it. A join names the task that it waits for.
 * Calls of the running task appear with the await that they were last suspended in; calls
 * that have not been suspended yet do not appear. May be called by a task or outside, at
 * any time, but not in a signal handler. */
void async_dump_tasks(FILE *out);

/* Sets what is called when there is no memory for the frame of a suspending call, where
 * no error can be returned: size is the number of bytes wanted. It must not return. NULL
 * restores the default, a message and abort(). Operations of this library and
 * async_spawn do not call it; they fail with -ENOMEM and NULL. For all threads; may be
 * called on any thread. Gives the former handler, or NULL for the default. */
typedef void async_no_memory_handler(size_t size);
async_no_memory_handler *async_set_no_memory_handler(async_no_memory_handler *handler);

/* A flag that any thread can post and one task can wait for. Initialise it with
 * ASYNC_NOTIFY_INIT, or with zeroes. It needs no destruction; it must exist until the
 * wait has returned and no thread will post it any more. Its members are private. */
struct async_notify {
	void *state;
	void *task;
	struct async_notify *next;
};
#define ASYNC_NOTIFY_INIT {0, 0, 0}

/* Posts a flag: wakes the task that waits for it, or lets the next wait return at once.
 * Posting it again before that changes nothing. What the poster wrote before is seen by
 * the task afterwards. May be called on any thread and in a signal handler; does not
 * block. When each wait is answered by exactly one post, the post touches the flag no
 * more once the wait can have returned. */
void async_notify_post(struct async_notify *notify);

/* Waits until the flag has been posted and takes the post. Gives 0, -EBUSY when another
 * task waits for the same flag, -ECANCELED (a post is not taken then), or -EMFILE,
 * -ENFILE or -ENOMEM when the loop cannot be made ready for wake-ups (eventfd(2)). */
_Async int async_notify_wait(struct async_notify *notify);
/* The same as a case for async_select (select.h). */
#define async_on_notify(notify)                                                                    \
	{.kind = &async__on_notify, .object = 1 ? (notify) : (struct async_notify *)0}
extern const struct async__case_kind async__on_notify;

struct async_task;
void async__detach(struct async_task *task);
void async__cancel(struct async_task *task);
void async__cancel_for(struct async_task *task, int reason);
int async__set_name(struct async_task *task, const char *name);
const char *async__name(const struct async_task *task);
bool async__done(struct async_task *task);

#ifdef __cplusplus
}
#endif

#endif
