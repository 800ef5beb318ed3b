/* One value from a callback to a task, across threads or on the same one: for operations of
 * libraries that say by a callback that they have ended.
 *
 *     static void answered(void *arg, int status)           -- called by the library, somewhere
 *     {
 *             async_oneshot_set(async_oneshot_of(int, arg), status);
 *     }
 *
 *     async_oneshot(int) answer = async_oneshot_new(int);
 *
 *     library_ask("question", answered, async_oneshot_arg(answer));
 *     if ((r = await async_oneshot_wait(answer, &status)) < 0)
 *             return r;
 *
 * It has two sides. One sets the value, or says that there will be none; the other waits. Each
 * does so once, in any order, and has nothing to do with it any more then: the last of the two
 * frees it. So a task that is cancelled can leave while the library goes on, and the callback may
 * come when it likes. A value that was set before the cancellation is not lost.
 */
#ifndef ASYNCC_ONESHOT_H
#define ASYNCC_ONESHOT_H

#include <asyncc.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The handle, for a value of type T that can be copied byte by byte. */
#define async_oneshot(T) __typeof__(__typeof__(T)(*)(struct async_oneshot_tag *))

/* NULL without memory. On any thread. */
#define async_oneshot_new(T) ((async_oneshot(T))(uintptr_t)async__oneshot_new(sizeof(T)))
/* Frees one that was handed to nobody, as the operation could not be begun. NULL does nothing. */
#define async_oneshot_free(oneshot) async__oneshot_free(async__oneshot(oneshot))

/* The handle as the argument of a callback, and back. */
#define async_oneshot_arg(oneshot) ((void *)(uintptr_t)(oneshot))
#define async_oneshot_of(T, arg) ((async_oneshot(T))(uintptr_t)(arg))

/* Gives the value to the task that waits, or will wait. Gives 0, or -EPIPE when the task has left:
 * a value that owns something is then to be freed by the caller. On any thread; not in a signal
 * handler. */
#define async_oneshot_set(oneshot, value)                                                          \
	async__oneshot_set(async__oneshot(oneshot), (async__oneshot_type(oneshot)[1]){value})
/* Says that there will be no value. On any thread, instead of setting it. */
#define async_oneshot_drop(oneshot) async__oneshot_drop(async__oneshot(oneshot))

/* Waits for the value and stores it at to. Gives 0; -EPIPE: there will be none; -ECANCELED, or
 * -EMFILE, -ENFILE or -ENOMEM when the loop cannot be made ready for wake-ups (eventfd(2)): the
 * value has not been taken, and will be refused. */
#define async_oneshot_wait(oneshot, to)                                                            \
	async__oneshot_wait(async__oneshot(oneshot), (1 ? (to) : (async__oneshot_type(oneshot) *)0))

#define async__oneshot(oneshot) ((struct async__oneshot *)(uintptr_t)(oneshot))
#define async__oneshot_type(oneshot) __typeof__((oneshot)((struct async_oneshot_tag *)0))

struct async_oneshot_tag;
struct async__oneshot;

struct async__oneshot *async__oneshot_new(size_t size);
void async__oneshot_free(struct async__oneshot *oneshot);
int async__oneshot_set(struct async__oneshot *oneshot, const void *value);
void async__oneshot_drop(struct async__oneshot *oneshot);
_Async int async__oneshot_wait(struct async__oneshot *oneshot, void *to);

#ifdef __cplusplus
}
#endif

#endif
