// A call of an async function from a function that is not async.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

int plain(int v)
{
	return f(v);
// CHECK: call-not-awaited-plain.c:[[#@LINE-1]]:9: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: return f(v);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

int main(void)
{
	f(2);
// CHECK: call-not-awaited-plain.c:[[#@LINE-1]]:2: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: f(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return async_run(f(1));
}
// CHECK: 2 errors generated
