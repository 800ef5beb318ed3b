// Results of qualified, anonymous and typeof types.
// RUN: %exec %s
// CFLAGS: -Wno-ignored-qualifiers
#include "exec.h"

typedef struct {
	int x, y;
} point;
typedef enum { LOW, HIGH = 9 } level;
typedef const char *const fixed;

static async point at(int x)
{
	await nap();
	return (point){x, -x};
}

static async level top(void)
{
	await nap();
	return HIGH;
}

static async fixed text(void)
{
	await nap();
	return "fixed";
}

static async const int constant(void)
{
	await nap();
	return 5;
}

static async __typeof__(((struct pair *)0)->b) of_field(int v)
{
	await nap();
	return v;
}

async int main(void)
{
	point p = await at(3);

	say("%d %d %d %s", p.x, (await at(4)).y, await top(), await text());
	say("%d %d", await constant(), await of_field(6));
	return 0;
}
