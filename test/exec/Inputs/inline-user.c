#include "exec.h"
#include "inline.h"

async int other_clamp(int v)
{
	int n = await clamp(v);

	return n * 100 + await clamp_calls();
}
