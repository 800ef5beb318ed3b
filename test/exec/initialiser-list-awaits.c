// Initialiser lists whose elements are awaits, in arrays, structs and nested.
// RUN: %exec %s
#include "exec.h"

struct entry {
	const char *key;
	struct pair value;
	int tail[3];
};

async int main(void)
{
	int a[4] = {await tick(1), 2, await tick(3)};
	int b[] = {await tick(4), await tick(5) + a[0]};
	struct pair p = {await tick(6), await tick(7)};
	struct pair q = {.a = await tick(8), .b = await tick(9)};
	struct entry e = {await tick_str("key"), {await tick(10), 11}, {await tick(12)}};
	struct entry list[2] = {{"x", await tick_pair(1, 2), {0}}, {.tail = {1, await tick(13)}}};
	int scalar = {await tick(14)};

	say("%d %d %d %d", a[0], a[1], a[2], a[3]);
	say("%zu %d %d", sizeof b / sizeof *b, b[0], b[1]);
	say("%d %d %d %d", p.a, p.b, q.b, q.a);
	say("%s %d %d %d %d", e.key, e.value.a, e.value.b, e.tail[0], e.tail[2]);
	say("%s %d %d %d", list[0].key, list[0].value.b, list[1].tail[1], list[1].key == NULL);
	say("%d", scalar);
	return 0;
}
