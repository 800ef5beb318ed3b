// Declarations that cannot be async, each refused at its place, all in one run.
// RUN: not %asyncc -fsyntax-only -w %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only -w %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int leaf(int v);
async int (*handler)(int);
int (*plain)(int);

__attribute__((constructor)) async int early(void);
// CHECK: [[#@LINE-1]]:16: error: attribute 'constructor' on an async function, which has to be awaited or spawned{{$}}

async int old(v)
// CHECK: [[#@LINE-1]]:11: error: async function with an old-style parameter list; declare the parameters in the parentheses{{$}}
	int v;
{
	return v;
}

static async void scrub(int *v)
{
	await leaf(*v);
}

void ordinary(void)
{
	__attribute__((cleanup(scrub))) int v = 0;
// CHECK: [[#@LINE-1]]:25: error: cleanup function 'scrub' is async; a variable that it cleans up must be in an async function{{$}}
	plain = leaf;
// CHECK: [[#@LINE-1]]:10: error: async function used as a plain function pointer in an assignment{{$}}
	handler = plain;
// CHECK: [[#@LINE-1]]:12: error: plain function used as an async function pointer in an assignment{{$}}
	(void)v;
}

async int number;
// CHECK: [[#@LINE-1]]:11: error: async marks a function, a function pointer or a typedef of one{{$}}
// CHECK: 6 errors generated
