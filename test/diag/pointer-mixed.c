// Async and plain function pointers do not mix: assignment, initialiser, argument, return.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int waits(int v);
int plain(int v);

typedef async int (*waiting)(int);
typedef int (*computing)(int);

struct ops {
	async int (*run)(int);
	int (*compute)(int);
};

void take_async(async int (*f)(int), int v);
void take_plain(int v, int (*f)(int));

waiting file_scope = waits;

async computing give_plain(int v)
{
	if (v)
		return plain;
	return waits;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:9: error: {{.*async.*plain.*}}return
// CHECK-NEXT: return waits;
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

async int main(void)
{
	async int (*a)(int) = waits;
	int (*p)(int) = plain;
	async int (*wrong_a)(int) = plain;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:30: error: {{.*plain.*async.*}}initialiser
// CHECK-NEXT: async int (*wrong_a)(int) = plain;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	int (*wrong_p)(int) = waits;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:24: error: {{.*async.*plain.*}}initialiser
// CHECK-NEXT: int (*wrong_p)(int) = waits;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	struct ops ops = {waits, plain};
	struct ops swapped = {plain, waits};
// CHECK: pointer-mixed.c:[[#@LINE-1]]:24: error: {{.*plain.*async.*}}initialiser
// CHECK-NEXT: struct ops swapped = {plain, waits};
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: pointer-mixed.c:[[#@LINE-4]]:31: error: {{.*async.*plain.*}}initialiser
// CHECK-NEXT: struct ops swapped = {plain, waits};
// CHECK-NEXT: {{^[ |0-9~]*}}^
	struct ops named = {.compute = waits, .run = &waits};
// CHECK: pointer-mixed.c:[[#@LINE-1]]:33: error: {{.*async.*plain.*}}initialiser
// CHECK-NEXT: struct ops named = {.compute = waits, .run = &waits};
// CHECK-NEXT: {{^[ |0-9~]*}}^

	a = waits;
	a = plain;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:6: error: {{.*plain.*async.*}}assignment
// CHECK-NEXT: a = plain;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	p = &waits;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:6: error: {{.*async.*plain.*}}assignment
// CHECK-NEXT: p = &waits;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	p = a;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:6: error: {{.*async.*plain.*}}assignment
// CHECK-NEXT: p = a;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	ops.run = ops.compute;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:12: error: {{.*plain.*async.*}}assignment
// CHECK-NEXT: ops.run = ops.compute;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	ops.compute = ops.run;
// CHECK: pointer-mixed.c:[[#@LINE-1]]:16: error: {{.*async.*plain.*}}assignment
// CHECK-NEXT: ops.compute = ops.run;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	take_async(a, 1);
	take_async(p, 1);
// CHECK: pointer-mixed.c:[[#@LINE-1]]:13: error: {{.*plain.*async.*}}argument
// CHECK-NEXT: take_async(p, 1);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	take_plain(1, p);
	take_plain(1, waits);
// CHECK: pointer-mixed.c:[[#@LINE-1]]:16: error: {{.*async.*plain.*}}argument
// CHECK-NEXT: take_plain(1, waits);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	a = 0;
	p = ops.compute;
	return a == 0 && p && wrong_a && wrong_p && swapped.run && named.run;
}
// CHECK: 13 errors generated
