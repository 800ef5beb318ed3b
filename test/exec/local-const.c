// const locals and parameters of every kind, initialised before, by and after awaits.
// RUN: %exec %s
#include "exec.h"

static async int sum(const int a, const int *const p, const struct pair pair)
{
	const int b = await tick(a);
	const char *const text = await tick_str("text");
	const double d = 0.5;
	const struct pair local = await tick_pair(b, *p);
	static const int table[3] = {1, 2, 3};
	const int row[3] = {b, b + 1, await tick(9)};

	await nap();
	return a + b + *p + pair.a * pair.b + local.b + (int)(d * 4) + table[b] + row[2] + text[0];
}

async int main(void)
{
	int v = 7;
	const int *p = &v;
	int const late = *p + await tick(1);

	await nap();
	say("%d %d", await sum(2, p, (struct pair){3, 4}), late);
	for (const char *s = "ab"; *s; s++) {
		const char c = *s;
		await nap();
		say("%c", c);
	}
	return 0;
}
