// A redeclaration that forgets async, or adds it.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int first(int v);
int first(int v)
// CHECK: redeclaration.c:[[#@LINE-1]]:5: error: 'first' is declared without async{{.*}}
// CHECK-NEXT: int first(int v)
// CHECK-NEXT: {{^[ |0-9~]*}}^
{
	return v;
}

int second(int v);
// CHECK: redeclaration.c:[[#@LINE-1]]:5: error: 'second' is declared without async{{.*}}
// CHECK-NEXT: int second(int v);
// CHECK-NEXT: {{^[ |0-9~]*}}^
async int second(int v)
{
	return v;
}

async int third(int v);
async int third(int v)
{
	return v;
}
// CHECK: 2 errors generated
