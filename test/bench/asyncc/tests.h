/* The tests of this program, see ../peers/bench.h for what it prints. Each does what its
 * arguments say, on the clock from bench_start() on, and gives the number of operations,
 * by which the time is divided. */
#ifndef TESTS_H
#define TESTS_H

#include <asyncc.h>

#include "../peers/bench.h"

/* Begins to count CPU time: what came before was preparation. */
void bench_start(void);

/* For what a test computes: printed, so that nothing is optimised away. */
extern long bench_result;

/* calls.c: awaiting calls */
async long test_fib(long n, long unused);
async long test_chain(long n, long unused);
async long test_chain_calls(long n, long unused);
async long test_leaf(long n, long unused);
async long test_leaf_calls(long n, long unused);
async long test_depth(long n, long depth);
async long test_deep_yield(long n, long depth);
async long test_tail(long n, long unused);
async long test_compute(long n, long unused);

/* tasks.c: tasks and time */
async long test_sleep(long count, long seconds);
async long test_sleep_virtual(long count, long unused);
async long test_timers(long n, long count);
async long test_switch(long count, long n);
async long test_spawn(long n, long unused);
async long test_group(long n, long unused);
async long test_skynet(long n, long unused);
async long test_timeout(long n, long unused);
async long test_offload(long n, long unused);
async long test_generator(long n, long unused);
/* On the loops of so many threads; for ordinary code. */
long test_switch_workers(long n, long threads);

/* sync.c: channels and synchronisation */
async long test_pingpong(long n, long unused);
async long test_chan(long n, long unused);
async long test_unbounded(long n, long unused);
async long test_broadcast(long n, long unused);
async long test_watch(long n, long unused);
async long test_select(long n, long unused);
async long test_mutex(long n, long unused);
async long test_mutex_wait(long n, long unused);
async long test_rwlock(long n, long unused);
async long test_rwlock_wait(long n, long unused);
async long test_semaphore(long n, long unused);
async long test_semaphore_wait(long n, long unused);
async long test_event(long n, long unused);
async long test_cond(long n, long unused);
async long test_barrier(long n, long unused);
async long test_once(long n, long unused);

/* files.c: m operations on files at a time */
async long test_file_read(long n, long m);
async long test_file_scan(long n, long unused);
async long test_file_fill(long n, long unused);
async long test_file_make(long n, long m);
async long test_file_load(long n, long m);
async long test_file_stat(long n, long m);
async long test_file_remove(long n, long m);

/* echo.c: servers on a port of this machine; end only on an error, which they give */
async long test_echo(long port, long unused);
async long test_echo_lean(long port, long unused);
/* On the loops of so many threads; for ordinary code. */
long test_echo_workers(long port, long threads);

#endif
