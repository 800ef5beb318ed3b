// Arrays keep their elements across awaits; callees fill them while the caller waits.
// RUN: %exec %s
#include "exec.h"

static async void fill(int *v, int n, int from)
{
	for (int i = 0; i < n; i++) {
		int next = await tick(from + i);
		v[i] = next;
	}
}

async int main(void)
{
	int a[4], b[2][3] = {{1}, {2, 3}}, copy[4];
	char text[16] = "start";
	struct pair pairs[2] = {{1, 2}, {3, 4}};

	await fill(a, 4, 10);
	memcpy(copy, a, sizeof a);
	await fill(a + 1, 2, 90);
	say("%d %d %d %d", a[0], a[1], a[2], a[3]);
	say("%d %d %d %d", copy[0], copy[1], copy[2], copy[3]);
	await fill(b[1], 3, 50);
	say("%d %d %d %d", b[0][0], b[0][2], b[1][0], b[1][2]);
	strcat(text, "ed");
	await nap();
	strcat(text, await tick_str("!"));
	say("%s %zu %zu", text, sizeof text, sizeof a / sizeof a[0]);
	pairs[1].a = await tick(33);
	say("%d %d", pairs[0].b, pairs[1].a);
	return 0;
}
