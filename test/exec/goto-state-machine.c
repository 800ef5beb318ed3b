// A state machine of labels, an await in each state.
// RUN: %exec %s
#include "exec.h"

static async int lex(const char *s)
{
	int words = 0;
	char c;

between:
	c = await tick_char(*s++);
	if (c == '.')
		goto end;
	if (c == ' ')
		goto between;
	words++;
	goto within;
within:
	c = await tick_char(*s++);
	if (c == ' ')
		goto between;
	if (c != '.')
		goto within;
end:
	return words;
}

async int main(void)
{
	say("%d", await lex(" ab c  d."));
	say("%d", await lex("."));
	return 0;
}
