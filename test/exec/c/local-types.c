// Types, enumerations and typedefs of the function, used by variables kept across awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	struct point {
		int x, y;
	} p = {1, 2}, *pp = &p;
	enum { RED = 5, GREEN } colour = GREEN;
	typedef struct {
		struct point at;
		const char *name;
	} named;
	typedef int row[3];
	union {
		int i;
		char c[4];
	} u = {.i = 0x41424344};
	named n = {{3, 4}, "n"};
	row r = {7, 8, 9};

	await nap();
	pp->x += await tick(10);
	say("%d %d %d %s %d %d %c", p.x, p.y, colour, n.name, n.at.y, r[2], u.c[0]);
	for (
		struct {
			int i;
			char tag;
		} s = {0, 'a'};
		s.i < 2; s.i++, s.tag++) {
		await nap();
		say("%d %c", s.i, s.tag);
	}
	{
		struct point {
			const char *text;
		} p = {"inner"};
		enum { RED = 50 };
		await nap();
		say("%s %d", p.text, RED);
	}
	say("%d %d", RED, (int)sizeof(struct point));
	return 0;
}
