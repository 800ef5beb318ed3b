/* A task whose operations always succeed at once lets the others run now and then. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
#include "Inputs/hand.h"

#include <sys/socket.h>

#ifndef PAIRS
#define PAIRS 10000
#endif

static int pair[2];
static int ticks, longest;

struct ticker {
	struct co co;
	bool stop;
};
CO(ticker)
{
	int r;

	BEGIN;
	while (!self->stop) {
		ticks++;
		longest = 0;
		AWAIT(r, async__yield());
		CHECK(r == 0);
	}
	RETURN(0);
	END;
}

struct root {
	struct co co;
	struct ticker ticker;
	struct async_task *task;
	int i, most;
	char byte;
};
CO(root)
{
	ssize_t n;

	BEGIN;
	self->task = spawn(ticker, &self->ticker);
	for (self->i = 0; self->i < PAIRS; self->i++) {
		AWAIT(n, async__write(pair[0], "x", 1));
		CHECK(n == 1);
		AWAIT(n, async__read(pair[1], &self->byte, 1));
		CHECK(n == 1);
		longest += 2;
		if (longest > self->most)
			self->most = longest;
	}
	self->ticker.stop = true;
	AWAIT(n, join(self->task));
	printf("%d ticks, at most %d operations between two\n", ticks, self->most);
	CHECK(self->most <= 128 && ticks >= PAIRS / 100);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	return (int)run(root, &r);
}
