// goto forward over awaits and backward over awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i = 0;

again:
	await tick(i);
	if (++i < 3)
		goto again;
	if (i == 3)
		goto skip;
	await tick_void(-1);
skip:
	say("skipped");
	while (true) {
		for (;;) {
			await tick(i);
			if (i++ > 4)
				goto out;
			if (i == 5)
				goto next;
		}
	next:
		say("next");
	}
out:
	say("%d", i);
	return 0;
}
