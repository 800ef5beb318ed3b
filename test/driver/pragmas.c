// Pragmas reach the parser and the compiler; diagnostic pragmas do not reach generated code.
// RUN: %asyncc -Wall -Wextra -Werror %s -o %t && %t
// RUN: %gcc -Wall -Wextra -Werror %s -o %t && %t
#include <asyncc.h>

#pragma GCC diagnostic error "-Wunused-variable"
#pragma GCC diagnostic error "-Wunused-label"
#pragma GCC diagnostic error "-Wunused-parameter"

#pragma pack(push, 1)
struct packed {
	char c;
	int v;
};
#pragma pack(pop)
_Static_assert(sizeof(struct packed) == 5, "packed");


async int main(void)
{
	struct packed p = {1, 2};

	await async_yield();
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++)
		p.v += i;
	return p.v == 8 ? 0 : 1;
}
