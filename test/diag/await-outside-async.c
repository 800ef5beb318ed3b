// await in a function that is not async, with a note that says which.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

static int plain(int v)
{
	return 1 + await f(v);
// CHECK: await-outside-async.c:[[#@LINE-1]]:13: error: await outside an async function
// CHECK-NEXT: return 1 + await f(v);
// CHECK-NEXT: {{^[ |0-9~]*}}^
}

static void conditions(int v)
{
	if (v && await f(v))
// CHECK: await-outside-async.c:[[#@LINE-1]]:11: error: await outside an async function
// CHECK-NEXT: if (v && await f(v))
// CHECK-NEXT: {{^[ |0-9~]*}}^
		plain(v);
	for (;;) {
		while (await f(v))
// CHECK: await-outside-async.c:[[#@LINE-1]]:10: error: await outside an async function
// CHECK-NEXT: while (await f(v))
// CHECK-NEXT: {{^[ |0-9~]*}}^
			v++;
	}
}

async int fine(void)
{
	conditions(plain(1));
	return await f(1);
}

int main(void)
{
	await f(2);
// CHECK: await-outside-async.c:[[#@LINE-1]]:2: error: await outside an async function
// CHECK-NEXT: await f(2);
// CHECK-NEXT: {{^[ |0-9~]*}}^
	return 0;
}
// CHECK: 4 errors generated
