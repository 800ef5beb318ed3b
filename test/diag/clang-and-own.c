// Clang's errors and asyncc's come in one run; in a function that clang cannot read, clang's alone.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int one(void)
{
	f(1);
	return undeclared;
// CHECK: clang-and-own.c:[[#@LINE-1]]:9: error: use of undeclared identifier 'undeclared'
}

async int two(void)
{
	f(2);
// CHECK-NOT: error:
// CHECK: clang-and-own.c:[[#@LINE-2]]:2: error: call of async function 'f' is neither awaited nor spawned
	return 0;
}

int three(void)
{
	return await f(3);
// CHECK: clang-and-own.c:[[#@LINE-1]]:9: error: await outside an async function
}
// CHECK: 3 errors generated
