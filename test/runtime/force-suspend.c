/* With ASYNC_FORCE_SUSPEND=1 every operation suspends, also one that could end at once. */
// RUN: %cc_plain %s -o %t %runtime_link && env ASYNC_FORCE_SUSPEND=1 %t && not %t
#include "Inputs/hand.h"

#include <sys/socket.h>

static int pair[2];

#define AWAIT_SUSPENDED(lhs, call)                                                                 \
	do {                                                                                       \
		__typeof__(call) r_ = (call);                                                      \
		CHECK(r_.pending);                                                                 \
		memcpy(&self->co.got, &r_.value, sizeof r_.value);                                 \
		r_.pending->caller = &self->co.frame;                                              \
		self->co.at = __LINE__;                                                            \
		return SUSPENDED;                                                                  \
	case __LINE__:                                                                             \
		memcpy(&r_.value, &self->co.got, sizeof r_.value);                                 \
		lhs = r_.value;                                                                    \
	} while (0)

struct child {
	struct co co;
};
CO(child)
{
	BEGIN;
	RETURN(5);
	END;
}

struct root {
	struct co co;
	struct child child;
	struct async_task *task;
	char byte;
};
CO(root)
{
	ssize_t n;
	int r;

	BEGIN;
	AWAIT_SUSPENDED(n, async__write(pair[0], "x", 1));
	CHECK(n == 1);
	AWAIT_SUSPENDED(n, async__read(pair[1], &self->byte, 1));
	CHECK(n == 1);
	AWAIT_SUSPENDED(n, async__write_full(pair[0], "x", 1));
	CHECK(n == 1);
	AWAIT_SUSPENDED(n, async__read_full(pair[1], &self->byte, 1));
	CHECK(n == 1);
	AWAIT_SUSPENDED(n, async__read(-1, &self->byte, 1));
	CHECK(n == -EBADF);
	AWAIT_SUSPENDED(r, async__sleep_ms(0));
	CHECK(r == 0);
	self->task = spawn(child, &self->child);
	AWAIT_SUSPENDED(r, async__yield());
	CHECK(r == 0 && async_done(self->task));
	AWAIT_SUSPENDED(n, join(self->task));
	CHECK(n == 5);
	AWAIT_SUSPENDED(r, async__close(pair[0]));
	CHECK(r == 0);
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	return (int)run(root, &r);
}
