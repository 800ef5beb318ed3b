// A call of an async function that is neither awaited nor spawned.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);
int plain(int v);

async int main(void)
{
	int v;

	f(1);
// CHECK: call-not-awaited.c:[[#@LINE-1]]:2: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: f(1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	v = 2 * f(2);
// CHECK: call-not-awaited.c:[[#@LINE-1]]:10: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: v = 2 * f(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	v = plain(f(v));
// CHECK: call-not-awaited.c:[[#@LINE-1]]:12: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: v = plain(f(v));
// CHECK-NEXT: {{^[ |0-9~]*}}^
	if (f(3) && await f(4))
// CHECK: call-not-awaited.c:[[#@LINE-1]]:6: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: if (f(3) && await f(4))
// CHECK-NEXT: {{^[ |0-9~]*}}^
		v++;
	int w = f(5), x = await f(f(6));
// CHECK: call-not-awaited.c:[[#@LINE-1]]:10: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: int w = f(5), x = await f(f(6));
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: call-not-awaited.c:[[#@LINE-4]]:28: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: int w = f(5), x = await f(f(6));
// CHECK-NEXT: {{^[ |0-9~]*}}^
	(void)f(7);
// CHECK: call-not-awaited.c:[[#@LINE-1]]:8: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: (void)f(7);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	for (f(8); f(9) < v; v = f(10))
// CHECK: call-not-awaited.c:[[#@LINE-1]]:7: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: for (f(8); f(9) < v; v = f(10))
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: call-not-awaited.c:[[#@LINE-4]]:13: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: for (f(8); f(9) < v; v = f(10))
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: call-not-awaited.c:[[#@LINE-7]]:27: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: for (f(8); f(9) < v; v = f(10))
// CHECK-NEXT: {{^[ |0-9~]*}}^
		w++;
	switch (f(11)) {
// CHECK: call-not-awaited.c:[[#@LINE-1]]:10: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: switch (f(11)) {
// CHECK-NEXT: {{^[ |0-9~]*}}^
	case 0:
		return f(12) + x;
// CHECK: call-not-awaited.c:[[#@LINE-1]]:10: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: return f(12) + x;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	}
	return v + w;
}
// CHECK: 12 errors generated
