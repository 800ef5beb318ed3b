/* The loop of the calling thread: for programs that have a loop of their own, and figures
 * about what it does.
 *
 * A host, such as GLib, libuv or Qt, watches async_loop_fd() for readability and
 * async_loop_deadline() for time, and calls async_loop_run_once() when either is due, and
 * after it has spawned or woken tasks itself:
 *
 *     async_detach(async_spawn(serve(fd)));
 *     for (;;) {
 *             async_loop_run_once();
 *             host_wait(async_loop_fd(), async_loop_deadline());
 *     }
 */
#ifndef ASYNCC_LOOP_H
#define ASYNCC_LOOP_H

#include <asyncc.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A descriptor that is readable when something has happened that the loop is to handle:
 * only for waiting, level-triggered. It stays the same; it is closed when the thread ends.
 * Gives -ENOMEM, -EMFILE or -ENFILE when the loop cannot be set up. */
int async_loop_fd(void);

/* When the loop is to be run again even though its descriptor is not readable, as
 * async_now_ns gives the time: 0 for at once, UINT64_MAX for never. */
uint64_t async_loop_deadline(void);

/* Runs what is ready, once, without waiting. Gives the number of tasks that have not ended,
 * -EBUSY inside a task or a running async_run, or what async_loop_fd gives on failure. */
int async_loop_run_once(void);

/* Joins a task that has ended, for code that is not async: stores its result at to, unless
 * that is NULL. Gives 0, -EAGAIN when it has not ended yet, or -EINVAL for NULL. */
#define async_take(task, to)                                                                       \
	async__take((struct async_task *)(uintptr_t)(task),                                        \
		    (1 ? (to) : (__typeof__((task)((struct async_task_tag *)0)) *)0))

/* What the calling thread's loop has done. */
struct async_metrics {
	uint64_t tasks;            /* not ended */
	uint64_t spawned;          /* in all */
	uint64_t steps;            /* times that a task ran */
	uint64_t turns;            /* of the loop */
	uint64_t polls;            /* system calls to wait for events or to look for them */
	uint64_t events;           /* that they reported */
	uint64_t wakeups;          /* by other threads */
	uint64_t descriptor_waits; /* tasks waiting for descriptors now */
	uint64_t timers;           /* running now */
	uint64_t jobs;             /* calls on other threads and by io_uring under way now */
	/* Only while async_measure_time is on, in nanoseconds. */
	uint64_t busy;          /* time in tasks */
	uint64_t longest_step;  /* longest time that a task ran without letting others run */
	uint64_t longest_delay; /* longest time from the events of a turn to a task's run */
};

/* Gives the figures. All zero on a thread that has no loop. */
void async_get_metrics(struct async_metrics *metrics);

/* Measures times too, which costs two looks at the clock per step; sets the longest ones
 * back to 0. Gives 0 or -ENOMEM. */
int async_measure_time(bool on);

int async__take(struct async_task *task, void *to);

#ifdef __cplusplus
}
#endif

#endif
