// Fields, variables, parameters and labels named async and await beside the keywords.
// RUN: %exec %s
// NOT-ERASED: the macros that erase the words would erase these too
// OUT: tick 3
// OUT: 1 2 3
// OUT: 11 22
// OUT: tick 5
// OUT: 5 4
// OUT: 12
// OUT: tick 6
// OUT: 6
#include "exec.h"

struct options {
	int async;
	struct pair await;
	async int (*run)(int);
};

static int both(int async, int await)
{
	return async * 10 + await;
}

static async int kept(int await)
{
	int async = await;

	await++;
	async = await tick(async);
	await--;
	return async * await;
}

async int main(void)
{
	struct options o = {.async = 1, .await = {1, 2}, .run = tick}, *p = &o;
	int n;

	n = await o.run(3);
	say("%d %d %d", o.async, p->await.b, n);
	p->async = 11;
	o.await.b += 20;
	say("%d %d", p->async, o.await.b);
	n = await p->run(5);
	{
		int async = n;
		int await = async - 1;
		say("%d %d", async, await);
	}
	say("%d", both(1, 2));
	say("%d", await kept(6) / 6);
	return 0;
}
