// Prototypes: repeated, without parameter names, in a block, with the attribute spelled out.
// RUN: %exec %s
#include "exec.h"

async int add(int, int);
async int add(int left, int right);
__attribute__((async)) int subtract(int, int);
int multiply(int, int) __attribute__((async));

async int main(void)
{
	async int nothing(void);

	say("%d", await add(1, 2));
	say("%d", await subtract(9, 2));
	say("%d", await multiply(6, 7));
	say("%d", await nothing());
	return 0;
}

async int add(int a, int b)
{
	await nap();
	return a + b;
}

async int subtract(int a, int b)
{
	await nap();
	return a - b;
}

async int multiply(int a, int b)
{
	await nap();
	return a * b;
}

async int nothing(void)
{
	await nap();
	return 0;
}
