// A function that awaits itself, in the middle of an expression.
// RUN: %exec %s
#include "exec.h"

static async int fib(int n)
{
	if (n < 2) {
		await nap();
		return n;
	}
	return await fib(n - 1) + await fib(n - 2);
}

static async int hanoi(int n, char from, char to, char over)
{
	int moves = 0;

	if (n == 0)
		return 0;
	moves += await hanoi(n - 1, from, over, to);
	say("%d: %c to %c", n, from, to);
	await nap();
	moves++;
	moves += await hanoi(n - 1, over, to, from);
	return moves;
}

async int main(void)
{
	say("%d", await fib(12));
	say("%d", await hanoi(4, 'a', 'c', 'b'));
	return 0;
}
