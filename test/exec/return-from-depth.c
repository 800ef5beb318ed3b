// return from inside nested loops, switches and blocks, with locals saved at each level.
// RUN: %exec %s
#include "exec.h"

static async int search(const int *v, int rows, int cols, int wanted)
{
	for (int r = 0; r < rows; r++) {
		int found = 0;
		for (int c = 0; c < cols; c++) {
			int cell = await tick(v[r * cols + c]);
			switch (cell) {
			case 0:
				continue;
			default:
				if (cell == wanted) {
					found++;
					do {
						await nap();
						if (found)
							return r * 10 + c;
					} while (true);
				}
			}
		}
		await tick_void(r);
	}
	return -1;
}

async int main(void)
{
	static const int v[] = {1, 0, 3, 4, 5, 6};

	say("%d", await search(v, 2, 3, 3));
	say("%d", await search(v, 2, 3, 5));
	say("%d", await search(v, 2, 3, 7));
	return 0;
}
