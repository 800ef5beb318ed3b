// async_join without await, and a task's handle awaited instead.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	async_task(int) t = async_spawn(f(1));

	async_join(t);
// CHECK: join-not-awaited.c:[[#@LINE-1]]:2: error: {{.*}}async_join{{.*}}not awaited
// CHECK-NEXT: async_join(t);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return 0;
}
// CHECK: 1 error generated
