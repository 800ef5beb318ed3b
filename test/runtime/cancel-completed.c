/* An operation that has completed before its task is cancelled keeps its result. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <unistd.h>

static int pipe_ends[2];

struct reader {
	struct co co;
	char byte;
};
CO(reader)
{
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(n, async__read(pipe_ends[0], &self->byte, 1));
	CHECK(async_cancelled());
	CHECK(n == 1 && self->byte == 'x');
	AWAIT(r, async__yield());
	CHECK(r == -ECANCELED);
	RETURN(0);
	END;
}

/* Wakes with the reader's descriptor ready as well, and is first to run. */
struct canceller {
	struct co co;
	struct async_task *victim;
	char byte;
};
static int second_pipe[2];
CO(canceller)
{
	ssize_t n;

	BEGIN;
	AWAIT(n, async__read(second_pipe[0], &self->byte, 1));
	CHECK(n == 1);
	async_cancel(self->victim);
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct reader reader;
	struct canceller canceller;
	struct async_task *reading, *cancelling;
};
CO(root)
{
	ssize_t value;
	int r;

	BEGIN;
	self->canceller.victim = self->reading = spawn(reader, &self->reader);
	self->cancelling = spawn(canceller, &self->canceller);
	AWAIT(r, async__sleep_ms(1));
	CHECK(r == 0);
	CHECK(write(second_pipe[1], "y", 1) == 1 && write(pipe_ends[1], "x", 1) == 1);
	AWAIT(value, join(self->cancelling));
	CHECK(value == 0);
	AWAIT(value, join(self->reading));
	CHECK(value == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(pipe(pipe_ends) == 0 && pipe(second_pipe) == 0);
	return (int)run(root, &r);
}
