/* Signals as things to wait for, and graceful shutdown.
 *
 *     async_shutdown_on(SIGINT, SIGTERM);              -- in async main: that is all
 *
 *     while ((signal = await async_signal_wait(SIGHUP, SIGUSR1)) > 0)
 *             ...
 *
 * Signals are named by their numbers (signal.h, signal(7)), any that can be caught but those that
 * report a fault of the program (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS).
 * They come to every thread whose tasks want them, and are handled in the loop, not in a
 * signal handler. Several of one kind that arrive before any is handled may become one, as
 * ever with signals. They must not be blocked (pthread_sigmask(3)) in all threads.
 *
 * Once a signal has been asked for here, it has no other effect on the process, until
 * async_run on that thread ends: then it does what it did before. A program started by
 * exec(3) finds it at its default.
 *
 * All functions concern the calling thread. They give -EINVAL for a signal that cannot be
 * caught here and for none at all, -ENOMEM, or -EMFILE or -ENFILE when the loop cannot be made
 * ready for wake-ups; waits also -ECANCELED: no signal has been taken then.
 */
#ifndef ASYNCC_SIGNAL_H
#define ASYNCC_SIGNAL_H

#include <asyncc.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Waits for one of the signals given and gives its number. One that has arrived since a task
 * of the thread last waited for it, and that nobody got, is taken at once; all tasks that wait
 * for it when it arrives get it. */
#define async_signal_wait(...) async__signal_wait((const int[]){__VA_ARGS__, 0})

/* The same as a case of async_select, whose result is the signal's number. */
#define async_on_signal(...)                                                                       \
	{.kind = &async__on_signal, .object = (void *)(uintptr_t)(const int[]){__VA_ARGS__, 0}}

/* A stream of signals: it gets each that arrives while it is open, whoever else does. Its
 * members are private. */
struct async_signals {
	struct async__wait waiters;
	struct async_signals *next;
	uint64_t signals, arrived;
};

/* Opens a stream of the signals given. Gives 0. It can be closed in each case. */
#define async_signals_open(signals, ...)                                                           \
	async__signals_open((signals), (const int[]){__VA_ARGS__, 0})
/* Waits for the next signal and gives its number; of several that have arrived, the lowest.
 * -EBADF when the stream is closed or was not opened. Each goes to one of the tasks that
 * wait. */
_Async int async_signals_next(struct async_signals *signals);
/* The same as a case of async_select. */
#define async_on_next_signal(signals) {.kind = &async__on_next_signal, .object = (signals)}
/* Closes a stream. Signals that only it wanted do what they did before. */
void async_signals_close(struct async_signals *signals);

/* Makes the first of the signals given cancel the call that async_run runs, such as async
 * main, with the reason -EINTR (async_cancel_reason): it leaves by its own error paths, its
 * groups end their tasks, and other tasks are cancelled when it has returned. In a loop run
 * by async_loop_run_once, all tasks are cancelled. All of these signals are set to their
 * default at that moment, so the next one kills the process, even when a task hangs. Gives 0.
 * To be called before async_run or in it, once for each thread with a loop that is to
 * end. */
#define async_shutdown_on(...) async__shutdown_on((const int[]){__VA_ARGS__, 0})
/* The signal that has begun the shutdown of this thread's loop; 0: none has. */
int async_shutdown_signal(void);

_Async int async__signal_wait(const int *signals);
int async__signals_open(struct async_signals *stream, const int *signals);
int async__shutdown_on(const int *signals);
extern const struct async__case_kind async__on_signal, async__on_next_signal;

#ifdef __cplusplus
}
#endif

#endif
