// The attribute alone, without the header.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
__attribute__((async)) int f(int v);
// CHECK: missing-include.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}#include <asyncc.h>{{.*}}

__attribute__((async)) int main(void)
{
	return 0;
}
// CHECK: error{{s?}} generated
