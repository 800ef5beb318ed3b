// Temporaries of every kind held while another operand of the expression awaits.
// RUN: %exec %s
#include "exec.h"

static int calls;

static struct pair make(int a)
{
	calls++;
	return (struct pair){a, a + 1};
}

static double half(int v)
{
	calls++;
	return v / 2.0;
}

static const char *name(void)
{
	calls++;
	return "name";
}

static int join(struct pair p, double d, const char *s, int v, struct pair q)
{
	return p.b + (int)(d * 10) + s[0] + v + q.a;
}

async int main(void)
{
	int a[3] = {1, 2, 3}, i = 1;
	struct pair *p = &(struct pair){5, 6};

	say("%d", join(make(1), half(3), name(), await tick(4), make(5)));
	say("%g", half(5) + await tick(1));
	say("%d", make(7).b * await tick(2));
	say("%d", a[i] * 100 + p->b * 10 + await tick(3));
	say("%d", (int)(name() == name()) + await tick(1));
	say("%td", &a[2] - a + await tick(1));
	say("%d", (a[1] > 1) + ((i << 2) | await tick(2)));
	say("%d", calls);
	return 0;
}
