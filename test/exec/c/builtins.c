// Builtins around and between awaits.
// RUN: %exec %s
#include "exec.h"

static async int run(int v)
{
	if (__builtin_expect(await tick(v) > 2, 0))
		return __builtin_popcount((unsigned)await tick(v));
	switch (v) {
	case 0:
		return __builtin_constant_p(5) + __builtin_ctz(8);
	case 1:
		return (int)__builtin_offsetof(struct pair, b) + await tick(1);
	case 2:
		return __builtin_types_compatible_p(int, __typeof__(v)) ? await tick(2) : 0;
	default:
		__builtin_unreachable();
	}
}

async int main(void)
{
	int sum;

	for (int v = 0; v < 5; v++)
		say("%d", await run(v));
	if (__builtin_add_overflow(await tick(2000000000), 2000000000, &sum))
		say("%d", sum);
	say("%d", __builtin_choose_expr(1, await tick(6), "text"));
	return 0;
}
