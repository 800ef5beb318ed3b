// Messages point at the original text, also through macros, and say each thing once.
// REQUIRES: llvm14
// RUN: not %clang19 -Wall -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %clang14 -Wall -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>
#define TWICE(x) ((x) + (x))
#define CALL(f, ...) f(__VA_ARGS__)

struct none;
async int f(struct none *p);

async int quiet_and_loud(void)
{
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wunused-variable\"")
	int quiet;
#pragma GCC diagnostic pop
	int loud;
// CHECK-NOT: 'quiet'
// CHECK: carets.c:[[#@LINE-2]]:6: warning: unused variable 'loud'
// CHECK-NEXT: int loud;
	return 0;
}

async int g(char *text)
{
	int v = TWICE(await CALL(f, 1, text));
// CHECK: carets.c:[[#@LINE-1]]:33: error: too many arguments to function call
// CHECK-NEXT: int v = TWICE(await CALL(f, 1, text));
// CHECK: carets.c:7:24: note: expanded from macro 'CALL'
// CHECK: carets.c:6:20: note: expanded from macro 'TWICE'
// CHECK: carets.c:[[#@LINE-5]]:33: error: too many arguments to function call
// CHECK: carets.c:6:26: note: expanded from macro 'TWICE'
	return v;
}

async int h(int v)
{
	return v + TWICE(await v);
// CHECK: carets.c:[[#@LINE-1]]:25: error: operand of await is not a call of an async function
}
// CHECK-NOT: error:
// CHECK: 1 warning and 3 errors generated.
