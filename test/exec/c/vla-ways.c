// Arrays of variable length are freed at every way out of their scope; pointers to them move.
// RUN: %exec %s
// CFLAGS: -Wno-shadow -Wno-implicit-fallthrough
#include "exec.h"

static async int fill(int n, int v[const static n], int first)
{
	for (int i = 0; i < n; i++)
		v[i] = await tick(first + i);
	return v[n - 1];
}

static async int ways(int way)
{
	int sum = 0, n = 2;

again:
	for (int i = 0; i < 3; i++) {
		int v[n++ + i], n = 100;
		struct pair pairs[sizeof v / sizeof *v][2];
		int(*last)[sizeof v / sizeof *v] = &v, *p = &v[0];

		memset(pairs, 0, sizeof pairs);
		sum += await fill((int)(sizeof v / sizeof *v), v, way);
		pairs[0][1].b = *p + (*last)[0];
		await nap();
		sum += pairs[0][1].b + n;
		if (way == 1 && i == 1)
			return sum + await tick(v[0]);
		if (way == 2 && i == 1)
			break;
		if (way == 3 && i == 1)
			continue;
		if (way == 4 && i == 1 && sum < 1000)
			goto again;
		last = NULL;
		await nap();
		sum += last == NULL;
	}
	switch (way) {
	case 5: {
		const char *names[n];
		names[n - 1] = await tick_str("name");
		say("%s %zu", names[n - 1], sizeof names);
	}
	case 6:
		sum += ({
			char text[n + 1];
			memset(text, 'x', n);
			text[n] = 0;
			await nap();
			(int)strlen(text);
		});
		break;
	default:
		sum += 10000;
	}
	return sum;
}

async int main(void)
{
	for (int way = 0; way < 7; way++)
		say("way %d: %d", way, await ways(way));
	return 0;
}
