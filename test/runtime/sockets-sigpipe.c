/* Writing to a socket whose peer has closed gives -EPIPE, and the program lives on; blocking
 * sockets are not blocked on, and stay blocking ones. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <fcntl.h>
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
	RETURN(n);
	END;
}

struct root {
	struct co co;
	struct reader reader;
	struct async_task *task;
	int pair[2];
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, self->pair) == 0);
	self->reader.fd = self->pair[0];
	self->task = spawn(reader, &self->reader);
	AWAIT(r, async__yield());
	CHECK(r == 0 && !async_done(self->task));
	CHECK(!(fcntl(self->pair[0], F_GETFL) & O_NONBLOCK));
	AWAIT(n, async__write(self->pair[1], "q", 1));
	CHECK(n == 1);
	AWAIT(n, join(self->task));
	CHECK(n == 1 && self->reader.byte == 'q');
	close(self->pair[0]);
	AWAIT(n, async__write(self->pair[1], "q", 1));
	CHECK(n == -EPIPE);
	AWAIT(n, async__write_full(self->pair[1], "qq", 2));
	CHECK(n == -EPIPE);
	AWAIT(r, async__close(self->pair[1]));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
