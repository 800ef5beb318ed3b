// Designated initialisers with awaits: fields, elements, ranges, nested, of unknown bound.
// RUN: %exec %s
#include "exec.h"

struct inner {
	int v[3];
	const char *name;
};
struct outer {
	struct inner in[2];
	struct {
		int x, y;
	};
	union {
		int i;
		double d;
	} u;
};

async int main(void)
{
	struct outer o = {
		.in[0] = {.v = {[2] = await tick(2), [0] = 1}},
		.in[1].name = await tick_str("one"),
		.x = await tick(3),
		.u.d = await tick_double(1.5),
	};
	int range[8] = {[1 ... 3] = 7, [6] = await tick(6)};
	int open[] = {[4] = await tick(4), await tick(5)};
	struct inner list[] = {{.v[1] = await tick(11)}, [2] = {.name = "two"}};
	struct outer copy = (struct outer){.in[1].v[1] = await tick(8), .x = await tick(9)};

	say("%s %d %d %d %d %g", o.in[1].name, o.in[0].v[0], o.in[0].v[2], o.x, o.y, o.u.d);
	say("%d %d %d %d %d", range[0], range[1], range[3], range[4], range[6]);
	say("%zu %d %d %d", sizeof open / sizeof *open, open[3], open[4], open[5]);
	say("%zu %d %s", sizeof list / sizeof *list, list[0].v[1], list[2].name);
	say("%d %d %d", copy.x, copy.in[1].v[1], copy.in[0].v[0]);
	return 0;
}
