// Inline assembly and asm goto between awaits.
// REQUIRES: x86_64
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async int add(int a, int b)
{
	int sum;

	a = await tick(a);
	__asm__("addl %2, %0" : "=r"(sum) : "0"(a), "r"(b) : "cc");
	await nap();
	__asm__ volatile("" ::: "memory");
	return sum;
}

static async int jumps(int v)
{
	await nap();
	__asm__ goto("testl %0, %0\n\tjne %l1" : : "r"(v) : "cc" : nonzero);
	return await tick(0);
nonzero:
	return await tick(1);
}

static async int kept_for_label(int v)
{
	int x = v * 3;
	await nap();
	if (v > 2)
		return 1;
	__asm__ goto("jmp %l0" : : : : over);
	return 5;
over:
	await nap();
	return x;
}

async int main(void)
{
	say("%d", await kept_for_label(1));
	say("%d", await add(2, 3));
	say("%d %d", await jumps(0), await jumps(5));
	return 0;
}
