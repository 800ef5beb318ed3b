/* A lock on a file that a signal has interrupted, as it may be on a file system of the network,
 * is asked for again. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t %t.file && env ASYNC_FORCE_SUSPEND=1 %t %t.file
#define _GNU_SOURCE
#include "Inputs/kit.h"

#include <fcntl.h>
#include <sys/file.h>

async static int locking(const char *path)
{
	int fd = await async_open(path, O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0);
	async_test_fail_call(1, -EINTR);
	CHECK(await async_flock(fd, LOCK_EX) == 0 && async_test_call_failed());
	async_test_fail_call(1, -EINTR);
	CHECK(await async_try_lock_range(fd, F_WRLCK, 0, 1) == 0 && async_test_call_failed());
	return await async_close(fd);
}

int main(int argc, char **argv)
{
	(void)argc;
	CHECK(async_run(locking(argv[1])) == 0);
	return 0;
}
