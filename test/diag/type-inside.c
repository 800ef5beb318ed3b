// What a statement expression whose value has a type of its own cannot declare.
// RUN: not %asyncc -fsyntax-only -w %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only -w %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(int v);
enum { CONSTANT };

async int objects(int v)
{
	int known = v;
	return ({
		extern int known, unknown;
// CHECK: type-inside.c:[[#@LINE-1]]:14: error: 'known' is declared inside an expression that awaits, as is the type of its value; declare it before{{$}}
		extern int CONSTANT;
// CHECK: type-inside.c:[[#@LINE-1]]:14: error: 'CONSTANT' is declared inside an expression that awaits
		struct pair { int a, b; } p = {known, unknown + CONSTANT};
		await f(1);
		p;
	}).b + known + CONSTANT;
}

async int labels(int v)
{
	return ({
		__label__ out;
		struct pair { int a, b; } p = {v, v};
// CHECK: type-inside.c:[[#@LINE+1]]:36: error: 'out' is declared inside an expression that awaits
		__asm__ goto("# %l[out]" : : : : out);
		await f(1);
	out:
		p;
	}).b;
}

async int attributes(int v)
{
	return ({
		enum { FIRST = 1 };
// CHECK: type-inside.c:[[#@LINE+1]]:61: error: 'FIRST' is declared inside an expression that awaits
		struct pool { void *(*get)(int) __attribute__((alloc_size(FIRST))); } p = {0};
		await f(v);
		p;
	}).get != 0;
}
// CHECK: 4 errors generated
