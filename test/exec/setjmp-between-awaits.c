// setjmp and longjmp where no await can come between them, in functions that await before.
// RUN: %exec %s
#include "exec.h"

#include <setjmp.h>

static jmp_buf out;

static void parse(int depth)
{
	if (depth == 0)
		longjmp(out, 7);
	parse(depth - 1);
}

static async int guarded(int n)
{
	volatile int rounds = 0;
	int before = await tick(n), code;

	before += await tick(before);
	code = setjmp(out);
	if (code == 0 || rounds < 3) {
		rounds++;
		parse(n);
	}
	return before * 100 + rounds * 10 + code;
}

static async int own_jump(int n)
{
	char pinned[8] = {0};

	await tick_void(n);
	pinned[1] = (char)n;
	if (setjmp(out) == 0)
		longjmp(out, 1);
	return pinned[1];
}

async int main(void)
{
	for (int i = 0; i < 3; i++)
		say("%d", await guarded(i));
	say("%d", await own_jump(5));
	return 0;
}
