// Async functions with other attributes and specifiers.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async __attribute__((noinline)) int not_inlined(int v)
{
	return await tick(v);
}

__attribute__((unused)) static async int never_called(void)
{
	return await tick(0);
}

async __attribute__((visibility("hidden"))) int hidden(int v);
async int hidden(int v)
{
	return await not_inlined(v) + 1;
}

__attribute__((nonnull(1), warn_unused_result)) static async int first(const int *v)
{
	await nap();
	return *v;
}

static async __attribute__((always_inline)) inline int inlined(int v)
{
	return await tick(v) * 3;
}

async int main(void)
{
	int v = 4;

	say("%d %d %d", await hidden(1), await first(&v), await inlined(3));
	return 0;
}
