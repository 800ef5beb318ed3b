// Array and function parameters, adjusted to pointers, with qualifiers in the brackets.
// RUN: %exec %s
#include "exec.h"

static async int total(int n, const int v[], int m[2][3], char name[static 3])
{
	int sum = 0;

	await nap();
	for (int i = 0; i < n; i++)
		sum += v[i];
	await nap();
	m[1][2] += sum;
	v++;
	await nap();
	return sum + v[0] + m[0][1] + name[2];
}

static int plus(int v)
{
	return v + 1;
}

static async int call(int f(int), int v)
{
	await nap();
	return f(v);
}

async int main(void)
{
	int v[] = {1, 2, 3}, m[2][3] = {{0, 5, 0}, {0}};

	say("%d", await total(3, v, m, (char[]){"abc"}));
	say("%d %d", m[1][2], await call(plus, 4));
	return 0;
}
