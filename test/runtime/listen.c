/* Listening on every address serves IPv4 and, where there is IPv6, that too; a port in use
 * gives -EADDRINUSE; a name that cannot be bound to, an error. Accepted and connected
 * sockets have the flags that are promised. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static char service[16];

static void check_connection(int fd)
{
	int value = 0;
	socklen_t len = sizeof value;

	CHECK(fd >= 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 && value);
}

static int listening_family(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	/* The port is at the same place in both. */
	snprintf(service, sizeof service, "%d",
		 ntohs(((struct sockaddr_in *)(void *)&address)->sin_port));
	return address.ss_family;
}

struct root {
	struct co co;
	int listener, client, server, i;
	const char *hosts[3];
};
CO(root)
{
	int r;

	BEGIN;
	AWAIT(self->listener, async__listen_tcp(NULL, "0", 10));
	CHECK(self->listener >= 0);
	self->hosts[0] = "127.0.0.1";
	self->hosts[1] = "localhost";
	if (listening_family(self->listener) == AF_INET6)
		self->hosts[2] = "::1";
	for (self->i = 0; self->i < 3 && self->hosts[self->i]; self->i++) {
		AWAIT(self->client, async__connect_tcp(self->hosts[self->i], service));
		check_connection(self->client);
		AWAIT(self->server, async__accept(self->listener));
		check_connection(self->server);
		AWAIT(r, async__close(self->client));
		CHECK(r == 0);
		AWAIT(r, async__close(self->server));
		CHECK(r == 0);
	}
	AWAIT(r, async__listen_tcp("127.0.0.1", service, 10));
	CHECK(r == -EADDRINUSE);
	AWAIT(r, async__close(self->listener));
	CHECK(r == 0);
	AWAIT(r, async__listen_tcp("192.0.2.1", "0", 10));
	CHECK(r == -EADDRNOTAVAIL);
	AWAIT(r, async__accept(self->listener));
	CHECK(r == -EBADF);
	AWAIT(r, async__accept(-1));
	CHECK(r == -EBADF);
	AWAIT(r, async__close(-1));
	CHECK(r == -EBADF);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
