// Variable length arrays of one and two dimensions kept across awaits.
// RUN: %exec %s
#include "exec.h"

static async int sums(int n, int m)
{
	int a[n], b[m][n], sum = 0;

	for (int i = 0; i < n; i++)
		a[i] = await tick(i);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++) {
			b[i][j] = a[j] * (i + 1);
			await nap();
		}
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++)
			sum += b[i][j];
	say("%zu %zu %zu", sizeof a, sizeof b, sizeof b[0]);
	n = 100;
	await nap();
	say("%zu %zu", sizeof a / sizeof *a, sizeof b);
	return sum;
}

static async int in_loop(int rounds)
{
	int sum = 0;

	for (int i = 1; i <= rounds; i++) {
		char text[i * 4];
		memset(text, 'a' + i, sizeof text - 1);
		text[sizeof text - 1] = 0;
		await nap();
		if (i == 3)
			continue;
		sum += (int)strlen(await tick_str(text));
		if (i == 5)
			break;
	}
	return sum;
}

static async int filled(int n, int v[n])
{
	for (int i = 0; i < n; i++)
		v[i] = await tick(n - i);
	return n;
}

async int main(void)
{
	int n = 3;

	say("%d", await sums(3, 2));
	say("%d", await in_loop(9));
	{
		int v[await filled(1, &n) + 1];
		await filled((int)(sizeof v / sizeof *v), v);
		say("%d %d", v[0], v[1]);
	}
	return 0;
}
