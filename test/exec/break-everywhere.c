// break out of each kind of loop and switch, before, between and after awaits.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	int n = 0;

	for (int i = 0;; i++) {
		if (await tick(i) == 2)
			break;
		while (true) {
			n++;
			if (await tick_bool(n > 2))
				break;
		}
		do {
			if (n == 3)
				break;
			await tick_void(n);
			break;
		} while (await tick_bool(true));
		switch (i) {
		case 0:
			await tick_void(100);
			break;
		case 1:
			for (;;) {
				await tick_void(101);
				break;
			}
			n += 10;
			break;
		}
	}
	say("%d", n);
	return 0;
}
