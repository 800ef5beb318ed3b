/* For tests of files: which way they go, and that nothing stays open. */
#ifndef FILES_H
#define FILES_H

#include "kit.h"

#include <dirent.h>

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

static inline int count_descriptors(void)
{
	return count_entries("/proc/self/fd");
}

#endif
