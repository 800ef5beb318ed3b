// The operand of await is no call at all.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	int v = 1;
	async_task(int) t = async_spawn(f(1));

	v = await 5;
// CHECK: await-of-no-call.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*await.*}}
	v = await v;
// CHECK: await-of-no-call.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*await.*}}
	v = await (await async_join(t) + 1);
// CHECK: await-of-no-call.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*await.*}}
	return v;
}
// CHECK: 3 errors generated
