/* The leaf that asyncified programs suspend in; see suspend.h. With ERASED defined it is
 * that of the same program with the words erased, and does nothing. */
#ifdef ERASED

void asyncify_suspend(void);

void asyncify_suspend(void)
{
}

#else

#include <asyncc.h>

#include <stdlib.h>
#include <string.h>

#include "suspend.h"

enum mode { MODE_UNKNOWN, MODE_EAGER, MODE_MIXED, MODE_SUSPEND };

static enum mode mode_of_environment(void)
{
	const char *mode = getenv("EXEC_MODE");
	if (mode && !strcmp(mode, "eager"))
		return MODE_EAGER;
	return mode && !strcmp(mode, "mixed") ? MODE_MIXED : MODE_SUSPEND;
}

_Async void asyncify_suspend(void)
{
	static enum mode mode;
	static unsigned calls;

	if (!mode)
		mode = mode_of_environment();
	if (mode == MODE_SUSPEND || (mode == MODE_MIXED && calls++ % 2 == 0))
		_Await async_yield();
}

#endif
