// Macros that produce awaits, whole calls, functions and loops.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

#define READ(v) await tick(v)
#define GETTER(name, type, leaf)                                                                   \
	static async type get_##name(type v)                                                       \
	{                                                                                          \
		type w = await leaf(v);                                                            \
		return w;                                                                          \
	}
#define EACH(i, n) for (int i = 0; i < await tick(n); i++)
#define TRY(call)                                                                                  \
	do {                                                                                       \
		int err = await call;                                                              \
		if (err)                                                                           \
			return err;                                                                \
	} while (0)
#define CALL(f, ...) await f(__VA_ARGS__)
#define WAIT await
#define COROUTINE async

GETTER(int, int, tick)
GETTER(double, double, tick_double)

static COROUTINE int steps(int fails)
{
	TRY(tick(0));
	TRY(tick(fails == 2 ? 22 : 0));
	TRY(tick(fails == 3 ? 33 : 0));
	return 0;
}

async int main(void)
{
	int v = READ(1) + READ(10);

	say("%d %d %g", v, await get_int(2), WAIT get_double(0.5));
	EACH(i, 2) say("turn %d", i);
	for (int i = 1; i < 5; i++)
		say("%d", await steps(i));
	say("%d", CALL(tick, 7));
	return 0;
}
