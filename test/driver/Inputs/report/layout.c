/* Frames with all that makes layouts hard. The program prints what the compiler says of each
 * object: function, name, size, and the address of those that may have one. */
#include <asyncc.h>

#include <complex.h>
#include <stdbool.h>
#include <stdio.h>

#define SIZE(name) printf("%s %s %zu\n", __func__, #name, sizeof(name))
#define PLACE(name) printf("%s %s %zu %p\n", __func__, #name, sizeof(name), (void *)&(name))

struct flags {
	unsigned a : 3, b : 7;
	signed long long c : 40;
	char d;
};

struct odd {
	char text[11];
};

struct wide {
	double v[4];
};

static async void nap(void)
{
	await async_yield();
}

static async int count(const void *at, int n)
{
	await async_yield();
	return at ? n : 0;
}

static async struct odd odd(void)
{
	await async_yield();
	return (struct odd){"odd"};
}

static async struct wide wide(void)
{
	await async_yield();
	return (struct wide){{1, 2, 3, 4}};
}

static async int scalars(char c, short s, int i, long l)
{
	float f = c;
	double d = s;
	long double ld = i;
	__int128 big = l;
	bool flag = i > 0;
	double _Complex z = d;
	const char *text = "text";
	SIZE(c), SIZE(s), SIZE(i), SIZE(l), SIZE(f), SIZE(d), SIZE(ld), SIZE(big), SIZE(flag), SIZE(z),
		SIZE(text);
	await nap();
	return c + s + i + (int)l + (int)f + (int)d + (int)ld + (int)big + flag + (int)creal(z) +
	       text[0];
}

static async int structs(int n)
{
	struct flags flags = {.a = 2, .b = 3, .c = n, .d = 4};
	struct odd first = await odd();
	struct wide second = await wide();
	union {
		char small;
		short larger;
	} choice = {.small = 1};
	SIZE(flags), SIZE(first), SIZE(second), SIZE(choice);
	flags.b += (unsigned)await count(0, n);
	n += (int)((flags.b = 5) + (flags.a++) * (unsigned)await count(&n, 1));
	return n + flags.a * await count(&n, 1) + first.text[0] + (int)second.v[1] + choice.small;
}

static async int pinned(int n, int m)
{
	char bytes[5] = {1};
	_Alignas(64) char line[70] = {2};
	int *p = &m;
	PLACE(m), PLACE(bytes), PLACE(line), SIZE(p);
	{
		short inner[9] = {3};
		PLACE(inner);
		n += await count(inner, inner[0]);
	}
	for (int i = 0; i < 2; i++) {
		double other[2] = {4};
		PLACE(other);
		n += await count(other, (int)other[0]);
		PLACE(other);
	}
	n += await count((int[]){n, 2, 3}, *p);
	return n + bytes[0] + line[0] + await count(line, 1);
}

static async int aligned(int n)
{
	_Alignas(16) char block[16] = {1};
	long more = n;
	PLACE(block), SIZE(more);
	await nap();
	return (int)more + block[0];
}

static async int varying(int n, int m[n][n + 1])
{
	int a[n];
	int (*row)[n + 1] = m;
	char *room = __builtin_alloca((size_t)n);
	a[0] = room[0] = 1;
	a[0] += await count(a, 1);
	return a[0] + row[1][0] + room[0] + await count(room, 2);
}

async int main(void)
{
	int m[2][3] = {{1}, {2}};
	int sum = await scalars(1, 2, 3, 4);
	sum += await structs(5) + await pinned(6, 7) + await aligned(8);
	sum += await varying(2, m);
	fprintf(stderr, "%d\n", sum);
	return 0;
}
