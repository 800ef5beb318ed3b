#ifndef PART_H
#define PART_H
#include <asyncc.h>

async int add_slowly(int a, int b);

static inline async int twice(int v)
{
	return await add_slowly(v, v);
}

#endif
