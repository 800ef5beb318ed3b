// Variadic async functions read their arguments before the first suspension.
// RUN: %exec %s
#include "exec.h"

static async int total(int n, ...)
{
	int v[8], sum = 0;
	va_list args;

	va_start(args, n);
	for (int i = 0; i < n; i++)
		v[i] = va_arg(args, int);
	va_end(args);
	for (int i = 0; i < n; i++)
		sum += await tick(v[i]);
	return sum;
}

static async int quiet(int n, ...)
{
	int sum = 0;
	va_list args;

	va_start(args, n);
	while (n-- > 0)
		sum += va_arg(args, int);
	va_end(args);
	await nap();
	return sum;
}

__attribute__((format(printf, 2, 3))) static async int print(char *to, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsprintf(to, format, args);
	va_end(args);
	await nap();
	return n;
}

static async int forwarded(char *to, const char *format, va_list args)
{
	int n = vsprintf(to, format, args);

	await nap();
	return n;
}

static async int forward(char *to, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = await forwarded(to, format, args);
	va_end(args);
	return n;
}

async int main(void)
{
	char text[64];
	float half = 0.5f;
	async_task(int) first = async_spawn(quiet(4, 1, (char)2, (short)3, true));
	async_task(int) second = async_spawn(quiet(1, 50));
	async_task(int) third = async_spawn(print(text, "%g %s %c", half, "text", 'c'));

	say("%d %d", await async_join(first), await async_join(second));
	say("%d", await async_join(third));
	say("%d", await total(3, 1, 2, await tick(3)));
	say("%d %s", await print(text, "%s %d", "text", await tick(5)), text);
	await forward(text, "%d-%d", 6, 7);
	say("%s", text);
	return 0;
}
