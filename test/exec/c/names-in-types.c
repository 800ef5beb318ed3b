// Variables of the frame that the sizes in types, alignments and assertions name.
// RUN: %exec %s
#include "exec.h"

static async void fill(char *at, int n)
{
	await nap();
	at[0] = (char)n;
}

static async int sizes(int v)
{
	char buf[100];
	long number = v;
	struct {
		int buf[3];
	} other = {{1, 2, 3}};

	await fill(buf, v);
	await fill((char *)&number, v);
	await fill((char *)&other, v);
	struct shaped {
		char c[sizeof buf];
		__typeof__(buf) buf;
		int number : sizeof number;
	} k = {{1}, "text", -5};
	enum { SIZE = sizeof buf + sizeof(number) };
	_Static_assert(sizeof buf == 100, "an array");
	_Static_assert(sizeof(buf) + sizeof number + sizeof other.buf == 112 + sizeof(long), "all");
	_Alignas(sizeof(buf) - 68) char line[3] = {7};
	await fill(line, v);
	say("%zu %d %d %d", sizeof k, SIZE, k.number, other.buf[1]);
	say("%s %d %d", k.buf, line[0], (int)((uintptr_t)line % 32));
	return buf[0];
}

int main(void)
{
	say("%d", async_run(sizes(3)));
	return 0;
}
