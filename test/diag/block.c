// await in a block, which is a function of its own; other blocks are plain C.
// RUN: not %asyncc -fblocks -fsyntax-only -DWRONG %s 2>&1 | FileCheck %s
// RUN: %asyncc -fblocks -Wall -Wextra -Werror -fsyntax-only %s
#include <asyncc.h>

async int f(int v);
int apply(int (^block)(int), int v);

async int main(void)
{
	int pinned[4] = {0}, local = await f(1);
	int (^add)(int) = ^int(int v) { return v + local; };

#ifdef WRONG
	int (^wrong)(void) = ^{ return await f(1); };
// CHECK: block.c:[[#@LINE-1]]:33: error: await inside a block, which is not async
// CHECK: block.c:[[#@LINE-2]]:23: note: the block begins here
	local += wrong();
#endif
	pinned[0] = await f(2);
	return apply(add, local) + apply(^(int v) { return v * 2; }, pinned[0]);
}
// CHECK: 1 error generated
