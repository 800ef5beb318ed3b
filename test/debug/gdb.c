// gdb stops at a line of an async function after a resume, and knows its locals by name.
// REQUIRES: gdb
// RUN: %asyncc -g -O0 %s -o %t
// RUN: gdb -q -batch -nx -x %S/Inputs/resume.gdb %t 2>&1 | FileCheck %s
// RUN: %gcc -g -O0 %s -o %t.gcc
// RUN: gdb -q -batch -nx -x %S/Inputs/resume.gdb %t.gcc 2>&1 | FileCheck %s
#include <asyncc.h>

#include <stdio.h>

struct point {
	int x, y;
};

static async int count(int from, int to)
{
	int sum = 0;
	struct point at = {from, to};
	char text[8] = "abc";

	for (int i = from; i < to; i++) {
		await async_yield();
		sum += i;
		at.x = sum;
		text[0]++;
		printf("%d %d %s\n", sum, at.x, text); /* stop here */
	}
	return sum;
}

async int main(void)
{
	int total = 100;

	total += await count(5, 8);
	printf("%d\n", total); /* and here */
	return 0;
}
// CHECK: Breakpoint 1{{[.0-9]*}}, {{.*}}gdb.c:26
// CHECK: printf("%d %d %s\n", sum, at.x, text); /* stop here */
// CHECK: $1 = 5
// CHECK: $2 = 5
// CHECK: Breakpoint 1{{[.0-9]*}}, {{.*}}gdb.c:26
// CHECK: $3 = 11
// CHECK: $4 = 6
// CHECK: at = {x = 11, y = 8}
// CHECK: cbc
// CHECK: Breakpoint 2{{[.0-9]*}}, {{.*}}gdb.c:36
// CHECK: total = 118
