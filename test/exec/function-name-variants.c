// __func__, __LINE__ and long or odd names in async functions.
// RUN: %exec %s
#include "exec.h"

static async int _Odd__name_1(int $v)
{
	await nap();
	say("%s %d", __func__, __LINE__);
	return $v;
}

static async int
a_function_with_a_name_that_is_longer_than_any_table_of_thirty_one_or_sixty_three_characters(int v)
{
	await nap();
	say("%s", __func__);
	return v;
}

async int main(void)
{
	say("%s", __func__);
	say("%d", await _Odd__name_1(1));
	say("%d",
	    await a_function_with_a_name_that_is_longer_than_any_table_of_thirty_one_or_sixty_three_characters(
		    2));
	say("%s", __func__);
	return 0;
}
