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
	int client, server;
	int64_t idle_ms;
	uint64_t moved_ns; /* when bytes last moved, in either direction */
	long bytes;
	bool idle;
};

/* Carries one direction. An end is passed on, so that the other direction may go on. */
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
	shutdown(to, SHUT_WR);
	if (n < 0)
		shutdown(from, SHUT_RD);
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
	shutdown(link->client, SHUT_RDWR);
	shutdown(link->server, SHUT_RDWR);
}

static async void serve(int client, const struct target *target)
{
	int server = await async_connect_tcp(target->host, target->port);

	if (server < 0) {
		printf("not connected: %s\n", strerror(-server));
	} else {
		struct link link = {client, server, target->idle_ms, async_now_ns(), 0, false};
		async_task(int) up = async_spawn(carry(&link, client, server));
		async_task(void) watcher = async_spawn(watch(&link));
		int down = await carry(&link, server, client);
		int err = await async_join(up);

		async_cancel(watcher);
		await async_join(watcher);
		err = err ? err : down;
		printf("closed after %ld bytes%s%s\n", link.bytes, err || link.idle ? ": " : "",
		       link.idle ? "idle"
		       : err     ? strerror(-err)
				 : "");
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
		if (fd >= 0)
			async_detach(async_spawn(serve(fd, &target)));
	}
	if (async_shutdown_signal())
		return 0; /* connections are cancelled and closed */
	fprintf(stderr, "proxy: %s\n", strerror(-fd));
	return 1;
}
