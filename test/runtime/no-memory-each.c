/* Failing every allocation of a program in turn: each operation then succeeds or gives a
 * negative errno, nothing hangs, and nothing is left behind. */
// RUN: %cc_plain %s -o %t -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc %runtime_link && %t
// RUN: env ASYNC_FORCE_SUSPEND=1 %t
#define SPAWN_MAY_FAIL
#include "Inputs/failing-malloc.h"
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct async_notify flag;

struct echo {
	struct co co;
	int fd;
	ssize_t n;
	char buf[16];
};
CO(echo)
{
	ssize_t n;

	BEGIN;
	for (;;) {
		AWAIT(self->n, async__read(self->fd, self->buf, sizeof self->buf));
		if (self->n <= 0)
			RETURN(self->n);
		AWAIT(n, async__write_full(self->fd, self->buf, (size_t)self->n));
		if (n < 0)
			RETURN(n);
	}
	END;
}

struct root {
	struct co co;
	struct echo echo;
	struct async_task *task;
	struct addrinfo *list;
	int listener, client, server;
	char service[16], buf[16];
};
CO(root)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	ssize_t n;
	int r;

	BEGIN;
	self->listener = self->client = self->server = -1;
	self->task = NULL;
	AWAIT(r, async__getaddrinfo("localhost", "80", NULL, &self->list));
	CHECK((r == 0) == (self->list != NULL));
	if (self->list)
		freeaddrinfo(self->list);
	AWAIT(self->listener, async__listen_tcp("127.0.0.1", "0", 0));
	if (self->listener < 0)
		RETURN(self->listener);
	CHECK(getsockname(self->listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(self->service, sizeof self->service, "%d", ntohs(address.sin_port));
	AWAIT(self->client, async__connect_tcp("127.0.0.1", self->service));
	if (self->client < 0)
		goto out;
	AWAIT(self->server, async__accept(self->listener));
	if (self->server < 0)
		goto out;
	self->echo.fd = self->server;
	self->task = spawn(echo, &self->echo);
	AWAIT(n, async__write_full(self->client, "hello", 5));
	CHECK(n == 5 || n < 0);
	if (n == 5 && self->task) {
		AWAIT(n, async__read_timeout(self->client, self->buf, 5, 5000));
		CHECK(n > 0 || n == -ENOMEM || async_done(self->task));
	}
	async_notify_post(&flag);
	AWAIT(r, async__notify_wait(&flag));
	CHECK(r == 0 || r == -ENOMEM);
out:
	AWAIT(r, async__close(self->client));
	AWAIT(n, join(self->task));
	CHECK(n <= 0);
	AWAIT(r, async__close(self->server));
	AWAIT(r, async__close(self->listener));
	RETURN(0);
	END;
}

static void *attempt(void *arg)
{
	static struct root r;
	bool *failed = arg;
	ssize_t value;

	allocations_left = *(long *)(void *)((char *)arg + sizeof(long));
	value = run(root, &r);
	CHECK(value <= 0);
	*failed = allocations_left < 0;
	allocations_left = -1;
	return NULL;
}

int main(void)
{
	struct {
		long failed, n;
	} job;
	pthread_t thread;
	int fd = dup(0), fd_after;

	for (job.n = 0;; job.n++) {
		job.failed = 0;
		flag = (struct async_notify)ASYNC_NOTIFY_INIT;
		CHECK(pthread_create(&thread, NULL, attempt, &job) == 0);
		pthread_join(thread, NULL);
		fd_after = dup(0);
		CHECK(fd_after == fd + 1);
		close(fd_after);
		if (!job.failed)
			break;
	}
	printf("%ld allocations\n", job.n);
	CHECK(job.n >= 5);
	return 0;
}
