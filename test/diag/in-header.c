// An error in a header names the header's line.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include "Inputs/wrong.h"

async int main(void)
{
	return await from_header(1);
}
// CHECK: {{.*}}In file included from {{.*}}in-header.c:
// CHECK: Inputs/wrong.h:5:9: error: call of async function 'f' is neither awaited nor spawned
// CHECK-NEXT: return f(v);
// CHECK: 1 error generated
