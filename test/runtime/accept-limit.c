/* At the limit of descriptors, accepting gives -EMFILE; the connection is not lost and is
 * accepted when there is room again. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static char service[16];
static struct rlimit limit;

struct acceptor {
	struct co co;
	int listener;
};
CO(acceptor)
{
	int r;

	BEGIN;
	AWAIT(r, async__accept(self->listener));
	RETURN(r);
	END;
}

static void set_limit(rlim_t count)
{
	struct rlimit lower = {.rlim_cur = count, .rlim_max = limit.rlim_max};

	CHECK(setrlimit(RLIMIT_NOFILE, &lower) == 0);
}

struct root {
	struct co co;
	struct acceptor acceptor;
	struct async_task *task;
	int client, server;
};
CO(root)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(self->acceptor.listener, async__listen_tcp("127.0.0.1", "0", 0));
	CHECK(self->acceptor.listener >= 0);
	CHECK(getsockname(self->acceptor.listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(service, sizeof service, "%d", ntohs(address.sin_port));
	self->task = spawn(acceptor, &self->acceptor);
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	AWAIT(self->client, async__connect_tcp("127.0.0.1", service));
	/* The connection may have been accepted while the connecting task waited. */
	CHECK(self->client >= 0);
	AWAIT(n, join(self->task));
	CHECK(n >= 0);
	close((int)n);
	close(self->client);
	async_release_fd((int)n);
	async_release_fd(self->client);

	/* By a plain socket, so that only accepting needs a new descriptor. */
	self->client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(self->client >= 0);
	self->task = spawn(acceptor, &self->acceptor);
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	set_limit((rlim_t)self->client + 1);
	CHECK(getsockname(self->acceptor.listener, (struct sockaddr *)&address, &len) == 0);
	CHECK(connect(self->client, (struct sockaddr *)&address, sizeof address) == 0);
	AWAIT(n, join(self->task));
	CHECK(n == -EMFILE);
	AWAIT(r, async__accept(self->acceptor.listener));
	CHECK(r == -EMFILE);
	set_limit(limit.rlim_cur);
	AWAIT(self->server, async__accept(self->acceptor.listener));
	CHECK(self->server >= 0);
	AWAIT(r, async__close(self->server));
	CHECK(r == 0);
	AWAIT(r, async__close(self->client));
	CHECK(r == 0);
	AWAIT(r, async__close(self->acceptor.listener));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	return (int)run(root, &r);
}
