// Over-aligned locals kept across awaits.
// RUN: %exec %s
#include "exec.h"

struct __attribute__((aligned(64))) line {
	char bytes[64];
};

static bool aligned(const void *p, uintptr_t to)
{
	return (uintptr_t)p % to == 0;
}

async int main(void)
{
	_Alignas(32) char buffer[40] = "aligned";
	struct line line = {"line"};
	__attribute__((aligned(128))) int v = 5;
	int *pv = &v;
	_Alignas(64) int alone = await tick(7);
	_Alignas(struct line) char as_type[3] = "ab";
	_Alignas(double) int basic = 8;

	await nap();
	say("%d %d %d", aligned(buffer, 32), aligned(&line, 64), aligned(pv, 128));
	await tick(*pv + alone + basic);
	say("%d %s", aligned(as_type, 64), as_type);
	say("%s %s", buffer, line.bytes);
	return 0;
}
