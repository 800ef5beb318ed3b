// async_run of a call through a pointer, from a helper that is not async.
// RUN: %exec %s
#include "exec.h"

struct job {
	async int (*run)(int);
	int v;
};

static async int square(int v)
{
	return await tick(v) * v;
}

static int perform(const struct job *jobs, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += async_run(jobs[i].run(jobs[i].v));
	return sum;
}

int main(void)
{
	static const struct job jobs[] = {{square, 3}, {tick, 4}};

	say("%d", perform(jobs, 2));
	return 0;
}
