/* A loop that cannot be set up: the error is the value where it can be, of any width, else
 * the program stops with a message; the next try works when the reason is gone. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && not --crash %t stop 2>&1 | FileCheck %s
// CHECK: asyncc: async_run: Too many open files
#include "Inputs/hand.h"

#include <sys/resource.h>

struct root {
	struct co co;
};
CO(root)
{
	int r;

	BEGIN;
	AWAIT(r, async__sleep_ms(1));
	RETURN(r + 42);
	END;
}

int main(int argc, char **argv)
{
	static struct root r;
	struct rlimit limit, none;
	int8_t tiny;
	int16_t small;
	int32_t medium;
	int64_t large;

	(void)argv;
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	if (argc > 1)
		return async__run(new_task(root, &r), &large, 0);
	CHECK(async__run(new_task(root, &r), &tiny, 1) == -EMFILE && tiny == -EMFILE);
	CHECK(async__run(new_task(root, &r), &small, 2) == -EMFILE && small == -EMFILE);
	CHECK(async__run(new_task(root, &r), &medium, 4) == -EMFILE && medium == -EMFILE);
	CHECK(async__run(new_task(root, &r), &large, 8) == -EMFILE && large == -EMFILE);
	CHECK(async__run(NULL, &large, 8) == -ENOMEM && large == -ENOMEM);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(run(root, &r) == 42);
	CHECK(run(root, &r) == 42);
	return 0;
}
