/* Reading with a time limit gives -ETIMEDOUT when it passes and data when there is some;
 * the time limit is gone afterwards. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <unistd.h>

static int pipe_ends[2];

struct writer {
	struct co co;
};
CO(writer)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(2));
	CHECK(r == 0);
	CHECK(write(pipe_ends[1], "x", 1) == 1);
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct writer writer;
	struct async_task *task;
	uint64_t start;
	char byte;
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	self->start = async_now_ns();
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 3));
	CHECK(n == -ETIMEDOUT);
	CHECK(async_now_ns() - self->start >= 3000000);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 0));
	CHECK(n == -ETIMEDOUT);

	self->task = spawn(writer, &self->writer);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 60000));
	CHECK(n == 1 && self->byte == 'x');
	AWAIT(n, join(self->task));

	self->task = spawn(writer, &self->writer);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, -1));
	CHECK(n == 1 && self->byte == 'x');
	AWAIT(n, join(self->task));

	CHECK(write(pipe_ends[1], "y", 1) == 1);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 0));
	CHECK(n == 1 && self->byte == 'y');
	AWAIT(n, async__read_timeout(-1, &self->byte, 1, 5));
	CHECK(n == -EBADF);
	AWAIT(r, async__close(pipe_ends[1]));
	CHECK(r == 0);
	AWAIT(n, async__read_timeout(pipe_ends[0], &self->byte, 1, 5));
	CHECK(n == 0);
	AWAIT(r, async__close(pipe_ends[0]));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(pipe(pipe_ends) == 0);
	return (int)run(root, &r);
}
