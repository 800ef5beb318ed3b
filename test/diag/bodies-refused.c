// What cannot be kept across an await is refused at its place, all in one run.
// RUN: not %asyncc -fsyntax-only -w %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only -w %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int leaf(int v);

async int vectors(int n)
{
	typedef int vector[n];
// CHECK: [[#@LINE-1]]:14: error: the type of 'vector' depends on a variable in a way that cannot be kept across an await; use an array of variable length, a pointer to one, or end its scope before the await{{$}}
	vector q;
// CHECK-NEXT: typedef int vector
// CHECK-NEXT: ^
// CHECK-NEXT: [[#@LINE-3]]:9: error: the type of 'q' depends on a variable
	await leaf(1);
	return q[0];
}

async int pointers(int n)
{
	int (*p)[n] = 0;
// CHECK: [[#@LINE-1]]:8: error: the address of 'p', a pointer to an array of variable length, is taken in a function that awaits{{$}}
	int (**pp)[n] = &p;
// CHECK: [[#@LINE-1]]:9: error: the type of 'pp' depends on a variable
	await leaf(1);
	return (**pp)[0];
}

// CHECK: 4 errors generated
