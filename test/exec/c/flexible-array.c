// Structs with a flexible array member, in the heap and static.
// RUN: %exec %s
#include "exec.h"

struct text {
	int len;
	char s[];
};

static async struct text *make(const char *s)
{
	struct text *t = malloc(sizeof *t + strlen(s) + 1);

	t->len = 0;
	for (; *s; s++)
		t->s[t->len++] = await tick_char(*s);
	t->s[t->len] = 0;
	return t;
}

async int main(void)
{
	static struct text fixed = {3, {"abc"}};
	struct text *t = await make("xyz");

	t->s[1] += (char)await tick(2);
	say("%s %d %s", t->s, t->len + fixed.len, fixed.s);
	free(t);
	return 0;
}
