/* asyncc: async/await for C.
 *
 * `async` marks a function, a prototype or a function pointer; `await` before a
 * call of an async function waits for its result without blocking the thread.
 * See docs/language.md for the language and docs/runtime.md for the library.
 *
 * Compiled with asyncc, or with clang and the asyncc plugin, the words are read
 * by the transform. Every other compiler, editor or analyser sees plain C: the
 * same program with the words erased, legal but not linkable.
 */
#ifndef ASYNCC_H
#define ASYNCC_H

#include <asyncc/abi.h>

#ifdef __ASYNCC__

#ifndef ASYNCC_NO_KEYWORDS
/* Seen by the transform: from here on async and await are words of the language.
 * They are no macros, so a field or variable of that name keeps working. */
struct async__keywords;
#endif

#elif defined(__cplusplus)

/* C++ sees the declarations alone: its own words stay free. */
#define _Async

#else

#ifdef __clang__
#define _Async __attribute__((annotate("asyncc.async")))
#define __async__ annotate("asyncc.async")
#else
#define _Async
#endif
/* A GNU unary operator written twice: passes value and type through and survives
 * preprocessing, where the transform finds it again. */
#define _Await __extension__ __extension__

#ifndef ASYNCC_NO_KEYWORDS
#define async _Async
#define await _Await
#endif

#endif

/* The handle of a spawned task whose function returns T (any type, void too).
 * It is a value: copy it, store it, compare it with NULL. */
#define async_task(T) __typeof__(__typeof__(T)(*)(struct async_task_tag *))

/* Starts CALL, a call of an async function, as a task of its own and gives its
 * async_task handle, or NULL when there is no memory. Arguments are evaluated
 * now; the task itself starts at the spawner's next suspension, in order of
 * spawning. Join or detach every handle once. Any function on a loop's thread
 * may spawn; a task spawned before async_run starts with it. */
#define async_spawn(call)                                                                          \
	(__extension__(async_task(__typeof__(call))) async__spawn(((void)(call), 0)))

/* `await async_join(t)`: waits until the task has ended and gives its result; the
 * handle is spent. When the joining task is cancelled, the cancellation is passed
 * on to the task joined, and join still waits for its end. Joining NULL gives
 * -ENOMEM for signed integer results and zeroes for other types. */
#define async_join(task) ((task)((struct async_task_tag *)0))

/* Runs CALL, a call of an async function, on this thread's event loop until it
 * returns, and gives its result. For code that is not async; an async function
 * awaits instead, and a nested use stops the program with a message. Tasks still
 * running when CALL returns are cancelled and joined. When the loop cannot be
 * set up, signed integer results are the negative errno; for other result types
 * the program stops with a message. */
#define async_run(call) (async__run_here(), (call))

/* Marks the declaration of a plain function that blocks the thread: a call of it in an
 * async function is warned of (-Wasync-blocking). */
#if defined(__clang__) || defined(__ASYNCC__)
#define ASYNC_BLOCKING __attribute__((annotate("asyncc.blocking")))
#else
#define ASYNC_BLOCKING
#endif

#include <asyncc/inline.h>
#include <asyncc/task.h>
#include <asyncc/select.h>
#include <asyncc/time.h>
#include <asyncc/net.h>
#include <asyncc/dns.h>
#include <asyncc/unix.h>
#include <asyncc/udp.h>
#include <asyncc/stream.h>
#include <asyncc/inotify.h>
#include <asyncc/sync.h>
#include <asyncc/scope.h>
#include <asyncc/group.h>
#include <asyncc/generator.h>
#include <asyncc/chan.h>
#include <asyncc/oneshot.h>
#include <asyncc/cross.h>
#include <asyncc/loop.h>
#include <asyncc/file.h>
#include <asyncc/signal.h>
#include <asyncc/process.h>

#endif
