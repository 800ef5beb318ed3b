// Comments, line splices and odd layout between the words and what they apply to.
// clang-format off
// RUN: %exec %s
#include "exec.h"

static async /* a comment */ int
spread(int v /* in */)
{
	return await // to the end of the line
		tick(v);
}

stat\
ic asy\
nc int spliced(int v) { ret\
urn aw\
ait tick(v); }

async
int
main
(void)
{
	int v=await/**/spread(1)+await
	spliced(2);
	say("%d await async /* %s */", v, "await // async");
	say("%c", 'a'); /* await tick(9) */
	return 0;
}
