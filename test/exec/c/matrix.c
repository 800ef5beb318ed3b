// Matrices, an extension of clang's, as arguments, results and variables over awaits.
// RUN: %exec %s
// CFLAGS: -fenable-matrix
// NOT-GCC: it has no matrices
#include "exec.h"

typedef float matrix __attribute__((matrix_type(2, 2)));

static async matrix twice(matrix m, int n)
{
	await nap();
	return m * (float)n;
}

static async float sum(matrix m)
{
	float all = 0;

	for (unsigned r = 0; r < 2; r++) {
		for (unsigned c = 0; c < 2; c++)
			all += m[r][c];
		await nap();
	}
	return all;
}

async int main(void)
{
	matrix m;

	for (unsigned i = 0; i < 4; i++)
		m[i / 2][i % 2] = (float)i;
	m += await twice(m, 3);
	say("%g", (double)await sum(m));
	m = m * await twice(m, 2) - (await twice(m, 9)) * await sum(m);
	say("%g %g", (double)m[0][1], (double)await sum(m));
	return 0;
}
