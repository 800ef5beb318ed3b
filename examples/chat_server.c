/* A chat server for nc and telnet: the first line is a name, every later line goes to
 * everybody else.
 *
 *     asyncc chat_server.c -o chat_server && ./chat_server 6000     and     nc localhost 6000
 *
 * Port 0 lets the kernel choose; the port is printed. Each client has a task that reads
 * and one that writes from its outbox, so nobody waits for a slow reader; one whose outbox
 * is full is dropped. When a client says /quit to a server started with a second
 * argument, the server ends.
 */
#include <asyncc.h>

#include "listen.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct client {
	struct client *next, **link;
	int fd;
	bool leaving;
	char name[32];
	char outbox[32768];
	size_t used;
	struct async_notify filled;
};

static struct client *clients;
static async_task(int) acceptor;
static int count;
static bool may_quit;

__attribute__((format(printf, 2, 3))) static void tell_others(struct client *from,
							      const char *format, ...)
{
	char line[600];
	va_list args;

	va_start(args, format);
	size_t len = (size_t)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	for (struct client *c = clients; c; c = c->next) {
		if (c == from || !c->name[0])
			continue;
		if (c->used + len > sizeof c->outbox) {
			shutdown(c->fd, SHUT_RDWR);
			continue;
		}
		memcpy(c->outbox + c->used, line, len);
		c->used += len;
		async_notify_post(&c->filled);
	}
}

static async void deliver(struct client *c)
{
	char batch[sizeof c->outbox];

	while (c->used || !c->leaving) {
		size_t n = c->used;
		if (n == 0) {
			if (await async_notify_wait(&c->filled) < 0)
				break;
			continue;
		}
		memcpy(batch, c->outbox, n);
		c->used = 0;
		if (await async_write_full(c->fd, batch, n) < 0)
			break;
	}
	shutdown(c->fd, SHUT_RDWR); /* who cannot be told anything leaves */
}

static void handle(struct client *c, char *line)
{
	line[strcspn(line, "\r")] = 0;
	if (!c->name[0]) {
		snprintf(c->name, sizeof c->name, "%s", line[0] ? line : "nobody");
		tell_others(c, "* %s is here, %d online\n", c->name, count);
	} else if (may_quit && !strcmp(line, "/quit")) {
		async_cancel(acceptor);
	} else {
		tell_others(c, "%s: %s\n", c->name, line);
	}
}

static async void read_lines(struct client *c)
{
	char buf[512];
	size_t have = 0;
	ssize_t n;

	while ((n = await async_read(c->fd, buf + have, sizeof buf - 1 - have)) > 0) {
		char *line = buf, *end;
		have += (size_t)n;
		buf[have] = 0;
		for (; (end = memchr(line, '\n', have)); line = end + 1) {
			*end = 0;
			have -= (size_t)(end + 1 - line);
			handle(c, line);
		}
		memmove(buf, line, have);
		await async_yield(); /* the writers are to keep up with a client in a hurry */
		if (have == sizeof buf - 1)
			have = 0; /* a line without end */
	}
}

static async void serve(int fd)
{
	struct client self = {.next = clients, .link = &clients, .fd = fd};
	async_task(void) writer = async_spawn(deliver(&self));

	if (!writer) {
		await async_close(fd);
		return;
	}
	if (clients)
		clients->link = &self.next;
	clients = &self;
	count++;
	await read_lines(&self);

	*self.link = self.next;
	if (self.next)
		self.next->link = self.link;
	count--;
	if (self.name[0])
		tell_others(&self, "* %s has left\n", self.name);
	self.leaving = true;
	async_notify_post(&self.filled);
	for (int i = 0; i < 50 && !async_done(writer); i++)
		await async_sleep_ms(20); /* what is in the outbox may still go out */
	async_cancel(writer);
	await async_join(writer);
	await async_close(fd);
}

static async int accept_all(int listener)
{
	for (;;) {
		int fd = await async_accept(listener);
		if (fd == -EMFILE || fd == -ENFILE) {
			await async_sleep_ms(10); /* until somebody has left */
			continue;
		}
		if (fd < 0)
			return fd;
		async_task(void) task = async_spawn(serve(fd));
		if (!task)
			await async_close(fd);
		async_detach(task);
	}
}

async int main(int argc, char **argv)
{
	async_shutdown_on(SIGINT, SIGTERM);
	int listener = await listen_here(argc > 1 ? argv[1] : "6000"), err = listener;

	may_quit = argc > 2;
	if (listener >= 0) {
		acceptor = async_spawn(accept_all(listener));
		err = await async_join(acceptor);
		await async_close(listener);
	}
	if (err != -ECANCELED)
		fprintf(stderr, "chat_server: %s\n", strerror(-err));
	return err != -ECANCELED; /* whoever is still here is cancelled and leaves */
}
