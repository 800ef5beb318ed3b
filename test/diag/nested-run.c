// async_run from a helper that an async function calls stops the program with a message.
// RUN: %asyncc %s -o %t
// RUN: not --crash %t 2>&1 | FileCheck %s
// CHECK: async_run{{.*}}
#include <asyncc.h>

async int inner(int v)
{
	await async_yield();
	return v;
}

int helper(int v)
{
	return async_run(inner(v));
}

async int main(void)
{
	await async_yield();
	return helper(1);
}
