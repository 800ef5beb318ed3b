/* Echo servers. */
#include "tests.h"

#include <arpa/inet.h>
#include <errno.h>
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

/* For many connections that are mostly idle: what waits to read has little room, and more of it
 * only while there is more to read. */
static async ssize_t serve_rest(int fd)
{
	char buf[4096];
	ssize_t n = await async_read(fd, buf, sizeof buf);

	return n > 0 ? await async_write_full(fd, buf, (size_t)n) : n;
}

static async void serve_lean(int fd)
{
	char buf[96];
	ssize_t n;

	while ((n = await async_read(fd, buf, sizeof buf)) > 0) {
		if (await async_write_full(fd, buf, (size_t)n) < 0)
			break;
		if (n == sizeof buf && await serve_rest(fd) <= 0)
			break;
	}
	await async_close(fd);
}

static async long accept_all(int listener, async void (*server)(int fd))
{
	int fd;

	while ((fd = await async_accept(listener)) >= 0)
		async_detach(async_spawn(server(fd)));
	await async_close(listener);
	return fd;
}

static int listen_on(long port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (bind(fd, (void *)&address, sizeof address) || listen(fd, 1024)) {
		int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static async long serve_port(long port, async void (*server)(int fd))
{
	int listener = listen_on(port);

	return listener < 0 ? listener : await accept_all(listener, server);
}

async long test_echo(long port, long unused)
{
	(void)unused;
	return await serve_port(port, serve);
}

async long test_echo_lean(long port, long unused)
{
	(void)unused;
	return await serve_port(port, serve_lean);
}

static async int echo_worker(unsigned number, void *port)
{
	(void)number;
	return (int)await serve_port(*(long *)port, serve);
}

long test_echo_workers(long port, long threads)
{
	return async_run_workers((unsigned)threads, echo_worker, &port);
}
