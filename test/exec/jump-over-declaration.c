// A jump past the declaration of an object whose address is kept across awaits.
// RUN: %exec %s
// CFLAGS: -Wno-implicit-fallthrough
#include "exec.h"

static async int set(int *at, int v)
{
	await nap();
	*at = v;
	return v + 1;
}

static async int by_case(int op, int v)
{
	int sum = 0;

	for (int i = 0; i < 3; i++, op = 3 - op) {
		switch (op) {
		case 1: {
			int result, key;
			if (v > 5) {
				int x = v * 2;
				await set(&x, v + 1);
				if (x > 100)
					return sum;
				key = x;
				goto with_key;
			}
		case 2:
			key = v;
		with_key:
			result = 0;
			sum = sum * 3 + await set(&result, key) + result;
		}
		}
	}
	return sum;
}

static async int by_ladder(int fails)
{
	int n = 0;

	if (fails == 1)
		goto fail;
	char text[32] = "started";
	n = await set(&n, 3);
	if (fails == 2)
		goto fail;
	return n + text[0];
fail:
	for (int i = 0; i < 31; i++)
		text[i] = (char)('a' + i % 7);
	text[31] = 0;
	await set(&n, 7);
	say("%s", text);
	return n;
}

static async int by_table(unsigned at)
{
	static void *const places[] = {&&first, &&second, &&third};
	int n = 1;

	goto *places[at];
first:
	n = 2;
	{
		int array[3];
	second:
		array[0] = array[1] = array[2] = n;
		await set(&array[1], 50);
		n += array[0] + array[1] + array[2];
	}
third:
	return n;
}

/* Awaits between a jump back and a jump past the declaration. */
static async int there_and_back(int v)
{
	int sum = 0, rounds = 0, *at = &rounds;

	goto in;
again:
	sum += await set(at, sum);
	goto use;
	int kept;
	struct { int a, b; } both;
	int seen;
in:
	kept = v + rounds;
	both.b = v - rounds;
	seen = v;
	at = &seen;
	goto again;
use:
	say("%d %d %d", kept, both.b, seen);
	if (rounds++ < 3)
		goto in;
	return sum + kept;
}

static async int by_switch(int v)
{
	int sum = 0;

	for (int step = 1; step; ) {
		switch (step) {
		case 2:
			await nap();
			step = 3;
			continue;
			int kept;
		case 1:
			kept = v;
			do {
				if (step == 2) {
				case 3:
					sum = sum * 5 + kept;
					return sum;
				}
				sum++;
				step = 2;
				goto top;
			} while (await set(&sum, 1));
		top:
			if (await set(&sum, sum + kept) > 0)
				goto case_two;
			break;
		}
		continue;
	case_two:
		step = 0;
	}
	return sum;
}

async int main(void)
{
	int tests[] = {3, 8, 300};

	for (int i = 0; i < 3; i++)
		say("%d %d", await by_case(1, tests[i]), await by_case(2, tests[i]));
	for (int i = 0; i < 3; i++)
		say("%d", await by_ladder(i));
	for (unsigned i = 0; i < 3; i++)
		say("%d", await by_table(i));
	for (int i = 0; i < 3; i++)
		say("%d %d", await there_and_back(tests[i]), await by_switch(tests[i]));
	return 0;
}
