// Values of structs that cannot be assigned, given by conditions and statement expressions.
// RUN: %exec %s
#include "exec.h"

struct fixed {
	const int a;
	int b;
	struct {
		const char c[2];
	} inner;
};

static async int give(int v)
{
	await nap();
	return v;
}

static async int values(int v)
{
	struct fixed f = {v, 2, {"x"}};
	const struct fixed g = {v + 1, 3, {"y"}};
	int sum = ({ struct fixed h = {1, await give(2), {"z"}}; await nap(); h; }).b;

	sum += ({ await give(1); f; }).a + (v ? ({ await give(2); f; }) : g).b;
	sum += (v > 1 ? (await give(1), f) : (await give(2), g)).inner.c[0];
	__auto_type kept = v ? (await give(1), g) : f;
	sum += kept.a + await give(3);
	return sum + ({ const struct { const int a; } h = {await give(v)}; h; }).a;
}

int main(void)
{
	for (int v = 0; v < 3; v++)
		say("%d", async_run(values(v)));
	return 0;
}
