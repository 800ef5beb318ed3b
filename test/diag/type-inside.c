// A value of a type that is declared inside the expression, or that nothing names, beside an await.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);

async int tagged(int v)
{
	return ({ struct pair { int a, b; } p = {v, v}; await f(1); p; }).b;
// CHECK: type-inside.c:[[#@LINE-1]]:9: error: the type of this expression is declared inside it; declare it before{{$}}
}

async int anonymous(int v)
{
	return ({ await f(1); (struct { int a; }){v}; }).a;
// CHECK: type-inside.c:[[#@LINE-1]]:9: error: the type of this expression is declared inside it; declare it before{{$}}
}

async int pointer(int v)
{
	return ({ static struct pair { int a, b; } p; await f(1); &p; })->b + v;
// CHECK: type-inside.c:[[#@LINE-1]]:9: error: the type of this expression is declared inside it; declare it before{{$}}
}

static struct { int a; } table[3];

async int nameless(int v)
{
	return (v ? table[await f(1)] : table[await f(2)]).a;
// CHECK: type-inside.c:[[#@LINE-1]]:10: error: the type of this expression has no name; give it one or store the value in a variable first{{$}}
}
// CHECK: 4 errors generated
