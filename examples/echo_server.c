/* An echo server: sends back whatever a connection sends, thousands of them at once.
 *
 *     asyncc -O2 echo_server.c -o echo_server && ./echo_server 7000
 *
 * Port 0 lets the kernel choose; the port is printed. With a second argument N it takes N
 * connections, waits until all of them have been closed, and ends. SIGINT or SIGTERM ends it
 * at once, the second one kills it.
 */
#include <asyncc.h>

#include "listen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long connections; /* open now */
static struct async_notify closed = ASYNC_NOTIFY_INIT;

static async void serve(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = await async_read(fd, buf, sizeof buf)) > 0) {
		if (await async_write_full(fd, buf, (size_t)n) < 0)
			break;
	}
	await async_close(fd);
	connections--;
	async_notify_post(&closed);
}

static async int accept_all(int listener, long wanted)
{
	for (long accepted = 0; wanted == 0 || accepted < wanted;) {
		int fd = await async_accept(listener);
		if (fd == -EMFILE || fd == -ENFILE) {
			await async_sleep_ms(10); /* until some connection has ended */
			continue;
		}
		if (fd < 0)
			return fd;
		async_task(void) task = async_spawn(serve(fd));
		if (!task) {
			await async_close(fd);
			return -ENOMEM;
		}
		async_detach(task);
		connections++;
		accepted++;
	}
	return 0;
}

async int main(int argc, char **argv)
{
	async_shutdown_on(SIGINT, SIGTERM);
	int listener = await listen_here(argc > 1 ? argv[1] : "7000");
	int err = listener;

	if (listener >= 0) {
		err = await accept_all(listener, argc > 2 ? atol(argv[2]) : 0);
		await async_close(listener);
	}
	if (err < 0 && !async_shutdown_signal()) {
		fprintf(stderr, "echo_server: %s\n", strerror(-err));
		return 1;
	}
	while (connections > 0 && await async_notify_wait(&closed) == 0)
		;
	return 0; /* connections still open after a signal are cancelled and closed */
}
