// _Generic, typeof, __auto_type and sizeof around awaits: unevaluated operands stay so.
// RUN: %exec %s
// CFLAGS: -Wno-unevaluated-expression
#include "exec.h"

#define NAME(x) _Generic((x), int: "int", double: "double", char *: "string", default: "other")

int plain_count(void);
int plain_count(void)
{
	say("never evaluated");
	return 1;
}

async int main(void)
{
	__auto_type v = await tick(1);
	__auto_type s = await tick_str("text");
	__typeof__(v) w = await tick(2);
	__typeof__(plain_count()) *p = NULL;
	int n = 0;

	say("%s %s", NAME(v), NAME(s));
	say("%s", _Generic(plain_count(), int: await tick_str("chosen"), default: "other"));
	say("%zu %zu", sizeof(v++), sizeof(plain_count()));
	await nap();
	say("%d %d %d", v, w, p == NULL);
	__typeof__(int[3]) a = {1, await tick(5), 3};
	n += a[1] + _Generic(n, int: await tick(6), double: 0);
	say("%d", n);
	return 0;
}
