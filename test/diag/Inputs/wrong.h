#include <asyncc.h>
async int f(int v);
static inline async int from_header(int v)
{
	return f(v);
}
