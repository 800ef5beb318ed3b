// A function that is started as a task is declared at file scope.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int main(void)
{
	async int later(int v);
	async_task(int) task = async_spawn(later(1));
// CHECK: start-at-block-scope.c:[[#@LINE-1]]:37: error: 'later' must be declared at file scope to be started as a task{{$}}
	return await async_join(task);
}
