/* Checks for tests written in async C. */
#ifndef KIT_H
#define KIT_H

#include "check.h"

#include <asyncc.h>
#include <asyncc/test.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A channel or the like that is there. */
#define MADE(handle)                                                                               \
	({                                                                                         \
		__auto_type made_ = (handle);                                                      \
		CHECK(made_ != NULL);                                                              \
		made_;                                                                             \
	})

static inline int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	CHECK(dir != NULL);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* How many descriptors the process has open, and a few. */
static inline int count_descriptors(void)
{
	return count_entries("/proc/self/fd");
}

/* How many schedules to try: ASYNC_SEEDS in the environment, or so many. */
static inline uint64_t seeds_or(uint64_t count)
{
	const char *seeds = getenv("ASYNC_SEEDS");

	return seeds ? strtoull(seeds, NULL, 0) : count;
}

/* limited(): what main runs, but not for ever, as a task may wait for what another, of which a call or an
 * allocation failed, was to do. */
#define LIMITED(ms, scenario)                                                                      \
	async static int limited(void)                                                             \
	{                                                                                          \
		int r_ = async_await_timeout(ms, scenario);                                        \
		return r_;                                                                         \
	}

/* Runs scenario under virtual time as it comes, then under many schedules; it gives 0. */
#define EXPLORE(scenario, seeds)                                                                   \
	do {                                                                                       \
		CHECK(async_test_virtual_time() == 0);                                             \
		for (uint64_t seed_ = 0; seed_ <= seeds_or(seeds); seed_++) {                              \
			async_test_seed(seed_);                                                    \
			int value_ = async_run(scenario);                                          \
			if (value_) {                                                              \
				fprintf(stderr, "seed %llu: %d\n", (unsigned long long)seed_,      \
					value_);                                                   \
				exit(1);                                                           \
			}                                                                          \
		}                                                                                  \
	} while (0)

#endif
