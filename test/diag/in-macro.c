// An error in what a macro produces points at the macro's use, and into the macro.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

#define TWICE(x) (2 * (x))
#define CALL_F f(1)

async int main(void)
{
	int v = TWICE(f(3));
// CHECK: in-macro.c:[[#@LINE-1]]:16: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: int v = TWICE(f(3));
// CHECK-NEXT: {{^[ |0-9~]*}}^

	v += CALL_F;
// CHECK: in-macro.c:[[#@LINE-1]]:7: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: v += CALL_F;
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: in-macro.c:8:16: note: expanded from macro 'CALL_F'
	return v;
}
// CHECK: 2 errors generated
