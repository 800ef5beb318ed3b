// A parameter's bound that clang cannot read gets clang's error, and no crash.
// RUN: not %asyncc -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: not test -e %t.o
#include <asyncc.h>

async int g(void);

async int f(int n, int a[n +])
// CHECK: [[#@LINE-1]]:29: error: expected expression
{
	return await g() + a[0];
}
// CHECK: 1 error generated.
// CHECK-NOT: error
