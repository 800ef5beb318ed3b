// Flags of asyncc's warnings: the last one that names a warning or a group of it decides.
// RUN: %asyncc -fsyntax-only %s 2>&1 | FileCheck %s --check-prefix=WARN
// RUN: %asyncc -fsyntax-only -w %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wno-async %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wno-everything %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wno-async -Wasync %s 2>&1 | FileCheck %s --check-prefix=WARN
// RUN: %asyncc -fsyntax-only -Wasync -Wno-async-blocking %s 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: %asyncc -fsyntax-only -Wno-async -Wasync-discarded-task %s 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: not %asyncc -fsyntax-only -Werror %s 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: not %asyncc -fsyntax-only -Werror=async %s 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: not %asyncc -c -Werror=async-blocking %s -o %t.o 2>&1 | FileCheck %s --check-prefix=MIXED
// RUN: not %asyncc -c -Werror -Wno-error=async-discarded-task %s -o %t.o 2>&1 | FileCheck %s --check-prefix=MIXED
// RUN: %asyncc -fsyntax-only -Werror -Wno-error=async %s 2>&1 | FileCheck %s --check-prefix=WARN
// RUN: %asyncc -fsyntax-only -fno-diagnostics-show-option %s 2>&1 | FileCheck %s --check-prefix=NAMELESS
// RUN: %asyncc -fsyntax-only -Wno-async -Wasync-blocked %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: %asyncc -fsyntax-only -Wno-async -Wasync-blocked -Wno-unknown-warning-option %s 2>&1 | count 0

// Every compiler behind the transform.
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s --check-prefix=WARN
// RUN: %gcc -c -w %s -o %t.o 2>&1 | count 0
// RUN: %gcc -c -Wno-async %s -o %t.o 2>&1 | count 0
// RUN: not %gcc -c -Werror -Wno-error=async-discarded-task %s -o %t.o 2>&1 | FileCheck %s --check-prefix=MIXED

// clang with the plugin and nothing else.
// RUN: %clang14 -fsyntax-only %s 2>&1 | FileCheck %s --check-prefix=WARN
// RUN: %clang14 -fsyntax-only -fplugin-arg-asyncc-Wno-async-blocking %s 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: not %clang14 -fsyntax-only -fplugin-arg-asyncc-Werror=async-blocking %s 2>&1 | FileCheck %s --check-prefix=MIXED
// RUN: %clang19 -fsyntax-only -fplugin-arg-asyncc-Wno-async %s 2>&1 | count 0
// RUN: %clang19 -fsyntax-only -Wno-unknown-warning-option -Wno-async-blocking %s 2>&1 | FileCheck %s --check-prefix=ONE
// REQUIRES: llvm14, llvm19
#include <asyncc.h>

#include <unistd.h>

async int f(int v)
{
	sleep(1);
// WARN: warning-flags.c:[[#@LINE-1]]:2: warning: call of 'sleep' blocks {{.*}} [-Wasync-blocking]
// ERROR: warning-flags.c:[[#@LINE-2]]:2: error: call of 'sleep' blocks {{.*}} [-Werror,-Wasync-blocking]
// MIXED: warning-flags.c:[[#@LINE-3]]:2: error: call of 'sleep' blocks {{.*}} [-Werror,-Wasync-blocking]
// ONE-NOT: blocks
// NAMELESS: warning-flags.c:[[#@LINE-5]]:2: warning: call of 'sleep' blocks the thread and every task on it; use 'await async_sleep_ms'{{$}}
	async_spawn(f(v));
// WARN: warning-flags.c:[[#@LINE-1]]:2: warning: the handle of this task is discarded; {{.*}} [-Wasync-discarded-task]
// ERROR: warning-flags.c:[[#@LINE-2]]:2: error: the handle of this task is discarded; {{.*}} [-Werror,-Wasync-discarded-task]
// MIXED: warning-flags.c:[[#@LINE-3]]:2: warning: the handle of this task is discarded; {{.*}} [-Wasync-discarded-task]
// ONE: warning-flags.c:[[#@LINE-4]]:2: warning: the handle of this task is discarded; {{.*}} [-Wasync-discarded-task]
	return await async_yield();
}
// WARN: 2 warnings generated
// ERROR: 2 errors generated
// MIXED: 1 warning and 1 error generated
// ONE: 1 warning generated
// UNKNOWN: warning: unknown warning option '-Wasync-blocked' [-Wunknown-warning-option]
// UNKNOWN-NOT: sleep
