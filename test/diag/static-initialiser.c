// await in the initialiser of a static local, which is evaluated before the program runs.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	static int once = await f(1);
// CHECK: static-initialiser.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*(await in the initialiser of a static|not a compile-time constant).*}}
	return once;
}
// CHECK: error{{s?}} generated
