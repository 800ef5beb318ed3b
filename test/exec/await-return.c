// Returning awaited values: as they are, converted, in expressions, from nested blocks.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async int direct(int v)
{
	return await tick(v);
}

static async long widened(int v)
{
	return await tick(v);
}

static async unsigned char narrowed(int v)
{
	return (unsigned char)await tick(v);
}

static async int expression(int v)
{
	return await tick(v) * 2 + 1;
}

static async int nested(int v)
{
	for (;;) {
		if (v > 2) {
			while (true)
				return await tick(v);
		}
		v++;
	}
}

static async int either(int v)
{
	if (v)
		return await tick(v);
	else
		return await direct(9);
}

static async const char *pointer(void)
{
	return await tick_str("text");
}

async int main(void)
{
	say("%d %ld %d", await direct(1), await widened(-2), await narrowed(259));
	say("%d %d", await expression(3), await nested(0));
	say("%d %d", await either(0), await either(1));
	say("%s", await pointer());
	return await tick(3);
}
