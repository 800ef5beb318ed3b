// The transform's own messages have carets in the original text too, through macros.
// REQUIRES: llvm14
// RUN: not %clang19 -Wall -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %clang14 -Wall -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %clang19 -Wall -fsyntax-only -Werror -fno-caret-diagnostics %s 2>&1 | FileCheck %s --check-prefix=PLAIN
// RUN: not %clang19 -Wall -c -x c - -o %t.o < %s 2>&1 | FileCheck %s --check-prefix=STDIN
#include <asyncc.h>
#define SECOND(a, b) b
#define WAIT(v) (await f(v))

async int f(int v);

int plain(int v)
{
#pragma GCC unroll 2
	for (int i = 0; i < 4; i++)
		v += i;
	v += SECOND(1, await f(v));
// CHECK: carets-own.c:[[#@LINE-1]]:17: error: await outside an async function
// CHECK-NEXT: v += SECOND(1, await f(v));
// PLAIN: carets-own.c:[[#@LINE-3]]:17: error:
// STDIN: <stdin>:[[#@LINE-4]]:17: error:
	return WAIT(v);
// CHECK: carets-own.c:[[#@LINE-1]]:9: error: await outside an async function
// CHECK-NEXT: return WAIT(v);
// CHECK: carets-own.c:9:18: note: expanded from macro 'WAIT'
// CHECK-NEXT: #define WAIT(v) (await f(v))
// CHECK-NEXT: ^
}
// CHECK: 2 errors generated.
