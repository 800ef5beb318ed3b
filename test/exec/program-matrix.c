// Matrix product, transposition and determinant with awaits in the inner loops.
// RUN: %exec %s
#include "exec.h"

enum { N = 4 };

struct matrix {
	double v[N][N];
};

static async struct matrix product(const struct matrix *a, const struct matrix *b)
{
	struct matrix c;

	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			double sum = 0;
			for (int k = 0; k < N; k++) {
				sum += a->v[i][k] * b->v[k][j];
				if ((i + j + k) % 5 == 0)
					await nap();
			}
			c.v[i][j] = sum;
		}
	}
	return c;
}

static async struct matrix transposed(struct matrix m)
{
	for (int i = 0; i < N; i++) {
		for (int j = i + 1; j < N; j++) {
			double t = m.v[i][j];
			m.v[i][j] = m.v[j][i];
			await nap();
			m.v[j][i] = t;
		}
	}
	return m;
}

static async double determinant(const struct matrix *m, unsigned columns, int row)
{
	double sum = 0;
	int sign = 1;

	if (row == N)
		return 1;
	for (int c = 0; c < N; c++) {
		if (!(columns >> c & 1))
			continue;
		if (m->v[row][c] != 0)
			sum += sign * m->v[row][c] *
			       await determinant(m, columns & ~(1u << c), row + 1);
		sign = -sign;
		await nap();
	}
	return sum;
}

static async void show(const char *name, struct matrix m)
{
	say("%s", name);
	for (int i = 0; i < N; i++) {
		await nap();
		say("%6g %6g %6g %6g", m.v[i][0], m.v[i][1], m.v[i][2], m.v[i][3]);
	}
}

async int main(void)
{
	struct matrix a = {{{1, 2, 0, 1}, {3, 1, 4, 0}, {0, 2, 2, 5}, {1, 0, 1, 3}}};
	struct matrix b = await transposed(a), c;

	await show("transposed", b);
	await show("product", c = await product(&a, &b));
	say("%g %g", await determinant(&a, 15, 0), await determinant(&c, 15, 0));
	await show(
		"both",
		await product(
			&(struct matrix){{{2, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 1}}},
			&a));
	return 0;
}
