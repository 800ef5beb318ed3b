// The end of a scope with an async cleanup function is an await, too.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

#include <errno.h>
#include <setjmp.h>

async void put(int *v);

static jmp_buf out;

async int scopes(int v)
{
	int *error = &errno;
	if (setjmp(out) == 0) {
// CHECK: cleanup-awaits.c:[[#@LINE-1]]:6: error: setjmp before an await in an async function
		__attribute__((cleanup(put))) int held = v;
		v += held;
	}
// CHECK: cleanup-awaits.c:[[#@LINE-1]]:2: note: the function may be suspended here
	return *error;
// CHECK: cleanup-awaits.c:[[#@LINE-1]]:10: error: 'error' keeps the address of errno across an await
// CHECK: cleanup-awaits.c:[[#@LINE-9]]:15: note: the address is taken here
// CHECK: cleanup-awaits.c:[[#@LINE-5]]:2: note: the function may be suspended here
}
// CHECK: 2 errors generated
