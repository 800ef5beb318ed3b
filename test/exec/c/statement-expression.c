// Awaits inside GNU statement expressions: value, void, nested, as operand, in conditions.
// RUN: %exec %s
#include "exec.h"

#define MIN(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) min_a = (a);                                                         \
		__typeof__(b) min_b = (b);                                                         \
		min_a < min_b ? min_a : min_b;                                                     \
	})

async int main(void)
{
	int v = ({
		int a = await tick(1);
		a + 1;
	});
	say("%d", v);
	say("%d", ({ await tick(2); }) + ({
			  int b = await tick(3);
			  b * 10;
		  }));
	({
		await tick_void(4);
		v++;
	});
	if (({
		    int n = 0;
		    for (int i = 0; i < 3; i++)
			    n += await tick(i);
		    n;
	    }) == 3)
		say("three");
	say("%d", ({
		    int x = 5;
		    ({
			    int y = await tick(x);
			    y + x;
		    }) + x;
	    }));
	while (({
		v--;
		await tick_bool(v > 1);
	}))
		say("turn");
	struct pair p = ({
		struct pair q = await tick_pair(1, 2);
		q.a = 9;
		q;
	});
	say("%d %d", p.a, p.b);
	v = ({
		if (await tick(0))
			v = 1;
		else
			v = 77;
		v;
	});
	say("%d", v);
	return ({ await tick(3); });
}
