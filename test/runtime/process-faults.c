/* Each allocation and each system call of a program that runs others and waits for signals
 * fails in turn: every operation succeeds or gives that error, nothing hangs, and neither
 * descriptors nor processes are left behind. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: %t && env ASYNC_FORCE_SUSPEND=1 %t
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

async static int talk(void)
{
	ASYNC_PROCESS(process, 60000);
	struct async_output out = {0};
	char *const argv[] = {"cat", NULL};
	int r = await async_process_start(
		&process, &(struct async_command){
				  .argv = argv, .in = ASYNC_PIPE, .out = ASYNC_PIPE, .err = ASYNC_PIPE});

	if (r)
		return r;
	r = await async_process_communicate(&process, "text", 4, &out, NULL);
	CHECK(r < 0 || (r == 0 && out.len == 4 && !memcmp(out.data, "text", 4)));
	free(out.data);
	return r;
}

async static int end(void)
{
	struct async_process process;
	int value, r = await async_process_start(&process, &(struct async_command){
								  .shell = "sleep 1000",
								  .in = ASYNC_NULL,
								  .err = ASYNC_PTY});

	if (r)
		return r;
	r = await async_select(&value, async_on_process_end(&process), async_on_timeout(1));
	CHECK(r < 0 || r == 1 || (r == 0 && value < 0));
	if (r == 0)
		r = value;
	value = await async_process_end(&process, 60000);
	CHECK(value == SIGTERM || value == SIGKILL);
	return r < 0 ? r : 0;
}

async static int signals(void)
{
	struct async_signals stream;
	int r = async_signals_open(&stream, SIGUSR1), value;

	if (r)
		return r;
	raise(SIGUSR1);
	r = await async_signals_next(&stream);
	CHECK(r == SIGUSR1);
	async_signals_close(&stream);
	r = await async_select(&value, async_on_signal(SIGUSR2), async_on_timeout(1));
	CHECK(r < 0 || r == 1 || (r == 0 && value < 0));
	return r == 0 ? value : r < 0 ? r : 0;
}

async static int all(void)
{
	int r = await talk();

	if (!r)
		r = await end();
	if (!r)
		r = await signals();
	return r;
}

static int attempt(int descriptors)
{
	int r = async_run(all());

	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK(count_descriptors() <= descriptors + 3);
	return r;
}

int main(void)
{
	static const int errors[] = {-EIO, -EMFILE, -ENOSYS};
	unsigned long n, faults = 0;
	int descriptors, r;

	signal(SIGUSR1, SIG_IGN);
	CHECK(async_run(all()) == 0);
	descriptors = count_descriptors();
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		for (n = 1;; n++, faults++) {
			async_test_fail_call(n, errors[i]);
			r = attempt(descriptors);
			if (!async_test_call_failed())
				break;
			CHECK(r == errors[i] || r == 0);
		}
		CHECK(r == 0 && n > 10);
		async_test_fail_call(0, 0);
	}
	for (int all_later = 0; all_later < 2; all_later++) {
		for (n = 1;; n++, faults++) {
			async_test_fail_allocation(n, all_later);
			r = attempt(descriptors);
			if (!async_test_allocation_failed())
				break;
			CHECK(r == -ENOMEM || r == 0);
		}
		CHECK(r == 0 && n > 5);
		async_test_fail_allocation(0, false);
	}
	printf("%lu faults\n", faults);
	return 0;
}
