// cleanup variables in switch bodies, if branches, statement order, backward goto.
// RUN: %exec %s
// CFLAGS: -Wno-unused-variable -Wno-implicit-fallthrough
#include "exec.h"

static void leave(const char **name)
{
	say("leave %s", *name);
}

#define SCOPED __attribute__((cleanup(leave))) const char *

async int main(void)
{
	int n = 0;

again: {
	SCOPED again = "again";
	await tick(n);
	if (n++ < 2)
		goto again;
}
	switch (n) {
	case 3: {
		SCOPED three = await tick_str("three");
		await nap();
		if (n == 3)
			break;
	}
	default:
		say("never");
	}
	if (n) {
		SCOPED then = "then";
		await nap();
	} else {
		SCOPED other = "else";
		await nap();
	}
	while (n--) {
		SCOPED turn = n ? "turn" : "last turn";
		if (await tick_bool(n == 1))
			continue;
	}
	{
		SCOPED a = "a";
		SCOPED b = "b";
		await nap();
		SCOPED c = "c";
	}
	return 0;
}
