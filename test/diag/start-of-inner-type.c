// A task's arguments have types that are known at file scope.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int variadic(int n, ...);

async int main(void)
{
	struct inner { int a; } in = {1};
	enum few { ONE = 1 } one = ONE;
	async_detach(async_spawn(variadic(3, one, &in)));
	async_detach(async_spawn(variadic(2, in)));
// CHECK: start-of-inner-type.c:[[#@LINE-1]]:39: error: the type of this argument is declared inside the function; declare it at file scope to start a task with it{{$}}
	return 0;
}
// CHECK: 1 error generated
