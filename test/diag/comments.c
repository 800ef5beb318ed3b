/* Comments that clang has something to say about are warned of as in any program. */
// RUN: %asyncc -Wdocumentation -c %s -o %t.o 2>&1 | FileCheck %s
// RUN: %asyncc -c %s -o %t.o
#include <asyncc.h>

int x; /*< not quite a trailing comment */
// CHECK: comments.c:[[#@LINE-1]]:8: warning: not a Doxygen trailing comment

async int main(void)
{
	return await async_yield();
}
