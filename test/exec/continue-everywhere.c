// continue in each kind of loop with awaits in condition, step and body.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int i = 0, n = 0;

	do {
		if (i == 1)
			continue;
		n += await tick(i);
		if (i == 2)
			continue;
		n += 100;
	} while (await tick(++i) < 4);
	say("%d", n);
	while (await tick(i--) > 0) {
		if (i == 2)
			continue;
		n++;
	}
	for (i = 0; i < 4; i += await tick(1)) {
		if (i & 1)
			continue;
		if (await tick(i) == 2)
			continue;
		n += 10;
	}
	for (i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++) {
			if (j == i)
				continue;
			if (await tick(j) == 1)
				continue;
			n += 1000;
		}
		continue;
	}
	do
		continue;
	while (await tick(0));
	say("%d", n);
	return 0;
}
