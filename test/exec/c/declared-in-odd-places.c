// Variables declared in statement expressions under designators of an anonymous struct.
// RUN: %exec %s
#include "exec.h"

struct record {
	int u;
	struct {
		int x, y[2];
	};
};

static async int sum_of(const int *v, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += await tick(v[i]);
	return sum;
}

async int main(void)
{
	struct record r = {.x = await tick(1), .y[1] = ({
		int a[4] = {3, 4, 5};
		a[1] *= await sum_of((int[]){a[0], a[2]}, 2);
		a[1] + a[2];
	})};
	int v = ({ int b[2] = {6, 7}; await sum_of(b, 2); }) ?: 5;

	say("%d %d %d", r.x, r.y[1], v);
	return 0;
}
