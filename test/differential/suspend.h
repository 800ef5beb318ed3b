/* Included in front of every source that asyncify turns async: the leaf whose calls it
 * inserts. It declares nothing else, as the program may have any names. */
#ifndef SUSPEND_H
#define SUSPEND_H

#include <asyncc/abi.h>

/* Suspends the task or not, as EXEC_MODE in the environment says: "eager" never,
 * "mixed" every other time, else always. Any task may call it. */
_Async void asyncify_suspend(void);

#endif
