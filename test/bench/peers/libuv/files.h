#include <uv.h>

/* Runs one of the tests of files; gives 3 when there is none of that name. */
int files_test(uv_loop_t *on, const char *name, long n, long m);
