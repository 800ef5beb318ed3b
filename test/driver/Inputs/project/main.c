#include "part.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SCALE
#define SCALE 1
#endif

async int main(int argc, char **argv)
{
	async_task(int) a = async_spawn(add_slowly(argc, 1));
	async_task(int) b = async_spawn(twice(20));
	int sum = await async_join(a) + await async_join(b);

	printf("sum %d\n", SCALE * sum);
	return argc > 1 && strcmp(argv[1], "fail") == 0;
}
