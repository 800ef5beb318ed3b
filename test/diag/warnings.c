// Warnings of plain C in async functions are clang's own, at their place in the original.
// RUN: %asyncc -fsyntax-only -Wall -Wextra %s 2>&1 | FileCheck %s
// RUN: not %asyncc -fsyntax-only -Wall -Wextra -Werror %s
#include <asyncc.h>

async int f(int v);

static async int assigns(unsigned u)
{
	int v = await f(1);

	if (v = await f(2))
// CHECK: warnings.c:[[#@LINE-1]]:8: warning: using the result of an assignment as a condition without parentheses{{.*}}
// CHECK-NEXT: if (v = await f(2))
// CHECK-NEXT: {{^[ |0-9~]*}}^
		u++;
	return (int)u;
}

static async int unused_variable(void)
{
	int unused;
// CHECK: warnings.c:[[#@LINE-1]]:6: warning: unused variable 'unused'{{.*}}
// CHECK-NEXT: int unused;
// CHECK-NEXT: {{^[ |0-9~]*}}^

	return await assigns(1);
}

static async int signs(unsigned u)
{
	int v = await f(1);

	if (u < v)
// CHECK: warnings.c:[[#@LINE-1]]:8: warning: comparison of integers of different signs{{.*}}
// CHECK-NEXT: if (u < v)
// CHECK-NEXT: {{^[ |0-9~]*}}^
		u += 1;
	return (int)u;
}

async int main(void)
{
	return await signs(1) + await unused_variable();
}
// CHECK: 3 warnings generated
