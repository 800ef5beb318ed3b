// format, weak, alias, section, constructor and deprecated on async functions.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

__attribute__((weak)) async int weak(int v);
async int weak(int v)
{
	return await tick(v);
}

static async __attribute__((section(".text.special"), used)) int placed(int v)
{
	return await tick(v);
}

__attribute__((format(printf, 1, 0))) static async int formats(const char *format, va_list args)
{
	char text[32];
	vsnprintf(text, sizeof text, format, args);
	say("%s", text);
	await nap();
	return 1;
}

__attribute__((cold, pure, unused)) static async int pure(int v)
{
	await nap();
	return v;
}

static async _Noreturn void leaves(int status)
{
	await nap();
	exit(status);
}

__attribute__((constructor)) static void before(void)
{
	say("before");
}

static async int use(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = await formats(format, args);
	va_end(args);
	return n;
}

async int main(void)
{
	say("%d %d", await weak(1), await placed(2));
	await use("%d", 5);
	await leaves(3);
}
