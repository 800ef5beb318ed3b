/* What the programs of the benchmark share: the command line, the clocks, the memory report.
 *
 * Each is called as `program TEST N [M]` and prints lines "METRIC VALUE" on standard output.
 * ns is process CPU time per operation: what other processes do on the machine costs
 * accuracy, but is not counted. The exit status 3 means that the program has no such test.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_NO_TEST 3

static inline double clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline double now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline double cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* A figure of /proc/self/status, such as VmRSS. */
static inline long status_kb(const char *key)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, strlen(key)))
			kb = atol(line + strlen(key) + 1);
	if (f)
		fclose(f);
	return kb;
}

/* At the end of `sleep`; before is VmRSS before the first task. */
static inline void mem_report(long n, long before, double start, double sleep_s)
{
	long peak = status_kb("VmHWM");

	printf("extra_s %.3f\n", (now_ns() - start) / 1e9 - sleep_s);
	printf("cpu_s %.3f\n", cpu_ns() / 1e9);
	printf("peak_rss_mb %.1f\n", (double)peak / 1024.0);
	printf("bytes_per_task %.0f\n", (double)(peak - before) * 1024.0 / (double)n);
	printf("pagetables_mb %.1f\n", (double)status_kb("VmPTE") / 1024.0);
}

static inline int is(int argc, char **argv, const char *t)
{
	return argc > 1 && !strcmp(argv[1], t);
}

static inline long arg(int argc, char **argv, int i, long dflt)
{
	return argc > i ? atol(argv[i]) : dflt;
}

/* Hides a value from the optimizer. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

/* The work of `compute`: one round, three variables, a look into a table. */
#define BENCH_ROUNDS 10000
#define BENCH_TABLE 256
#define BENCH_ROUND(a, b, c, k, table)                                                             \
	do {                                                                                       \
		(a) = ((a) ^ (k)) * 2654435761u;                                                   \
		(b) += (table)[(a) >> 24];                                                         \
		(c) ^= ((b) << 5) + ((a) >> 3);                                                    \
	} while (0)

static inline void bench_table(uint32_t *table)
{
	for (uint32_t i = 0; i < BENCH_TABLE; i++)
		table[i] = i * 2246822519u ^ 374761393u;
}

#endif
