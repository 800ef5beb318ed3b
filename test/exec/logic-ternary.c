// ?: with awaits in condition and branches, of arithmetic, pointer, struct and void type.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int v = 3;
	struct pair p = {1, 2};

	for (int i = 0; i < 2; i++) {
		say("%d", await tick(i) ? 10 : 20);
		say("%d", i ? await tick(11) : 21);
		say("%d", i ? 12 : await tick(22));
		say("%d", await tick(i) ? await tick(13) : await tick(23));
		say("%g", i ? await tick(1) : await tick_double(2.5));
		say("%s", i ? await tick_str("yes") : "no");
		say("%s", *(int *)(i ? await tick_ptr(&v) : &p.b) == 3 ? "v" : "p");
		p = await tick(i) ? await tick_pair(5, 6) : p;
		say("%d %d", p.a, p.b);
		say("%d", (i ? p : await tick_pair(7, 8)).b);
		i ? await tick_void(1) : await tick_void(2);
		v = i ? 1 : await tick(2) ? 3 : await tick(4);
		say("%d", v);
	}
	return 0;
}
