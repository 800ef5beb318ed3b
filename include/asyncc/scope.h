/* Scopes: parts of a task's run that are cancelled on their own, by a deadline or by a
 * call, or that are shielded from cancellation; and values that tasks inherit.
 *
 *     struct async_scope scope;
 *
 *     async_timeout_open(&scope, 500);
 *     n = await async_read(fd, buf, sizeof buf);
 *     if (async_scope_close(&scope) == -ETIMEDOUT)
 *             ...
 *
 * While a scope is open and has been cancelled, every operation of its task gives
 * -ECANCELED, as for a cancelled task; once it is closed they work again. Scopes nest, and
 * the one that is cancelled first wins; a shield keeps out what comes from the scopes
 * around it and from the task, until it is closed.
 *
 * A scope is a variable of the task that opens it, closed by the same task, innermost
 * first, before it ends. Opening gives -ENOMEM when the task's first scope finds no
 * memory; closing a scope that could not be opened does nothing and gives 0.
 */
/* Before the guard, as what asyncc.h includes needs this whole. */
#include <asyncc.h>

#ifndef ASYNCC_SCOPE_H
#define ASYNCC_SCOPE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Its members are private. */
struct async_scope {
	struct async_scope *outer;
	struct async_task *task;
	struct async__alarm alarm;
	int reason;
	bool armed;
	bool shield;
};

/* Opens a scope that only async_scope_cancel or a deadline set later ends. Gives 0 or
 * -ENOMEM. */
int async_scope_open(struct async_scope *scope);
/* Opens a scope with a deadline, a time as async_now_ns gives it, or so many milliseconds
 * from now; a negative time is no limit. */
int async_deadline_open(struct async_scope *scope, uint64_t deadline);
int async_timeout_open(struct async_scope *scope, int64_t ms);
/* Opens a shield: no cancellation from outside counts before it is closed. Operations in it
 * may have limits of their own. */
int async_shield_open(struct async_scope *scope);
/* Moves the deadline of an open scope; UINT64_MAX takes it away. Once the scope has been
 * cancelled, this comes too late and does nothing. */
void async_deadline_set(struct async_scope *scope, uint64_t deadline);
/* Cancels an open scope for a reason, a negative value; the first one counts. May be called
 * by any task of the thread. */
void async_scope_cancel(struct async_scope *scope, int reason);
/* Closes a scope. Gives why it was cancelled: 0 if it was not, -ETIMEDOUT for its deadline,
 * or the reason given. Its last operation may still have succeeded before that. */
int async_scope_close(struct async_scope *scope);

/* Declare a scope of this name and open it; it is closed wherever the block around is left.
 * Closing it earlier is possible, and tells why it was cancelled. To be used in a block. */
#define ASYNC_TIMEOUT(scope, ms) ASYNC__SCOPE(scope, async_timeout_open(&scope, ms))
#define ASYNC_DEADLINE(scope, deadline) ASYNC__SCOPE(scope, async_deadline_open(&scope, deadline))
#define ASYNC_SHIELD(scope) ASYNC__SCOPE(scope, async_shield_open(&scope))
#define ASYNC__SCOPE(scope, open)                                                                  \
	__attribute__((cleanup(async__scope_leave))) struct async_scope scope;                     \
	open

static inline void async__scope_leave(struct async_scope *scope)
{
	async_scope_close(scope);
}

/* Awaits CALL, a call of an async function with a signed integer result, for at most ms
 * milliseconds. Gives its result, -ETIMEDOUT when the limit ended it, or -ENOMEM. A result
 * other than -ECANCELED counts even when it comes at the last moment. */
#define async_await_timeout(ms, call)                                                              \
	({                                                                                         \
		struct async_scope async__limit;                                                   \
		int async__error = async_timeout_open(&async__limit, (ms));                        \
		__auto_type async__value = async__error ? async__error : _Await(call);             \
		async_scope_close(&async__limit) == -ETIMEDOUT &&async__value == -ECANCELED        \
			? -ETIMEDOUT                                                               \
			: async__value;                                                            \
	})

/* A value that each task has its own of, inherited at spawn. T is a type that can be copied
 * byte by byte.
 *
 *     static async_local(int) request = {0};           -- and its value where none is set
 *     async_local_set(&request, 7);
 *     int id = async_local_get(&request);
 *
 * A task starts with the values of the task that spawned it, as they were then; setting
 * one concerns the running task and those that it spawns from then on. */
#define async_local(T)                                                                             \
	union {                                                                                    \
		__typeof__(T) initial;                                                             \
	}
/* The value of the running task; outside a task, the initial one. */
#define async_local_get(local)                                                                     \
	(*(const __typeof__((local)->initial) *)async__local_get(&(local)->initial))
/* Sets the value for the running task. Gives 0, -ENOMEM, or -EINVAL outside a task. */
#define async_local_set(local, value)                                                              \
	async__local_set(&(local)->initial, sizeof((local)->initial),                              \
			 (__typeof__((local)->initial)[1]){value})

const void *async__local_get(const void *initial);
int async__local_set(const void *initial, size_t size, const void *value);

#ifdef __cplusplus
}
#endif

#endif
