// await where the operand is not evaluated.
// RUN: not %asyncc -fsyntax-only -fdiagnostics-print-source-range-info %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s --check-prefix=PLAIN
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	unsigned long n = sizeof(await f(1));
// CHECK: unevaluated.c:[[#@LINE-1]]:27:{[[#@LINE-1]]:27-[[#@LINE-1]]:37}: error: await in an operand that is not evaluated{{$}}
// PLAIN: unevaluated.c:[[#@LINE-2]]:27: error: await in an operand that is not evaluated
	__typeof__(await f(2)) v = 1;
// CHECK: unevaluated.c:[[#@LINE-1]]:13:{{.*}}: error: await in an operand that is not evaluated{{$}}
	v += _Generic(await f(3), int: 1, default: 2);
// CHECK: unevaluated.c:[[#@LINE-1]]:16:{{.*}}: error: await in an operand that is not evaluated{{$}}
	v += __builtin_constant_p(await f(4));
// CHECK: unevaluated.c:[[#@LINE-1]]:28:{{.*}}: error: await in an operand that is not evaluated{{$}}
	return v + (int)n;
}
// CHECK: 4 errors generated
