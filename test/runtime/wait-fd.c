/* Waiting for a descriptor that a library reads, closes and opens anew by itself: each wait
 * sees the present state, however much was left unread. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <sys/socket.h>
#include <unistd.h>

struct feeder {
	struct co co;
	int fd;
};
CO(feeder)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	CHECK(write(self->fd, "ab", 2) == 2);
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct feeder feeder;
	struct async_task *task;
	int pair[2], i, number;
	char byte;
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(r, async__wait_fd(0, 0));
	CHECK(r == -EINVAL);
	AWAIT(r, async__wait_fd(0, 8));
	CHECK(r == -EINVAL);
	AWAIT(r, async__wait_fd(-1, ASYNC_READABLE));
	CHECK(r == -EBADF);
	for (self->i = 0; self->i < 3; self->i++) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, self->pair) == 0);
		CHECK(self->i == 0 || self->pair[0] == self->number);
		self->number = self->pair[0];
		AWAIT(r, async__wait_fd(self->pair[0], ASYNC_READABLE | ASYNC_WRITABLE));
		CHECK(r == ASYNC_WRITABLE);
		self->feeder.fd = self->pair[1];
		self->task = spawn(feeder, &self->feeder);
		AWAIT(r, async__wait_fd(self->pair[0], ASYNC_READABLE));
		CHECK(r == ASYNC_READABLE);
		CHECK(read(self->pair[0], &self->byte, 1) == 1);
		AWAIT(r, async__wait_fd(self->pair[0], ASYNC_READABLE));
		CHECK(r == ASYNC_READABLE);
		CHECK(read(self->pair[0], &self->byte, 1) == 1);
		AWAIT(n, join(self->task));
		CHECK(n == 0);
		/* Not by async_close. */
		close(self->pair[0]);
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
