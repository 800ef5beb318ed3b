// typeof and sizeof of async calls are those of their values; __extension__ before an await.
// RUN: %exec %s
#include "exec.h"

static async long wide(int v)
{
	await nap();
	return v;
}

async int main(void)
{
	__typeof__(wide(1)) a = await wide(2), *p = &a;
	__typeof__(wide(1)) b;
	long c = (__extension__({ long t = await wide(3); t; }));

	b = await wide(4);
	say("%ld %ld %ld %ld %zu", a, *p, b, c, sizeof(wide(1)));
	return 0;
}
