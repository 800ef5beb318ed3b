// alloca has no meaning in a function that is left at each suspension.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

#include <stdlib.h>

async int main(void)
{
	char *text = alloca(8);
// CHECK: alloca.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}alloca in an async function: its memory would be gone after an await
	text[0] = 0;
	await async_yield();
	return text[0];
}
