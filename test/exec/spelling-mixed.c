// Both spellings of both words, mixed between prototype, definition and use.
// RUN: %exec %s
#include "exec.h"

_Async int one(int v);
async int two(int v);
__attribute__((async)) int three(int v);

async int one(int v)
{
	return _Await tick(v);
}

_Async int two(int v)
{
	return await one(v) + _Await one(v + 1);
}

async int three(int v)
{
	return await two(v) + _Await one(0);
}

async int main(void)
{
	_Async int (*f)(int) = three;

	say("%d", await f(1));
	return 0;
}
