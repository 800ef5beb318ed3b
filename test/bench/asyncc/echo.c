/* Echo servers. */
#include "tests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static async void serve(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = await async_read(fd, buf, sizeof buf)) > 0)
		if (await async_write_full(fd, buf, (size_t)n) < 0)
			break;
	await async_close(fd);
}

static async ssize_t answer(int fd)
{
	char buf[4096];
	ssize_t n = await async_read(fd, buf, sizeof buf);

	return n > 0 ? await async_write_full(fd, buf, (size_t)n) : n;
}

/* Has a buffer only while there is something to read. */
static async void serve_lean(int fd)
{
	while (await async_wait_fd(fd, ASYNC_READABLE) > 0)
		if (await answer(fd) <= 0)
			break;
	await async_close(fd);
}

static async long accept_all(long port, async void (*server)(int fd))
{
	char service[8];
	int fd, listener;

	snprintf(service, sizeof service, "%u", (unsigned)port % 65536);
	listener = await async_listen_tcp("127.0.0.1", service, 1024);
	if (listener < 0)
		return listener;
	while ((fd = await async_accept(listener)) >= 0)
		async_detach(async_spawn(server(fd)));
	await async_close(listener);
	return fd;
}

async long test_echo(long port, long unused)
{
	(void)unused;
	return await accept_all(port, serve);
}

async long test_echo_lean(long port, long unused)
{
	(void)unused;
	return await accept_all(port, serve_lean);
}
