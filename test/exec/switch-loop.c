// switch within loops: continue and break reach the right one across awaits.
// RUN: %exec %s
// CFLAGS: -Wno-implicit-fallthrough
#include "exec.h"

async int main(void)
{
	int n = 0;

	for (int i = 0; i < 6; i++) {
		switch (i % 4) {
		case 0:
			await tick_void(i);
			continue;
		case 1:
			if (await tick(i) > 3)
				break;
			n += 1;
		case 2:
			n += 10;
			break;
		case 3:
			while (await tick(n) % 3) {
				n++;
				if (n > 40)
					break;
			}
		}
		n += 100;
	}
	say("%d", n);
	return 0;
}
