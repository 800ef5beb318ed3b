/* Locks on files are waited for without holding up the loop, and the wait can be cancelled. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t %t.file && env ASYNC_FORCE_SUSPEND=1 %t %t.file
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static bool held;

async static int hold(int fd, bool range)
{
	int r = range ? await async_lock_range(fd, F_WRLCK, 0, 10) : await async_flock(fd, LOCK_EX);

	if (r)
		return r;
	CHECK(!held);
	held = true;
	for (int i = 0; i < 5; i++)
		await async_sleep_ms(1);
	held = false;
	return range ? await async_lock_range(fd, F_UNLCK, 0, 10) : await async_flock(fd, LOCK_UN);
}

async static void in_turn(const char *path, bool range)
{
	int fds[4], r;

	for (int i = 0; i < 4; i++)
		CHECK((fds[i] = await async_open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	{
		ASYNC_GROUP(group);
		for (int i = 0; i < 4; i++)
			CHECK(async_group_start(&group, hold(fds[i], range)) == 0);
		CHECK(await async_group_close(&group) == 0);
	}
	/* Both kinds of lock stop a task that will not wait, or no longer. */
	CHECK(await async_lock_range(fds[0], F_RDLCK, 0, 1) == 0);
	CHECK(await async_try_lock_range(fds[1], F_WRLCK, 0, 1) == -EAGAIN);
	CHECK(await async_try_lock_range(fds[1], F_RDLCK, 0, 1) == 0);
	CHECK(await async_try_lock_range(fds[2], F_WRLCK, 5, 1) == 0);
	CHECK(await async_flock(fds[0], LOCK_SH) == 0);
	CHECK(await async_flock(fds[1], LOCK_SH) == 0);
	CHECK(await async_flock(fds[2], LOCK_EX | LOCK_NB) == -EAGAIN);
	r = async_await_timeout(30, async_flock(fds[2], LOCK_EX));
	CHECK(r == -ETIMEDOUT);
	r = async_await_timeout(30, async_lock_range(fds[2], F_WRLCK, 0, 0));
	CHECK(r == -ETIMEDOUT);
	CHECK(await async_flock(fds[0], LOCK_UN) == 0 && await async_flock(fds[1], LOCK_UN) == 0);
	CHECK(await async_flock(fds[2], LOCK_EX | LOCK_NB) == 0);
	CHECK(await async_flock(fds[2], -1) == -EINVAL && await async_flock(-1, LOCK_EX) == -EBADF);
	for (int i = 0; i < 4; i++)
		CHECK(await async_close(fds[i]) == 0);
}

async static int all(const char *path)
{
	await in_turn(path, false);
	await in_turn(path, true);
	CHECK(await async_unlink(path) == 0);
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	CHECK(async_test_virtual_time() == 0);
	CHECK(async_run(all(argv[1])) == 0);
	return 0;
}
