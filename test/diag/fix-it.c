// What is certain comes as text to insert, under the caret and for tools.
// RUN: not %asyncc -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
// RUN: not %clang14 -fsyntax-only -fdiagnostics-parseable-fixits %s 2>&1 | FileCheck %s
// REQUIRES: llvm14
#include <asyncc.h>

async int f(int v);
int f(int v);
// CHECK: fix-it.c:[[#@LINE-1]]:5: error: 'f' is declared without async here
// CHECK: fix-it.c:[[#@LINE-2]]:1: note: write async before this declaration
// CHECK: fix-it:"{{.*}}fix-it.c":{8:1-8:1}:"async "

#define CALL f(2)
#define PARENTHESISED (f(3))

async int main(void)
{
	async_task(int) t = async_spawn(f(0));

	async_join(t);
// CHECK: fix-it.c:[[#@LINE-1]]:2: error: async_join is not awaited
// CHECK-NEXT: async_join(t);
// CHECK-NEXT: {{^[ |]*}}^~~~~~~~~~~~~{{$}}
// CHECK-NEXT: {{^[ |]*}}await{{ *$}}
// CHECK-NEXT: fix-it:"{{.*}}fix-it.c":{20:2-20:2}:"await "
	CALL;
// CHECK: fix-it.c:[[#@LINE-1]]:2: error: call of async function 'f' is neither awaited nor spawned
// CHECK: fix-it:"{{.*}}fix-it.c":{26:2-26:2}:"await "
	PARENTHESISED;
// CHECK: fix-it.c:[[#@LINE-1]]:2: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NOT: fix-it:
	return f(1);
// CHECK: fix-it.c:[[#@LINE-1]]:9: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: return f(1);
// CHECK-NEXT: {{^[ |]*}}^~~~{{$}}
// CHECK-NEXT: {{^[ |]*}}await{{ *$}}
// CHECK: fix-it:"{{.*}}fix-it.c":{32:9-32:9}:"await "
}
// CHECK: 5 errors generated
