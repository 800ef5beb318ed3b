// The usual ladder of error exits, awaits in acquisition and release.
// RUN: %exec %s
#include "exec.h"

static async int acquire(const char *what, int fails)
{
	await nap();
	say("acquire %s%s", what, fails ? " fails" : "");
	return fails ? -1 : 0;
}

static async void release(const char *what)
{
	say("release %s", what);
	await nap();
}

static async int work(int step)
{
	int err;

	err = await acquire("one", step == 1);
	if (err)
		return err;
	if ((err = await acquire("two", step == 2)) != 0)
		goto fail_one;
	if (await acquire("three", step == 3)) {
		err = -3;
		goto fail_two;
	}
	await release("three");
fail_two:
	await release("two");
fail_one:
	await release("one");
	return err;
}

async int main(void)
{
	for (int step = 1; step < 5; step++)
		say("%d", await work(step));
	return 0;
}
