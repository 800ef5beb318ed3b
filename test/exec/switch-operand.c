// An await as the operand of switch; the operand is evaluated once.
// RUN: %exec %s
// ERASED-NOT-GCC: it evaluates operands and arguments in another order
#include "exec.h"

static async const char *name(int v)
{
	switch (await tick(v)) {
	case 0:
		return "zero";
	case 1:
	case 2:
		return "few";
	case -1:
		return "minus";
	default:
		return "many";
	}
}

static async int nested(int a, int b)
{
	switch (await tick(a)) {
	case 1:
		switch (await tick(b) + 1) {
		case 2:
			return 11;
		default:
			break;
		}
		return 12;
	}
	return 0;
}

async int main(void)
{
	for (int i = -1; i < 4; i++)
		say("%s", await name(i));
	say("%d %d %d", await nested(1, 1), await nested(1, 2), await nested(2, 1));
	switch (await tick(3))
	case 3:
		say("no braces");
	switch (await tick(3)) {
	}
	switch (await tick_char('c')) {
	case 'c':
		say("char");
	}
	return 0;
}
