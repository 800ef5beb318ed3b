/* A kit for tests of async code: virtual time, schedules drawn from a seed, streams that
 * transfer little or fail, allocations and system calls that fail.
 *
 * All of it concerns the calling thread and its loop; set it up before async_run or in a
 * task. Tests run fast and the same way each time:
 *
 *     async_test_virtual_time();
 *     for (uint64_t seed = 1; seed <= 1000; seed++) {
 *             async_test_seed(seed);
 *             assert(async_run(scenario()) == 0);
 *     }
 *
 * When all tasks are blocked and nothing can wake them, the loop writes to standard error
 * what each of them awaits and where, and cancels them; async_run gives -EDEADLK then.
 */
#ifndef ASYNCC_TEST_H
#define ASYNCC_TEST_H

#include <asyncc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the thread's clock a virtual one, which begins at 1 second: async_now_ns and all
 * timers go by it, and it stands still while tasks run. When all tasks are blocked, no
 * descriptor is ready and no job of the thread pool is under way, it jumps to the next
 * timer. What comes from other threads and processes is waited for only when there is no
 * timer. There is no way back. Gives 0 or -ENOMEM. */
int async_test_virtual_time(void);

/* Moves the virtual clock on. Timers that are due then go off at the loop's next turn. */
void async_test_advance_ns(uint64_t ns);

/* From now on tasks that are ready run in an order drawn from seed, and operations that
 * could go on at once let others run first now and then. The same seed gives the same
 * schedule, as long as all that happens comes from this thread. 0: back to first come,
 * first served. The environment variable ASYNC_SEED does the same from the start, for all
 * threads. Gives 0 or -ENOMEM. */
int async_test_seed(uint64_t seed);

/* The next number of the seeded schedule's generator, for choices of the test's own. */
uint64_t async_test_random(void);

/* A pair of connected stream sockets, for what works on descriptors; async_stream_pair makes
 * streams in memory. Gives 0, or the negative errno of socketpair(2). Close both with
 * async_close. */
int async_test_stream(int fds[2]);

/* Limits what one operation on fd transfers: to at most read and write bytes, 0 for no limit,
 * messages excepted, which go whole; with random set, to a number from 1 to that, drawn from
 * the seed. Ends when the descriptor is closed by async_close. Gives 0, -EBADF or -ENOMEM. */
int async_test_limit(int fd, size_t read, size_t write, bool random);

/* Makes the operation on fd that follows count successful ones, in either direction, fail
 * with error, a negative errno; the later ones work again. Gives 0, -EBADF or -ENOMEM. */
int async_test_fail_io(int fd, unsigned count, int error);

/* The same for a stream of stream.h, whatever it is over: for each call of its transport. Gives 0
 * or -ENOMEM. */
int async_test_limit_stream(struct async_stream *stream, size_t read, size_t write, bool random);
int async_test_fail_stream(struct async_stream *stream, unsigned count, int error);

/* Makes the n-th allocation from now, counted from 1, fail: those of frames, tasks and all
 * else that the library allocates on this thread, and those of async_test_malloc. 0: none.
 * With all set, every later one fails too. For a program that does the same each time, try
 * n = 1, 2, … until async_test_allocation_failed says that there was no n-th one. A frame
 * that a suspending call of the program needs cannot fail and is not counted. For a program
 * as it is, the environment variable ASYNC_FAIL_ALLOCATION, a number, does the same for each
 * thread from when it gets its loop, and a line on standard error tells when it has come to
 * that. */
void async_test_fail_allocation(unsigned long n, bool all);
bool async_test_allocation_failed(void);
/* malloc(3), for use in tests, counted as above. */
void *async_test_malloc(size_t size);

/* Makes the n-th system call from now that the library makes on this thread for an operation
 * on a descriptor, file, process or signal, and for making one, fail with error, a negative
 * errno; what it has io_uring or the thread pool do counts as one. 0: none. The environment
 * variable ASYNC_FAIL_CALL, "n" or "n,errno" with numbers, does the same for a program as it
 * is, for each thread, with EIO where it names no error. */
void async_test_fail_call(unsigned long n, int error);
bool async_test_call_failed(void);

#ifdef __cplusplus
}
#endif

#endif
