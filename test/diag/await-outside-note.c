// await outside an async function names the function to change, and how.
// RUN: not %asyncc -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
#include <asyncc.h>

async void f(void);

void helper(void)
{
	await f();
// CHECK: await-outside-note.c:[[#@LINE-1]]:2: error: await outside an async function
// CHECK-NEXT: await f();
// CHECK-NEXT: {{^[ |]*}}^~~~~~~~~{{$}}
// CHECK-NEXT: await-outside-note.c:[[#@LINE-6]]:1: note: declare 'helper' async
// CHECK-NEXT: void helper(void)
// CHECK-NEXT: {{^[ |]*}}^
// CHECK-NEXT: {{^[ |]*}}async{{ *$}}
// CHECK-NEXT: fix-it:"{{.*}}await-outside-note.c":{7:1-7:1}:"async "
}

[[maybe_unused]] static inline int attributed(void)
{
	__attribute__((await)) f();
// CHECK: await-outside-note.c:[[#@LINE-1]]:2: error: await outside an async function
// CHECK: await-outside-note.c:[[#@LINE-4]]:18: note: declare 'attributed' async
// CHECK: fix-it:"{{.*}}await-outside-note.c":{20:18-20:18}:"async "
	return 0;
}

int main(void)
{
	await f();
// CHECK: await-outside-note.c:[[#@LINE-1]]:2: error: await outside an async function
// CHECK: await-outside-note.c:[[#@LINE-4]]:1: note: declare 'main' async
	return 0;
}
// CHECK: 3 errors generated
