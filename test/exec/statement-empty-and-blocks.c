// Empty statements, empty blocks and labels at the end, around awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	;
	{
	}
	await tick(1);
	{
		;
		{
			await tick(2);
		}
	}
	if (await tick(3)) {
	} else {
		;
	}
	for (int i = 0; i < 2; i++)
		;
	goto end;
end:;
	return 0;
}
