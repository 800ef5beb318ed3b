// setjmp has no meaning in a function that is left at each suspension.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

#include <setjmp.h>

static jmp_buf out;

async int main(void)
{
	if (setjmp(out))
// CHECK: setjmp.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}setjmp in an async function
		return 1;
	await async_yield();
	return 0;
}
