// Async function pointers as fields: of a struct, through a pointer, in a constant table.
// RUN: %exec %s
#include "exec.h"

struct shape {
	const char *name;
	async double (*area)(const struct shape *self);
	double w, h;
};

static async double box_area(const struct shape *self)
{
	double w = await tick_double(self->w);

	return w * self->h;
}

static async double triangle_area(const struct shape *self)
{
	return await box_area(self) / 2;
}

static const struct shape shapes[] = {
	{"box", box_area, 3, 4},
	{.name = "triangle", .area = triangle_area, .w = 5, .h = 6},
};

async int main(void)
{
	struct shape own = shapes[0];

	own.w = 10;
	for (const struct shape *s = shapes; s < shapes + 2; s++)
		say("%s %g", s->name, await s->area(s));
	say("%g", await own.area(&own));
	own.area = triangle_area;
	say("%g", await own.area(&own));
	return 0;
}
