/* A port forwarder: connects each client to a server elsewhere and carries bytes both
 * ways, until both sides have ended or nothing has moved for the idle time.
 *
 *     asyncc -O2 proxy.c -o proxy && ./proxy 8000 example.org 80 30000
 *
 * Port 0 lets the kernel choose; the port is printed. The idle time is in milliseconds.
 */
#include <asyncc.h>

#include "listen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct target {
	const char *host, *port;
	int64_t idle_ms;
};

struct link {
	struct async_group directions;
	int64_t idle_ms;
	uint64_t moved_ns; /* when bytes last moved, in either direction */
	long bytes;
	bool idle;
};

/* Carries one direction. Its end is passed on, and the other one goes on; its failure ends both. */
static async int carry(struct link *link, int from, int to)
{
	char buf[16384];
	ssize_t n;

	while ((n = await async_read(from, buf, sizeof buf)) > 0) {
		link->moved_ns = async_now_ns();
		n = await async_write_full(to, buf, (size_t)n);
		if (n < 0)
			break;
		link->moved_ns = async_now_ns();
		link->bytes += n;
	}
	if (n == 0)
		shutdown(to, SHUT_WR);
	return (int)n;
}

/* Ends both directions when nothing has moved for the idle time. */
static async void watch(struct link *link)
{
	uint64_t idle_ns = (uint64_t)link->idle_ms * 1000000;

	while (async_now_ns() < link->moved_ns + idle_ns) {
		if (await async_sleep_until_ns(link->moved_ns + idle_ns) < 0)
			return; /* cancelled: both directions have ended */
	}
	link->idle = true;
	async_group_cancel(&link->directions);
}

static async int carry_both(struct link *link, int client, int server)
{
	int err = async_group_open(&link->directions), failure;
	async_task(void) watcher = async_spawn(watch(link));

	err = err ? err : watcher ? 0 : -ENOMEM;
	if (!err)
		err = async_group_start(&link->directions, carry(link, client, server));
	if (!err)
		err = async_group_start(&link->directions, carry(link, server, client));
	if (err)
		async_group_cancel(&link->directions);
	failure = await async_group_close(&link->directions);
	async_cancel(watcher);
	await async_join(watcher);
	return err ? err : failure;
}

/* What was cut short does not look like an end to the other side. */
static void reset_on_close(int fd)
{
	struct linger at_once = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static async void serve(int client, struct target target)
{
	int server = await async_connect_tcp(target.host, target.port);

	if (server < 0) {
		printf("not connected: %s\n", strerror(-server));
	} else {
		struct link link = {.idle_ms = target.idle_ms, .moved_ns = async_now_ns()};
		int err = await carry_both(&link, client, server);

		printf("closed after %ld bytes%s%s\n", link.bytes, err || link.idle ? ": " : "",
		       link.idle ? "idle"
		       : err     ? strerror(-err)
				 : "");
		if (err && !link.idle) {
			reset_on_close(client);
			reset_on_close(server);
		}
		await async_close(server);
	}
	fflush(stdout);
	await async_close(client);
}

async int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: proxy PORT HOST HOST-PORT IDLE-MS\n");
		return 2;
	}
	async_shutdown_on(SIGINT, SIGTERM);
	struct target target = {argv[2], argv[3], atol(argv[4])};
	int listener = await listen_here(argv[1]), fd = listener;

	while (fd >= 0) {
		fd = await async_accept(listener);
		if (fd < 0)
			break;
		async_task(void) task = async_spawn(serve(fd, target));
		if (!task)
			await async_close(fd);
		async_detach(task);
	}
	if (async_shutdown_signal())
		return 0; /* connections are cancelled and closed */
	fprintf(stderr, "proxy: %s\n", strerror(-fd));
	return 1;
}
