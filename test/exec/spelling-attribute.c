// The attribute written out, in every place that async may stand, alone and beside others.
// RUN: %exec %s
#include "exec.h"

__attribute__((async)) static int first(int v);
static __attribute__((async)) int second(int v);
static int third(int v) __attribute__((async));
static int __attribute__((async)) fourth(int v);
static __attribute__((noinline, async)) int fifth(int v);
static __attribute__((__async__, unused)) int sixth(int v);

struct holder {
	__attribute__((async)) int (*run)(int);
};

static __attribute__((async)) int first(int v)
{
	return await tick(v) + 1;
}

__attribute__((async)) static int second(int v)
{
	return await first(v) + 1;
}

__attribute__((async)) static int third(int v)
{
	return await second(v) + 1;
}

static int __attribute__((async)) fourth(int v)
{
	return await third(v) + 1;
}

static __attribute__((noinline, async)) int fifth(int v)
{
	return await fourth(v) + 1;
}

static __attribute__((__async__, unused)) int sixth(int v)
{
	return await fifth(v) + 1;
}

__attribute__((async)) int main(void)
{
	struct holder h = {sixth};

	say("%d", await sixth(0));
	say("%d", await h.run(10));
	return 0;
}
