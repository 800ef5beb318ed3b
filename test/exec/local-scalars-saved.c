// Locals of every arithmetic kind keep their values across awaits.
// RUN: %exec %s
#include "exec.h"
#include <complex.h>

enum colour { RED, GREEN = 7 };

async int main(void)
{
	bool b = true;
	char c = 'c';
	signed char sc = -100;
	unsigned char uc = 200;
	short s = -30000;
	unsigned short us = 60000;
	int i = -2000000000;
	unsigned u = 4000000000u;
	long l = -(1l << 62);
	unsigned long ul = ~0ul;
	long long ll = 1ll << 62;
	unsigned long long ull = ~0ull - 1;
	float f = 1.5f;
	double d = 2.25;
	long double ld = 3.125L;
	float _Complex fc = 1.0f + 2.0f * I;
	double _Complex dc = 3.0 - 4.0 * I;
	enum colour e = GREEN;
	wchar_t w = L'w';
	size_t z = sizeof(int);
	int64_t i64 = INT64_MIN;
	uint8_t u8 = 8;

	for (int round = 0; round < 2; round++) {
		await nap();
		say("%d %c %d %d %d %d %d %u", b, c, sc, uc, s, us, i, u);
		say("%ld %lu %lld %llu %g %g %Lg", l, ul, ll, ull, (double)f, d, ld);
		say("%g %g %g %g", (double)crealf(fc), (double)cimagf(fc), creal(dc), cimag(dc));
		say("%d %d %zu %lld %d", e, (int)w, z, (long long)i64, u8);
		b = !b;
		c++, sc++, uc++, s++, us++, i++, u++, l++, ul--, ll++, ull--;
		f += 1, d *= 2, ld /= 2, fc *= I, dc += 1;
		e = RED, w++, z++, i64++, u8 += 250;
		await tick(round);
	}
	return 0;
}
