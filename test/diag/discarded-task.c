// Handles of tasks that nobody joins or detaches.
// RUN: %asyncc -fsyntax-only -Wall %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: not %asyncc -fsyntax-only -Werror=async-discarded-task %s 2>&1 | FileCheck %s --check-prefix=ERROR
// REQUIRES: llvm14
#include <asyncc.h>

async int f(int v);

#define START(v) async_spawn(f(v))

int plain(int v)
{
	async_spawn(f(v));
// CHECK: discarded-task.c:[[#@LINE-1]]:2: warning: the handle of this task is discarded; join the task or detach it [-Wasync-discarded-task]
// ERROR: discarded-task.c:[[#@LINE-2]]:2: error: the handle of this task is discarded; join the task or detach it [-Werror,-Wasync-discarded-task]
	(void)async_spawn(f(v));
// CHECK: discarded-task.c:[[#@LINE-1]]:8: warning: the handle of this task is discarded
	for (int i = 0; i < v; i++, async_spawn(f(i)))
// CHECK: discarded-task.c:[[#@LINE-1]]:30: warning: the handle of this task is discarded
		v ? (void)async_detach(START(i)) : (void)START(i);
// CHECK: discarded-task.c:[[#@LINE-1]]:44: warning: the handle of this task is discarded
	return START(1), v;
// CHECK: discarded-task.c:[[#@LINE-1]]:9: warning: the handle of this task is discarded
}

async int main(void)
{
	async_task(int) unused = async_spawn(f(1));
// CHECK: discarded-task.c:[[#@LINE-1]]:18: warning: task 'unused' is neither joined nor detached [-Wasync-discarded-task]
// CHECK: discarded-task.c:[[#@LINE-2]]:27: note: the task is started here
	async_task(int) t = async_spawn(f(2)), u = async_spawn(f(3));
	async_detach(u);
	async_detach(async_spawn(f(4)));
	return await async_join(t) + await async_join(async_spawn(f(5)));
}
