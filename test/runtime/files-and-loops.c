/* Calls on files while the loop is another program's, in a forked process, with virtual time,
 * and when their thread ends under them. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.file && env ASYNC_FILES=ring %t %t.file
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

async static int write_and_read(const char *path)
{
	char buf[4];
	int fd = await async_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && await async_pwrite(fd, "data", 4, 0) == 4);
	CHECK(await async_fsync(fd) == 0);
	CHECK(await async_pread(fd, buf, 4, 0) == 4 && !memcmp(buf, "data", 4));
	CHECK(await async_close(fd) == 0 && await async_unlink(path) == 0);
	return 0;
}

/* The host sleeps until the loop's descriptor says that there is something to do. */
static void hosted(const char *path)
{
	async_task(int) task = async_spawn(write_and_read(path));
	struct pollfd poller = {.fd = async_loop_fd(), .events = POLLIN};
	int r = 1;

	CHECK(poller.fd >= 0);
	while (async_loop_run_once() > 0) {
		if (async_loop_deadline() == UINT64_MAX)
			CHECK(poll(&poller, 1, 60000) == 1 || errno == EINTR);
	}
	CHECK(async_take(task, &r) == 0 && r == 0);
}

async static ssize_t read_byte(int fd, char *byte)
{
	return await async_pread(fd, byte, 1, -1);
}

/* What was under way stays the parent's; the child can cancel it, and start its own. */
async static int forked(const char *path)
{
	int fds[2], status;
	char byte = 0;
	async_task(ssize_t) task;
	pid_t pid;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	task = async_spawn(read_byte(fds[0], &byte));
	CHECK(await async_sleep_ms(1) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		async_cancel(task);
		CHECK(await async_join(task) == -ECANCELED);
		CHECK(await write_and_read(path) == 0);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(await async_join(task) == 1 && byte == 'x');
	CHECK(await write_and_read(path) == 0);
	await async_close(fds[0]);
	await async_close(fds[1]);
	return 0;
}

/* Time stands still while a call is under way. */
async static int timed(const char *path)
{
	int r = async_await_timeout(1, write_and_read(path));

	return r;
}

static int unread[2];

static void *leave(void *arg)
{
	static char byte;

	(void)arg;
	CHECK(async_test_virtual_time() == 0);
	async_detach(async_spawn(read_byte(unread[0], &byte)));
	CHECK(async_loop_run_once() == 1);
	return NULL;
}

static void *with_virtual_time(void *path)
{
	CHECK(async_test_virtual_time() == 0);
	for (int i = 0; i < 100; i++)
		CHECK(async_run(timed(path)) == 0);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	CHECK(argc == 2);
	if (!can_test_files())
		return 0;
	hosted(argv[1]);
	if (async_file_backend() == ASYNC_FILES_RING) {
		CHECK(async_run(forked(argv[1])) == 0);
		CHECK(pipe2(unread, O_CLOEXEC) == 0);
		CHECK(pthread_create(&thread, NULL, leave, NULL) == 0);
		pthread_join(thread, NULL);
		CHECK(write(unread[1], "x", 1) == 1);
	}
	CHECK(pthread_create(&thread, NULL, with_virtual_time, argv[1]) == 0);
	pthread_join(thread, NULL);
	return 0;
}
