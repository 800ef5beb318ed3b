/* What a test stops with. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Stops the test unless the condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

_Noreturn static inline void check_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, condition);
	exit(1);
}

#endif
