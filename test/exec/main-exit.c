// exit() out of a suspended and resumed function ends the program with its status.
// RUN: %exec %s
#include "exec.h"

static void bye(void)
{
	say("bye");
}

static async void leave(int status)
{
	await nap();
	exit(status);
}

async int main(void)
{
	atexit(bye);
	await leave(7);
	say("never");
	return 0;
}
