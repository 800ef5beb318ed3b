/* Each allocation and each system call of the job runner and of the file hasher fails in turn:
 * they end, say what they could not do, and leave no process, descriptor or memory behind; what
 * they say that they have done is right. */
// RUN: rm -rf %t.d && mkdir -p %t.d/in/ner && echo one > %t.d/one && echo two > %t.d/in/ner/two
// RUN: printf 'echo one\nexit 3\n' > %t.jobs
// RUN: %asyncc -g -w -fsanitize=address,undefined -fno-sanitize-recover=all -I%examples %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d %t.jobs > %t.out && env ASYNC_FILES=ring %t %t.d %t.jobs > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: calls and {{[0-9]+}} allocations failed
#define _GNU_SOURCE
#include "../runtime/Inputs/files.h"

#include <sys/wait.h>

#define main hash_main
#define report hash_report
#include "hash_files.c"
#undef main
#undef report
#define main jobs_main
#define run jobs_run
#define failed jobs_failed
#include "job_runner.c"
#undef main
#undef run
#undef failed

static char *dir, *jobs;

async static int both(void)
{
	char *hash_arguments[] = {"hash_files", dir, NULL};
	char *jobs_arguments[] = {"job_runner", jobs, "2", "60000", NULL};
	uint64_t before = files;
	int hashed, ran;

	failures = 0;
	hashed = await hash_main(2, hash_arguments);
	CHECK(hashed == 1 || (hashed == 0 && files - before == 2));
	jobs_failed = 0;
	running = (struct async_semaphore)ASYNC_SEMAPHORE_INIT(0);
	ran = await jobs_main(4, jobs_arguments);
	CHECK(ran == 2 || (ran == 1 && jobs_failed >= 1 && jobs_failed <= 2));
	return hashed == 0 && ran == 1 && jobs_failed == 1 ? 0 : 1;
}

static int attempt(int descriptors)
{
	int r = async_run(both());

	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK(count_descriptors() <= descriptors + 3);
	return r;
}

int main(int argc, char **argv)
{
	static const int errors[] = {-EIO, -ENOMEM, -EMFILE, -ENOSPC};
	unsigned long n, calls = 0, allocations = 0, seen = 0;
	int descriptors, r;

	CHECK(argc == 3);
	dir = argv[1];
	jobs = argv[2];
	CHECK(async_run(both()) == 0);
	if (!can_test_files())
		return 0;
	descriptors = count_descriptors();
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		for (n = 1;; n++, calls++) {
			async_test_fail_call(n, errors[i]);
			r = attempt(descriptors);
			if (!async_test_call_failed())
				break;
			seen += r != 0;
		}
		CHECK(r == 0 && n > 15);
		async_test_fail_call(0, 0);
	}
	for (int all = 0; all < 2; all++) {
		for (n = 1;; n++, allocations++) {
			async_test_fail_allocation(n, all);
			r = attempt(descriptors);
			if (!async_test_allocation_failed())
				break;
			seen += r != 0;
		}
		CHECK(r == 0 && n > 30);
		async_test_fail_allocation(0, false);
	}
	CHECK(seen > (calls + allocations) / 2);
	printf("%lu calls and %lu allocations failed, %lu of them seen\n", calls, allocations, seen);
	return 0;
}
