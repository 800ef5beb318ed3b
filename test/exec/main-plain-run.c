// A plain main that uses async_run, several times, with every kind of result.
// RUN: %exec %s
#include "exec.h"

static async int add(int a, int b)
{
	await nap();
	return a + b;
}

static async void print(const char *s)
{
	await nap();
	say("%s", s);
}

int main(void)
{
	int v = async_run(add(1, 2));
	struct pair p = async_run(tick_pair(3, 4));
	double d = async_run(tick_double(2.5)) * 2;
	struct big b;
	char text[] = "text";

	say("%d %d %d %g", v, p.a, p.b, d);
	async_run(print("void"));
	b = async_run(tick_big(9));
	say("%d %s", b.v[15], b.name);
	say("%s", async_run(tick_str(text)));
	say("%d", async_run(add(v, async_run(add(10, 20)))));
	if (async_run(tick_bool(true)) && !async_run(tick(0)))
		say("%Lg", async_run(tick_ld(1.25L)));
	for (int i = 0; i < 3; i++)
		v += async_run(tick(i));
	return v;
}
