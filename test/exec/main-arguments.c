// async main gets its arguments, and its result is the exit status.
// RUN: %exec %s
// ARGS: one "two words" 3
#include "exec.h"

async int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		await nap();
		say("%d %s", i, argv[i]);
	}
	say("%d", argv[argc] == NULL);
	return argc * 10 + await tick(2);
}
