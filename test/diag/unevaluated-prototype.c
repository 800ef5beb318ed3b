// await in the bounds of a prototype's arrays and in attributes, which nothing evaluates.
// RUN: split-file %s %t
// RUN: not %asyncc -fsyntax-only %t/bound.c 2>&1 | FileCheck %t/bound.c
// RUN: not %asyncc -fsyntax-only %t/attribute.c 2>&1 | FileCheck %t/attribute.c
//--- bound.c
#include <asyncc.h>
async int f(int v);
async int g(int v[await f(2)]);
// CHECK: bound.c:[[#@LINE-1]]:19: error: await in an operand that is not evaluated{{$}}
//--- attribute.c
#include <asyncc.h>
async int f(int v);
async int g(int v)
{
	__attribute__((assume(await f(v)))) ;
// CHECK: attribute.c:[[#@LINE-1]]:24: error: await in an operand that is not evaluated{{$}}
	return v;
}
