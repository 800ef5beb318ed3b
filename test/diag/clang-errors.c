// Errors of plain C in async functions are clang's own, at their place, and come first.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	int v = await f(undeclared);
// CHECK: clang-errors.c:[[#@LINE-1]]:18: error: use of undeclared identifier 'undeclared'
// CHECK-NEXT: int v = await f(undeclared);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	v += await f(1, 2);
// CHECK: clang-errors.c:[[#@LINE-1]]:18: error: too many arguments to function call, expected {{.*}}, have 2
// CHECK-NEXT: v += await f(1, 2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	struct none s = await f(3);
// CHECK: clang-errors.c:[[#@LINE-1]]:14: error: variable has incomplete type 'struct none'
// CHECK-NEXT: struct none s = await f(3);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return await f("text");
// CHECK: clang-errors.c:[[#@LINE-1]]:17: error: incompatible pointer to integer conversion passing 'char[5]' to parameter of type 'int'{{.*}}
// CHECK-NEXT: return await f("text");
// CHECK-NEXT: {{^[ |0-9~]*}}^
}
// CHECK: 4 errors generated
