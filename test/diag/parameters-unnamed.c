// A definition whose parameter has no name.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int, int v)
// CHECK: parameters-unnamed.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*(parameter|omitting).*}}
{
	await async_yield();
	return v;
}
// CHECK: error{{s?}} generated
