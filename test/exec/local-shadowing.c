// Names that hide one another, all alive across the same awaits.
// RUN: %exec %s
#include "exec.h"

static int x = 1000;

static async int deep(int x)
{
	int sum = x;
	{
		int x = await tick(10);
		sum += x;
		{
			int x = await tick(20), y = x + 1;
			await nap();
			sum += x + y;
			for (int x = 0; x < 2; x++) {
				await tick(x);
				sum += x;
				if (x == 1) {
					const char *x = "abc";
					await nap();
					sum += x[0];
				}
			}
			sum += x;
		}
		await nap();
		sum += x;
	}
	await nap();
	return sum + x;
}

async int main(void)
{
	say("%d", await deep(1));
	{
		extern int y;
		int x = y;
		await nap();
		say("%d", x);
	}
	say("%d", x);
	x++;
	await nap();
	say("%d", x);
	return 0;
}

int y = 77;
