// Pragmas inside bodies and between functions.
// RUN: %exec %s
// CFLAGS: -Wno-unknown-pragmas
#include "exec.h"

#pragma GCC diagnostic push
static async int sum(int n)
{
	int sum = 0;

#pragma GCC diagnostic ignored "-Wunused-value"
#pragma GCC unroll 4
	for (int i = 0; i < n; i++)
		sum += i;
	await nap();
	sum + 1;
#pragma GCC diagnostic pop
	return await tick(sum);
}

#pragma pack(push, 1)
struct packed {
	char c;
	int i;
};
#pragma pack(pop)

async int main(void)
{
	struct packed p = {'c', await tick(5)};

	await nap();
	say("%d %zu %d", await sum(10), sizeof p, p.i);
	return 0;
}
