// Errors of several functions come in one run, in the order of the file.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

int one(void)
{
	return await f(1);
// CHECK: several-functions.c:[[#@LINE-1]]:9: error: await outside an async function
// CHECK-NEXT: return await f(1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

async int two(void)
{
	f(2);
// CHECK: several-functions.c:[[#@LINE-1]]:2: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: f(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return await one();
// CHECK: several-functions.c:[[#@LINE-1]]:15: error: operand of await is not a call of an async function{{.*}}'one'
// CHECK-NEXT: return await one();
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

async int three(void)
{
	return await two();
}

async int main(void)
{
	int (*p)(void) = three;
// CHECK: several-functions.c:[[#@LINE-1]]:19: error: {{.*async.*plain.*}}initialiser
// CHECK-NEXT: int (*p)(void) = three;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return p != 0;
}
// CHECK: 4 errors generated
