// A syntax error in an async function is clang's, at its place.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	int v = await f(1)
// CHECK: syntax-error.c:[[#@LINE-1]]:20: error: expected ';' at end of declaration
// CHECK-NEXT: int v = await f(1)
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return v;
}
// CHECK: 1 error generated
