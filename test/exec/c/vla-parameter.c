// Parameters of variably modified type.
// RUN: %exec %s
#include "exec.h"

static async double trace(int n, double m[n][n])
{
	double sum = 0;

	for (int i = 0; i < n; i++) {
		await nap();
		sum += m[i][i];
	}
	return sum;
}

static async int corner(int rows, int cols, int (*m)[cols])
{
	int(*last)[cols] = m + rows - 1;

	await nap();
	return (*last)[cols - 1] + (int)(sizeof *m / sizeof **m);
}

async int main(void)
{
	double m[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9.5}};
	int k[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};

	say("%g", await trace(3, m));
	say("%d", await corner(2, 4, k));
	return 0;
}
