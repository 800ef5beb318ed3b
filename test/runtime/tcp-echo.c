/* A server and its clients over loopback exchange more than the sockets' buffers hold. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define SIZE (4 << 20)
#define CLIENTS 3

static char service[16];
static unsigned char data[SIZE];

struct session {
	struct co co;
	int fd;
	ssize_t n, total;
	char buf[65536];
};
CO(session)
{
	ssize_t n;
	int r;

	BEGIN;
	for (;;) {
		AWAIT(self->n, async__read(self->fd, self->buf, sizeof self->buf));
		if (self->n <= 0)
			break;
		AWAIT(n, async__write_full(self->fd, self->buf, (size_t)self->n));
		CHECK(n == self->n);
		self->total += n;
	}
	CHECK(self->n == 0);
	AWAIT(r, async__close(self->fd));
	CHECK(r == 0);
	RETURN(self->total);
	END;
}

struct sender {
	struct co co;
	int fd;
};
CO(sender)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, async__write_full(self->fd, data, SIZE));
	CHECK(n == SIZE);
	shutdown(self->fd, SHUT_WR);
	RETURN(0);
	END;
}

struct client {
	struct co co;
	struct sender sender;
	struct async_task *task;
	int fd;
	unsigned char *got;
};
CO(client)
{
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(self->fd, async__connect_tcp("127.0.0.1", service));
	CHECK(self->fd >= 0);
	self->got = malloc(SIZE);
	self->sender.fd = self->fd;
	self->task = spawn(sender, &self->sender);
	AWAIT(n, async__read_full(self->fd, self->got, SIZE));
	CHECK(n == SIZE);
	CHECK(memcmp(self->got, data, SIZE) == 0);
	free(self->got);
	AWAIT(n, join(self->task));
	CHECK(n == 0);
	AWAIT(n, async__read_full(self->fd, &r, sizeof r));
	CHECK(n == 0);
	AWAIT(r, async__close(self->fd));
	CHECK(r == 0);
	RETURN(0);
	END;
}

struct root {
	struct co co;
	int listener, i;
	struct session sessions[CLIENTS];
	struct client clients[CLIENTS];
	struct async_task *server_tasks[CLIENTS], *client_tasks[CLIENTS];
};
CO(root)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	ssize_t n;
	int fd;

	BEGIN;
	AWAIT(self->listener, async__listen_tcp("127.0.0.1", "0", 0));
	CHECK(self->listener >= 0);
	CHECK(getsockname(self->listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(service, sizeof service, "%d", ntohs(address.sin_port));
	for (self->i = 0; self->i < CLIENTS; self->i++)
		self->client_tasks[self->i] = spawn(client, &self->clients[self->i]);
	for (self->i = 0; self->i < CLIENTS; self->i++) {
		AWAIT(fd, async__accept(self->listener));
		CHECK(fd >= 0);
		self->sessions[self->i].fd = fd;
		self->server_tasks[self->i] = spawn(session, &self->sessions[self->i]);
	}
	for (self->i = 0; self->i < CLIENTS; self->i++) {
		AWAIT(n, join(self->server_tasks[self->i]));
		CHECK(n == SIZE);
		AWAIT(n, join(self->client_tasks[self->i]));
		CHECK(n == 0);
	}
	AWAIT(fd, async__close(self->listener));
	CHECK(fd == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (unsigned char)(i * 2654435761u >> 13);
	return (int)run(root, &r);
}
