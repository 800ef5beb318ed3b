// await in the initialiser of an object that is there before the program runs.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int main(void)
{
	static int once = 1 + await f(1);
	static _Thread_local int each = await f(2);
	return once + each;
}
// CHECK-DAG: static-initialiser.c:10:20: error: await in the initialiser of a static object{{$}}
// CHECK-DAG: static-initialiser.c:11:34: error: await in the initialiser of a static object{{$}}
