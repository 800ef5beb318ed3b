// What clang overlooks in a system header is overlooked beside async code, too.
// RUN: %asyncc -Werror -Xclang -internal-externc-isystem -Xclang %S/Inputs/system -c %s -o %t.o
// RUN: %asyncc -Werror -isystem %S/Inputs/system -c %s -o %t.o
// RUN: not %asyncc -Werror -I%S/Inputs/system -c %s -o %t.o 2>&1 | FileCheck %s
// CHECK: careless.h:3:7: error: incompatible pointer to integer conversion
#include <asyncc.h>

#include <careless.h>

async long f(const char *text)
{
	await async_yield();
	return careless(text);
}
