/* Names are looked up off the loop, which goes on meanwhile; names and services that do not
 * exist give errors of their own. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

struct query {
	struct co co;
	const char *host, *service;
	struct addrinfo *list;
};
CO(query)
{
	int r;

	BEGIN;
	AWAIT(r, async__getaddrinfo(self->host, self->service, NULL, &self->list));
	CHECK((r == 0) == (self->list != NULL));
	RETURN(r);
	END;
}

static bool has_loopback(const struct addrinfo *list)
{
	for (; list; list = list->ai_next) {
		const struct sockaddr_in *address = (const void *)list->ai_addr;
		CHECK(list->ai_socktype == SOCK_STREAM);
		if (list->ai_family == AF_INET &&
		    address->sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
		    address->sin_port == htons(80))
			return true;
	}
	return false;
}

struct root {
	struct co co;
	struct query queries[8];
	struct query number, name, bad_name, bad_service, cancelled;
	struct async_task *task, *tasks[8];
	int i;
};
CO(root)
{
	ssize_t r;
	int y;

	BEGIN;
	self->number = (struct query){.host = "127.0.0.1", .service = "80"};
	AWAIT(r, query(&self->number));
	CHECK(r == 0 && has_loopback(self->number.list));
	freeaddrinfo(self->number.list);

	self->name = (struct query){.host = "localhost", .service = "80"};
	self->task = spawn(query, &self->name);
	AWAIT(r, join(self->task));
	CHECK(r == 0 && has_loopback(self->name.list));
	freeaddrinfo(self->name.list);

	self->bad_name = (struct query){.host = "no-such-host.invalid", .service = "80"};
	AWAIT(r, query(&self->bad_name));
	CHECK(r == -ENOENT || r == -EAGAIN);

	self->bad_service = (struct query){.host = "127.0.0.1", .service = "no-such-service"};
	AWAIT(r, query(&self->bad_service));
	CHECK(r == -ESRCH);

	/* Cancelled in the queue and in the middle. */
	for (int i = 0; i < 8; i++) {
		self->queries[i] = (struct query){.host = "localhost", .service = "80"};
		self->tasks[i] = spawn(query, &self->queries[i]);
	}
	AWAIT(y, async__yield());
	CHECK(y == 0);
	for (int i = 0; i < 8; i++)
		async_cancel(self->tasks[i]);
	for (self->i = 0; self->i < 8; self->i++) {
		AWAIT(r, join(self->tasks[self->i]));
		CHECK(r == -ECANCELED || r == 0);
		if (r == 0)
			freeaddrinfo(self->queries[self->i].list);
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
