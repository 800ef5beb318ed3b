// _Async and _Await are always there; without the short words those are free for the program.
// RUN: %exec %s
// CFLAGS: -DASYNCC_NO_KEYWORDS
#define ASYNC_TICK(v) (_Await slow((v)))

#include "exec.h"

static _Async int slow(int v)
{
	say("slow %d", v);
	if (v > 0)
		_Await slow(v - 1);
	return v;
}

static int async(int await)
{
	return await * 2;
}

_Async int main(void)
{
	int await = _Await slow(2);

	await += ASYNC_TICK(1);
	say("%d", async(await));
	return 0;
}
