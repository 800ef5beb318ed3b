// Case ranges, negative, character and enumeration cases, 64-bit operands.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

enum kind { A = -1, B, C = 1 << 20 };

static async const char *range(int v)
{
	switch (await tick(v)) {
	case -10 ... - 1:
		await nap();
		return "negative";
	case 'a' ... 'z':
		return "letter";
	case 1000 ... 2000:
		return await tick_str("thousand");
	}
	return "other";
}

static async int of_kind(enum kind k)
{
	switch (k) {
	case A:
		return await tick(1);
	case B:
		return await tick(2);
	case C:
		return await tick(3);
	}
	return 0;
}

static async int wide(long long v)
{
	switch (await tick_ll(v)) {
	case 1ll << 40:
		return 1;
	case -(1ll << 40):
		return 2;
	}
	return 0;
}

async int main(void)
{
	static const int v[] = {-11, -10, -1, 0, 'a', 'm', 999, 1000, 2000};

	for (unsigned i = 0; i < sizeof v / sizeof *v; i++)
		say("%s", await range(v[i]));
	say("%d %d", await of_kind(A), await of_kind(C));
	say("%d", await wide(1ll << 40) + 10 * await wide(-(1ll << 40)) + await wide(0));
	return 0;
}
