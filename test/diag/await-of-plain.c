// The operand of await is a call of a function that is not async.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

#include <stdlib.h>

async int f(int v);
int plain(int v);

async int main(void)
{
	int (*p)(int) = plain;

	await plain(1);
// CHECK: await-of-plain.c:[[#@LINE-1]]:8: error: operand of await is not a call of an async function{{.*}}'plain'
// CHECK-NEXT: await plain(1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return await f(1) + await abs(-1);
// CHECK: await-of-plain.c:[[#@LINE-1]]:28: error: operand of await is not a call of an async function{{.*}}'abs'
// CHECK-NEXT: return await f(1) + await abs(-1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

async int pointers(int (*p)(int))
{
	return await p(2);
// CHECK: await-of-plain.c:[[#@LINE-1]]:15: error: operand of await is not a call of an async function{{.*}}'p'
// CHECK-NEXT: return await p(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}
// CHECK: 3 errors generated
