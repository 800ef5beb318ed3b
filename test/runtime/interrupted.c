/* What a signal has interrupted is asked for again: a connection, of which it is not known whether
 * it has been begun, and a lock on a file, as of a file system of the network. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t %t.file && env ASYNC_FORCE_SUSPEND=1 %t %t.file
#define _GNU_SOURCE
#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/file.h>

/* Each call in turn; where the connection is made, it is there. */
async static void connecting(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int listener = await async_listen_tcp("127.0.0.1", "0", 0), fd, r, made = 0;
	bool failed = true;

	CHECK(listener >= 0 && getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	for (unsigned long n = 1; failed; n++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		CHECK(fd >= 0);
		async_test_fail_call(n, -EINTR);
		r = await async_connect(fd, (struct sockaddr *)&address, sizeof address);
		failed = async_test_call_failed();
		async_test_fail_call(0, 0);
		CHECK(r == 0 || (failed && r == -EINTR));
		if (!r) {
			CHECK(getpeername(fd, (struct sockaddr *)&address, &len) == 0);
			made++;
		}
		CHECK(await async_close(fd) == 0);
	}
	CHECK(made > 1);
	CHECK(await async_close(listener) == 0);
}

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

async static int all(const char *path)
{
	await connecting();
	return await locking(path);
}

int main(int argc, char **argv)
{
	(void)argc;
	CHECK(async_run(all(argv[1])) == 0);
	return 0;
}
