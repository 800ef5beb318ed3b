/* For tests of files: which way they go, and that nothing stays open. */
#ifndef FILES_H
#define FILES_H

#include "kit.h"

/* Whether the way that ASYNC_FILES asks for can be tested here. */
static inline bool can_test_files(void)
{
	const char *wanted = getenv("ASYNC_FILES");
	int backend = async_file_backend();

	if (backend < 0) {
		printf("io_uring is refused here (%s): not tested\n", strerror(-backend));
		return false;
	}
	CHECK(backend == ASYNC_FILES_POOL || backend == ASYNC_FILES_RING);
	CHECK(!wanted || (backend == ASYNC_FILES_RING) == !strcmp(wanted, "ring"));
	return true;
}

/* Runs a call of an async function twice; the second time leaves no descriptor open. */
#define RUN_TWICE(call)                                                                            \
	do {                                                                                       \
		CHECK(async_run(call) == 0);                                                       \
		int open_ = count_descriptors();                                                   \
		CHECK(async_run(call) == 0);                                                       \
		CHECK(count_descriptors() == open_);                                               \
	} while (0)

#endif
