/* Closing or releasing a descriptor ends the waits for it with -EBADF; a second task that
 * wants to wait for the same direction gets -EBUSY; a new descriptor with the number of
 * an old one is not taken for it. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <sys/socket.h>
#include <unistd.h>

struct reader {
	struct co co;
	int fd;
	char byte;
};
CO(reader)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, async__read(self->fd, &self->byte, 1));
	CHECK(n != -ENOMEM);
	RETURN(n);
	END;
}

struct waiter {
	struct co co;
	int fd, events;
};
CO(waiter)
{
	int r;

	BEGIN;
	AWAIT(r, async__wait_fd(self->fd, self->events));
	RETURN(r);
	END;
}

struct root {
	struct co co;
	struct reader first, second;
	struct waiter waiter;
	struct async_task *first_task, *second_task, *waiter_task;
	int pair[2], old, i;
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	for (self->i = 0; self->i < 3; self->i++) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, self->pair) == 0);
		CHECK(self->i == 0 || self->pair[0] == self->old);
		self->old = self->pair[0];
		self->first.fd = self->second.fd = self->waiter.fd = self->pair[0];
		self->waiter.events = ASYNC_READABLE;
		self->first_task = spawn(reader, &self->first);
		self->second_task = spawn(reader, &self->second);
		self->waiter_task = spawn(waiter, &self->waiter);
		AWAIT(r, async__yield());
		CHECK(r == 0 && !async_done(self->first_task));
		AWAIT(n, join(self->second_task));
		CHECK(n == -EBUSY);
		AWAIT(n, join(self->waiter_task));
		CHECK(n == -EBUSY);
		CHECK(!async_done(self->first_task));
		if (self->i == 0) {
			AWAIT(r, async__close(self->pair[0]));
			CHECK(r == 0);
		} else if (self->i == 1) {
			async_release_fd(self->pair[0]);
			CHECK(write(self->pair[1], "z", 1) == 1);
			CHECK(recv(self->pair[0], &self->first.byte, 1, 0) == 1);
			close(self->pair[0]);
		} else {
			CHECK(write(self->pair[1], "x", 1) == 1);
			AWAIT(n, join(self->first_task));
			CHECK(n == 1 && self->first.byte == 'x');
			AWAIT(r, async__close(self->pair[0]));
			CHECK(r == 0);
			break;
		}
		AWAIT(n, join(self->first_task));
		CHECK(n == -EBADF);
		AWAIT(n, async__read(self->old, &self->first.byte, 1));
		CHECK(n == -EBADF);
		close(self->pair[1]);
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
