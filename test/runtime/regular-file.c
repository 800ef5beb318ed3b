/* Regular files and /dev/null, which cannot be waited for, are simply read and written. */
// RUN: %cc_plain %s -o %t %runtime_link && %t %t.data && env ASYNC_FORCE_SUSPEND=1 %t %t.data
#include "Inputs/hand.h"

#include <fcntl.h>
#include <unistd.h>

struct root {
	struct co co;
	const char *path;
	int fd, null;
	char buf[10];
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	self->fd = open(self->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(self->fd >= 0);
	AWAIT(n, async__write_full(self->fd, "hello, file", 11));
	CHECK(n == 11);
	CHECK(lseek(self->fd, 0, SEEK_SET) == 0);
	AWAIT(n, async__read_full(self->fd, self->buf, 5));
	CHECK(n == 5 && !memcmp(self->buf, "hello", 5));
	AWAIT(n, async__read_full(self->fd, self->buf, 10));
	CHECK(n == 6 && !memcmp(self->buf, ", file", 6));
	AWAIT(r, async__wait_fd(self->fd, ASYNC_READABLE | ASYNC_WRITABLE));
	CHECK(r == (ASYNC_READABLE | ASYNC_WRITABLE));
	CHECK(!(fcntl(self->fd, F_GETFL) & O_NONBLOCK));
	AWAIT(r, async__close(self->fd));
	CHECK(r == 0);
	self->null = open("/dev/null", O_RDWR);
	AWAIT(n, async__write_full(self->null, "x", 1));
	CHECK(n == 1);
	AWAIT(n, async__read(self->null, self->buf, 1));
	CHECK(n == 0);
	AWAIT(r, async__close(self->null));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(int argc, char **argv)
{
	static struct root r;

	CHECK(argc == 2);
	r.path = argv[1];
	return (int)run(root, &r);
}
