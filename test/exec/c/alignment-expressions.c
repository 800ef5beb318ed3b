// Alignments that an expression or a type gives, of variables kept in the frame.
// RUN: %exec %s
#include "exec.h"

enum { BITS = 5 };
typedef char T;

static async int give(int v)
{
	await nap();
	return v;
}

static async void touch(char *at)
{
	await nap();
	++*at;
}

static int off(const void *at, int align)
{
	return (int)((uintptr_t)at % (unsigned)align);
}

static async int expressions(int n)
{
	enum { INNER = 128 };
	typedef struct {
		_Alignas(64) char c;
	} T;
	_Alignas(1 << BITS) char line[40] = {3};
	_Alignas(BITS * 4 + 12) int a = n, b = n + 1;
	__attribute__((aligned(sizeof(line) + 24))) char one = 2;
	_Alignas(T) char two = 5;
	char three __attribute__((aligned(_Alignof(T)))) = 9;

	await touch(line);
	await touch(&one);
	await touch(&two);
	await touch(&three);
	say("%d %d %d %d", line[0], one, two, three);
	say("%d %d %d %d", off(line, 32), off(&one, 64), off(&two, 64), off(&three, 64));
	say("%d %d %d", a + await give(b), off(&a, 32), off(&b, 32));
	{
		enum { INNER = 32 };
		_Alignas(INNER) char z = 1;
		await touch(&z);
		say("%d %d", z, off(&z, INNER));
	}
	return INNER;
}

static async void loops(void)
{
	enum { INNER = 128 };

	for (_Alignas(INNER / 2) char i = 0, k __attribute__((aligned(INNER))) = 1; i < 2; i++) {
		await touch(&k);
		say("%d %d %d", k, off(&i, INNER / 2), off(&k, INNER));
	}
	for (_Alignas(INNER / 2) char i = 0, k = 1;; i++) {
		await touch(&i);
		await touch(&k);
		say("%d %d %d", k, off(&i, INNER / 2), off(&k, INNER / 2));
		if (i > 2)
			break;
	}
}

/* No more than the type has, less than a pointer has. */
static async void natural(void)
{
	_Alignas(4) int a = 1, b = 2;
	_Alignas(int) char c[3] = {4}, d = 5;
	_Alignas(T) char e = 6;

	await touch(c);
	await touch(&d);
	await touch(&e);
	await touch((char *)&b);
	say("%d %d %d %d %d", a, b, c[0], d, e);
}

int main(void)
{
	say("%d", async_run(expressions(3)));
	async_run(loops());
	async_run(natural());
	return 0;
}
