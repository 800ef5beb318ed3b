// Variables with the names that a transform would like to use for its own.
// RUN: %exec %s
#include "exec.h"

struct frame {
	int frame;
};

static async int f(struct frame *frame, int point, int caller, int result, int value, int pending)
{
	int r = 1, a = 2, t = 3, resume = 4, resume_1 = 5, async_frame = 6, tmp = 7, done = 8,
	    live = 9;

	r += await tick(frame->frame);
	a += await tick(point) + t;
	resume += await tick(resume_1) + async_frame;
done:
	tmp += await tick(done);
	if (tmp < 20)
		goto done;
	return r + a + resume + tmp + live + caller + result + value + pending;
}

async int main(void)
{
	struct frame self = {100};

	say("%d", await f(&self, 1, 2, 3, 4, 5));
	return 0;
}
