// await outside an async function names the function to change.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async void f(void);

void helper(void)
{
	await f();
// CHECK: await-outside-note.c:[[#@LINE-1]]:2: error: await outside an async function
// CHECK-NEXT: await f();
// CHECK-NEXT: {{^[ |0-9~]*}}^
}
// CHECK: await-outside-note.c:7:6: note: {{.*}}'helper'{{.*}}async
// CHECK: 1 error generated
