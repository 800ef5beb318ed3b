// Warnings of plain C in async functions are clang's own, at their place in the original.
// RUN: %asyncc -fsyntax-only -Wall -Wextra %s 2>&1 | FileCheck %s
// RUN: not %asyncc -fsyntax-only -Wall -Wextra -Werror %s
#include <asyncc.h>

async int f(int v);

async void g(void)
{
	int unused;
// CHECK: warnings.c:[[#@LINE-1]]:6: warning: unused variable 'unused'{{.*}}
// CHECK-NEXT: int unused;
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

async int main(void)
{
	unsigned u = 1;
	int v = await f(1);

	if (v = await f(2))
// CHECK: warnings.c:[[#@LINE-1]]:8: warning: using the result of an assignment as a condition without parentheses{{.*}}
// CHECK-NEXT: if (v = await f(2))
// CHECK-NEXT: {{^[ |0-9~]*}}^
		u++;
	if (u < v)
// CHECK: warnings.c:[[#@LINE-1]]:8: warning: comparison of integers of different signs{{.*}}
// CHECK-NEXT: if (u < v)
// CHECK-NEXT: {{^[ |0-9~]*}}^
		u += await f(3) == await f(4) == u;
	return (int)u;
}
// CHECK: warnings generated
