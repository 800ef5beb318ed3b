// Mixing is an error in plain functions and at file scope too.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int waits(int v);
int plain(int v);

struct ops {
	async int (*run)(int);
};

static const struct ops table[] = {
	{waits},
	{plain},
// CHECK: pointer-mixed-plain-code.c:[[#@LINE-1]]:3: error: {{.*plain.*async.*}}initialiser
// CHECK-NEXT: {plain},
// CHECK-NEXT: {{^[ |0-9~]*}}^
};
int (*global)(int) = waits;
// CHECK: pointer-mixed-plain-code.c:[[#@LINE-1]]:22: error: {{.*async.*plain.*}}initialiser
// CHECK-NEXT: int (*global)(int) = waits;
// CHECK-NEXT: {{^[ |0-9~]*}}^

const struct ops *choose(int which, int (*p)(int))
{
	static struct ops chosen;

	chosen.run = p;
// CHECK: pointer-mixed-plain-code.c:[[#@LINE-1]]:15: error: {{.*plain.*async.*}}assignment
// CHECK-NEXT: chosen.run = p;
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return which ? &chosen : table;
}
// CHECK: 3 errors generated
