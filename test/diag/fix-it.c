// A forgotten await comes with its mend.
// RUN: not %asyncc -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	return f(1);
// CHECK: fix-it.c:[[#@LINE-1]]:9: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: return f(1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: fix-it:"{{.*}}fix-it.c":{9:9-9:9}:"await "
}
