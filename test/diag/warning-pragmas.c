// Diagnostic pragmas hold for asyncc's warnings, and clang does not wonder at their names.
// RUN: not %asyncc -fsyntax-only -Wall -Wextra %s 2>&1 | FileCheck %s --check-prefixes=CHECK,CLANG
// RUN: not %clang14 -fsyntax-only -Wall -Wextra %s 2>&1 | FileCheck %s --check-prefixes=CHECK,CLANG
// RUN: not %gcc -c -Wall -Wextra %s -o %t.o 2>&1 | FileCheck %s
// RUN: %asyncc -DQUIET -Wall -Wextra -Werror -c %s -o %t.o 2>&1 | count 0
// REQUIRES: llvm14
#include <asyncc.h>

#include <unistd.h>

#ifndef QUIET
#pragma clang diagnostic pop
// CHECK: warning-pragmas.c:[[#@LINE-1]]:26: warning: pragma diagnostic pop could not pop, no matching push
#pragma clang diagnostic ignored "-Wno-such-warning"
// CLANG: warning-pragmas.c:[[#@LINE-1]]:34: warning: unknown warning group '-Wno-such-warning', ignored
#pragma clang diagnostic silenced "-Wall"
// CHECK: warning-pragmas.c:[[#@LINE-1]]:26: warning: pragma diagnostic expected 'error', 'warning', 'ignored', 'fatal', 'push', or 'pop'
#endif

#define SILENT_SLEEP(n)                                                                            \
	_Pragma("clang diagnostic push")                                                           \
	_Pragma("clang diagnostic ignored \"-Wasync-blocking\"")                                   \
	sleep(n);                                                                                  \
	_Pragma("clang diagnostic pop")

async int g(int v);

async int f(int v)
{
	SILENT_SLEEP(1)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wasync"
	sleep(2);
	async_spawn(g(v));
#ifndef QUIET
#pragma clang diagnostic push
#pragma clang diagnostic error "-Wasync-blocking"
	sleep(3);
// CHECK-NOT: sleep
// CHECK: warning-pragmas.c:[[#@LINE-2]]:2: error: call of 'sleep' blocks {{.*}} [-Werror,-Wasync-blocking]
#pragma clang diagnostic pop
	sleep(4);
#pragma GCC diagnostic pop
	sleep(5);
// CHECK-NOT: warning:
// CHECK: warning-pragmas.c:[[#@LINE-2]]:2: warning: call of 'sleep' blocks {{.*}} [-Wasync-blocking]
#else
#pragma GCC diagnostic pop
#endif
#pragma clang diagnostic ignored "-Wunused-variable"
	int unused;
	return await async_yield();
}
