// Conway's game of life: two boards swapped, neighbours counted with awaits.
// RUN: %exec %s
#include "exec.h"

enum { W = 12, H = 8 };

typedef unsigned char board[H][W];

static async int neighbours(const board *b, int y, int x)
{
	int n = 0;

	for (int dy = -1; dy <= 1; dy++) {
		for (int dx = -1; dx <= 1; dx++) {
			if (!dy && !dx)
				continue;
			n += (*b)[(y + dy + H) % H][(x + dx + W) % W];
		}
		if (y % 3 == 0)
			await nap();
	}
	return n;
}

static async int step(const board *from, board *to)
{
	int alive = 0;

	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			int n = await neighbours(from, y, x);
			alive += (*to)[y][x] = n == 3 || (n == 2 && (*from)[y][x]);
		}
	return alive;
}

static void show(const board *b)
{
	for (int y = 0; y < H; y++) {
		char line[W + 1] = "";
		for (int x = 0; x < W; x++)
			line[x] = (*b)[y][x] ? '#' : '.';
		say("%s", line);
	}
}

async int main(void)
{
	board boards[2] = {{{0, 1}, {0, 0, 1}, {1, 1, 1}, {0}, {0, 0, 0, 0, 0, 1, 1, 1}}};
	board *from = &boards[0], *to = &boards[1], *t;

	for (int i = 0; i < 9; i++) {
		int alive = await step(from, to);
		t = from, from = to, to = t;
		say("%d: %d", i, alive);
	}
	show(from);
	return 0;
}
