/* Waiting for one of several things.
 *
 *     switch (await async_select(&result, async_on_recv(ch, &n), async_on_timeout(100))) {
 *     case 0: ...
 *     case 1: ...
 *     }
 *
 * What a case waits for is taken, received, sent or locked only if it is the one that is
 * done; a case that is not done has changed nothing and leaves nothing waiting. While a case
 * waits, it has its place in the queue as a task would have, between threads too.
 *
 * Cases are declared where what they wait for is: here, and in
 *
 *     chan.h       async_on_recv, async_on_send, async_on_broadcast, async_on_watch
 *     sync.h       async_on_lock, async_on_read_lock, async_on_write_lock, async_on_acquire,
 *                  async_on_event, async_on_barrier
 *     generator.h  async_on_next
 *     cross.h      async_on_shared_recv, async_on_shared_send, async_on_shared_acquire,
 *                  async_on_shared_event, async_on_remote_end
 *     task.h       async_on_notify
 *     signal.h     async_on_signal, async_on_next_signal
 *     process.h    async_on_process_end
 *
 * Anything else that can be awaited is a case as a task: spawn it and wait for its end with
 * async_on_end. If another case is done, the task runs on; join it later, or cancel and join
 * it, and it tells whether it had come to its end by then.
 */
#ifndef ASYNCC_SELECT_H
#define ASYNCC_SELECT_H

#include <asyncc.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of the things that async_select waits for. Its members are private. */
struct async_case {
	union {
		struct async__proxy proxy;
		struct async__alarm alarm;
	} u;
	const struct async__case_kind *kind;
	void *object;
	void *value;
	union {
		int64_t number;
		void *place;
	};
	struct async__select *select;
};

/* Waits until one of several things is possible, does that one and no other, and gives the
 * number of the case, counted from 0; when several are possible at once, the first of them.
 * *result, unless NULL, gets the result that the case would have had alone: 0, or -EPIPE for
 * a closed channel, or an error of the descriptor. Gives -ECANCELED or -ENOMEM when nothing
 * was done. For the thread of the task. */
#define async_select(result, ...)                                                                  \
	async__select((result), (struct async_case[]){__VA_ARGS__},                                \
		      sizeof((struct async_case[]){__VA_ARGS__}) / sizeof(struct async_case))

/* A task has ended; it is still to be joined. */
#define async_on_end(task) {.kind = &async__on_end, .object = (void *)(uintptr_t)(task)}
/* Milliseconds have passed. */
#define async_on_timeout(ms) {.kind = &async__on_timeout, .number = (ms)}
/* A descriptor is readable or writable, as for async_wait_fd, whose value is the result. */
#define async_on_fd(fd, events)                                                                    \
	{.kind = &async__on_fd, .object = (void *)(uintptr_t)(events), .number = (fd)}

struct async__select;
struct async__case_kind;

extern const struct async__case_kind async__on_end, async__on_timeout, async__on_fd;
_Async int async__select(int *result, struct async_case *cases, size_t count);

#ifdef __cplusplus
}
#endif

#endif
