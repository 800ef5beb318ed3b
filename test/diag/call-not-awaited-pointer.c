// Calls through async function pointers that are neither awaited nor spawned.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

struct ops {
	async int (*run)(int);
	async int (*table[2])(int);
};
typedef async int (*callback)(int);

async int use(struct ops *ops, callback cb, async int (*p)(int))
{
	ops->run(1);
// CHECK: call-not-awaited-pointer.c:[[#@LINE-1]]:2: error: call of async function 'run' is neither awaited nor spawned
// CHECK-NEXT: ops->run(1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	cb(2);
// CHECK: call-not-awaited-pointer.c:[[#@LINE-1]]:2: error: call of async function 'cb' is neither awaited nor spawned
// CHECK-NEXT: cb(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	(*p)(3);
// CHECK: call-not-awaited-pointer.c:[[#@LINE-1]]:2: error: call of async function 'p' is neither awaited nor spawned
// CHECK-NEXT: (*p)(3);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return ops->table[1](4);
// CHECK: call-not-awaited-pointer.c:[[#@LINE-1]]:9: error: call of async function {{.*}} is neither awaited nor spawned
// CHECK-NEXT: return ops->table[1](4);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}
// CHECK: 4 errors generated
