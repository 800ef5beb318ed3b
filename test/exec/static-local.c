// Static locals are one object for all calls, initialised once, shared by running calls.
// RUN: %exec %s
#include "exec.h"

static async int count(int v)
{
	static int calls, sum = 100;
	static const char *const names[] = {"zero", "one", "two"};
	static struct pair last = {-1, -1};

	calls++;
	await tick(v);
	sum += v;
	last.b = last.a;
	last.a = v;
	await nap();
	say("%s %d %d %d", names[v], calls, last.a, last.b);
	return sum;
}

static async int nested(int depth)
{
	static int inside;
	int seen;

	inside++;
	if (depth)
		await nested(depth - 1);
	await nap();
	seen = inside;
	inside--;
	return seen;
}

async int main(void)
{
	for (int i = 0; i < 3; i++)
		say("%d", await count(i));
	say("%d", await nested(3));
	return 0;
}
