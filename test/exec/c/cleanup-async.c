// Cleanup functions that are async are awaited at every way out of their scope.
// RUN: %exec %s
// CFLAGS: -Wno-shadow -Wno-unused-variable
#include "exec.h"

struct guard {
	const char *name;
	int *depth;
};

static async void leave(struct guard *guard)
{
	say("leaving %s", guard->name);
	await nap();
	--*guard->depth;
	say("left %s at %d", guard->name, await tick(*guard->depth));
}

static async int leave_int(int *v)
{
	await nap();
	say("int %d", *v);
	return *v;
}

static void plain(char **text)
{
	say("plain %s", *text);
}

static struct guard enter(const char *name, int *depth)
{
	++*depth;
	return (struct guard){name, depth};
}

#define GUARD __attribute__((unused, cleanup(leave)))

static async int ways(int way)
{
	int depth = 0, sum = 0;
	GUARD struct guard outer = enter("outer", &depth);

	for (GUARD struct guard loop = enter("loop", &depth); sum < 3; sum++) {
		__attribute__((cleanup(plain))) char *text = "between";
		GUARD struct guard inner = enter("inner", &depth);

		if (way == 1 && sum == 1)
			return sum + depth * 10;
		if (way == 2 && sum == 1)
			break;
		if (way == 3 && sum == 1)
			continue;
		if (way == 4)
			goto out;
		if (way == 5) {
			const char *outer = "hidden";
			return (int)strlen(outer);
		}
		if (way == 6)
			return await tick(await tick(40) + depth);
	}
	sum += ({
		__attribute__((cleanup(leave_int))) int v = sum;
		if (way == 7)
			return -1;
		v + 100;
	});
out:
	switch (way) {
	case 0: {
		GUARD struct guard in_case = enter("case", &depth);
		if (depth)
			break;
	}
	default:
		say("default");
	}
	return sum + depth * 1000;
}

static async void nothing(bool early)
{
	__attribute__((cleanup(leave_int))) int v = 5;

	if (early)
		return;
	v++;
}

async int main(void)
{
	for (int way = 0; way < 8; way++)
		say("way %d: %d", way, await ways(way));
	await nothing(true);
	await nothing(false);
	return 0;
}
