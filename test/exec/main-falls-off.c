// Falling off the end of async main is status 0, also after an await.
// RUN: %exec %s
#include "exec.h"

async int main(int argc, char **argv)
{
	(void)argv;
	await tick(argc);
	if (argc > 5)
		return 1;
	await tick(2);
}
