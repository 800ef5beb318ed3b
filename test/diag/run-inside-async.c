// async_run in an async function.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	return async_run(f(1));
// CHECK: run-inside-async.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async_run inside an async function{{.*}}
}
// CHECK: 1 error generated
