/* Time: the clock that the loop uses, and sleeping.
 *
 * All times are in nanoseconds of CLOCK_MONOTONIC (clock_gettime(2)): they never jump
 * and do not count while the machine is suspended.
 */
#ifndef ASYNCC_TIME_H
#define ASYNCC_TIME_H

#include <asyncc.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The time now. May be called on any thread. */
uint64_t async_now_ns(void);

/* Sleeps for at least ms milliseconds. With 0 or less, lets the other tasks run, as
 * async_yield does. Tasks wake in the order of their deadlines, and in the order in
 * which they went to sleep when these are equal. Gives 0, or -ECANCELED when the task
 * has been cancelled. */
_Async int async_sleep_ms(int64_t ms);

/* The same in nanoseconds. */
_Async int async_sleep_ns(int64_t ns);

/* Sleeps until async_now_ns() has reached deadline. For steps of equal length, which
 * sleeping for a time after each step would not give. */
_Async int async_sleep_until_ns(uint64_t deadline);

#ifdef __cplusplus
}
#endif

#endif
