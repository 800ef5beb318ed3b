// Many parameters of mixed kinds, all used after several awaits.
// RUN: %exec %s
#include "exec.h"

static async double many(char a, short b, int c, long d, float e, double f, long double g, bool h,
			 const char *i, struct pair j, struct big k, unsigned char l, int *m,
			 char n[])
{
	double sum = a + b;

	await nap();
	sum += c + (double)d + (double)e + f + (double)g;
	await nap();
	sum += h + i[0] + j.a + j.b + k.v[15] + l;
	n[0]++;
	await nap();
	*m += 1;
	return sum + n[0] + *m;
}

static async int unused(int a, int b, int c)
{
	(void)a;
	await nap();
	(void)c;
	return b;
}

static async int changed(int a, int b)
{
	a += b;
	await nap();
	b = a * 2;
	await nap();
	return a + b;
}

async int main(void)
{
	int m = 5;
	char n[2] = "n";
	struct big k = {.v = {[15] = 15}};

	say("%g", await many('a', 2, 3, 4, 5.5f, 6.25, 7.0L, true, "i", (struct pair){8, 9}, k, 255,
			     &m, n));
	say("%d %s %d", m, n, await unused(1, 2, 3));
	say("%d", await changed(3, 4));
	return 0;
}
