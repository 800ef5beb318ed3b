// A task that is given the address of a local whose scope is left before the task has ended.
// RUN: %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: %asyncc -fsyntax-only -Wno-async-dangling -Werror %s 2>&1 | count 0
// REQUIRES: llvm14
#include <asyncc.h>

struct job {
	int in, out[4];
};

async int fill(int *p, int n);
async int run_job(struct job *job);

async int early_return(int n)
{
	struct job job = {n, {0}};
// CHECK: dangling.c:[[#@LINE+1]]:43: warning: 'job' may be gone before the task of 'run_job' has ended: nothing waits for the task before the scope is left [-Wasync-dangling]
	async_task(int) t = async_spawn(run_job(&job));

	if (!t)
		return -1;
	if (n < 0)
		return -2;
// CHECK: dangling.c:[[#@LINE-1]]:3: note: the scope of 'job' is left here
	return await async_join(t);
}

async_task(int) from_plain(void)
{
	int buf[4];
	return async_spawn(fill(buf + 1, 3));
// CHECK: dangling.c:[[#@LINE-1]]:26: warning: 'buf' may be gone before the task of 'fill' has ended
// CHECK: dangling.c:[[#@LINE-2]]:2: note: the scope of 'buf' is left here
}

async void detached(int n)
{
	for (int i = 0; i < n; i++) {
		struct job job = {i, {0}};
		async_detach(async_spawn(fill(&job.out[2], 1)));
// CHECK: dangling.c:[[#@LINE-1]]:34: warning: 'job' may be gone before the task of 'fill' has ended
		async_detach(async_spawn(fill((int[2]){i, n}, 2)));
// CHECK: dangling.c:[[#@LINE-1]]:33: warning: the compound literal may be gone before the task of 'fill' has ended
	}
// CHECK: dangling.c:[[#@LINE-1]]:2: note: the scope of the compound literal is left here
	await async_yield();
}

async void out_of_the_loop(int n)
{
	while (n) {
		int local = n;
// CHECK: dangling.c:[[#@LINE+1]]:41: warning: 'local' may be gone before the task of 'fill' has ended
		async_task(int) t = async_spawn(fill(&local, 1));
		if (n == 2)
			continue;
// CHECK: dangling.c:[[#@LINE-1]]:4: note: the scope of 'local' is left here
		if (n == 3)
			goto out;
		await async_join(t);
	}
out:
	await async_yield();
}

async void parameter(int v)
{
	async_detach(async_spawn(fill(&v, 1)));
// CHECK: dangling.c:[[#@LINE-1]]:33: warning: 'v' may be gone before the task of 'fill' has ended
}
// CHECK: 6 warnings generated
