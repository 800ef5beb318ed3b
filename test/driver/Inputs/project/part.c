#include "part.h"

async int add_slowly(int a, int b)
{
	for (int i = 0; i < 3; i++)
		await async_sleep_ms(1);
	return a + b;
}
