// Typedefs of async function pointers, also in prototypes and results' parameters.
// RUN: %exec %s
#include "exec.h"

typedef async int (*op)(int, int);

struct entry {
	char sign;
	op run;
};

static async int add(int a, int b)
{
	await nap();
	return a + b;
}

static async int sub(int a, int b)
{
	await nap();
	return a - b;
}

static async int fold(op f, int n)
{
	int acc = 100;

	for (int i = 1; i <= n; i++)
		acc = await f(acc, i);
	return acc;
}

async int main(void)
{
	struct entry table[] = {{'+', add}, {'-', sub}};
	op chosen;

	for (int i = 0; i < 2; i++) {
		chosen = table[i].run;
		say("%c %d %d", table[i].sign, await chosen(8, 3), await fold(chosen, 4));
	}
	return 0;
}
