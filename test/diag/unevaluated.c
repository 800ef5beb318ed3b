// await where the operand is not evaluated.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	unsigned long n = sizeof(await f(1));
// CHECK: unevaluated.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}await in an operand that is not evaluated{{.*}}
	__typeof__(await f(2)) v = 1;
// CHECK: unevaluated.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}await in an operand that is not evaluated{{.*}}
	v += _Generic(await f(3), int: 1, default: 2);
// CHECK: unevaluated.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}await in an operand that is not evaluated{{.*}}
	return v + (int)n;
}
// CHECK: 3 errors generated
