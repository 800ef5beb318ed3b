// async_spawn and async_run of something that is not a call of an async function.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);
int plain(int v);

int main(void)
{
	async_task(int) t = async_spawn(plain(1));
// CHECK: start-of-plain.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async_spawn is not a call of an async function{{.*}}
	async_task(int) u = async_spawn(5);
// CHECK: start-of-plain.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async_spawn is not a call of an async function{{.*}}
	return async_run(plain(2)) + (t == u);
// CHECK: start-of-plain.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async_run is not a call of an async function{{.*}}
}
// CHECK: 3 errors generated
