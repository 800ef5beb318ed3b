/* Pipes: transfers larger than the pipe; writing to a closed one gives -EPIPE and no signal,
 * nor takes it away a SIGPIPE that was pending; O_NONBLOCK is set in between only. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define SIZE 1000000

static int pipe_ends[2];
static char data[SIZE], got[SIZE];

struct writer {
	struct co co;
};
CO(writer)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, async__write_full(pipe_ends[1], data, SIZE));
	CHECK(n == SIZE);
	RETURN(n);
	END;
}

static bool blocks(int fd)
{
	return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

struct root {
	struct co co;
	struct writer writer;
	struct async_task *task;
};
CO(root)
{
	sigset_t pipe_signal, pending;
	ssize_t n;
	int r;

	BEGIN;
	self->task = spawn(writer, &self->writer);
	AWAIT(n, async__read_full(pipe_ends[0], got, SIZE));
	CHECK(n == SIZE && !memcmp(got, data, SIZE));
	AWAIT(n, join(self->task));
	CHECK(n == SIZE);
	AWAIT(n, async__read_full(pipe_ends[0], got, 0));
	CHECK(n == 0);

	CHECK(!blocks(pipe_ends[0]) && !blocks(pipe_ends[1]));
	r = dup(pipe_ends[0]);
	CHECK(r >= 0);
	async_release_fd(pipe_ends[0]);
	CHECK(blocks(r));
	close(r);
	close(pipe_ends[0]);

	AWAIT(n, async__write(pipe_ends[1], data, 1));
	CHECK(n == -EPIPE);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_signal, NULL);
	raise(SIGPIPE);
	AWAIT(n, async__write(pipe_ends[1], data, 1));
	CHECK(n == -EPIPE);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGPIPE));
	signal(SIGPIPE, SIG_IGN);
	AWAIT(r, async__close(pipe_ends[1]));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	for (int i = 0; i < SIZE; i++)
		data[i] = (char)(i * 7 >> 3);
	CHECK(pipe(pipe_ends) == 0);
	return (int)run(root, &r);
}
