/* A job runner: runs the command lines of a file, so many at a time, each for at most so long,
 * and prints what became of each, with its output.
 *
 *     asyncc -O2 job_runner.c -o job_runner && ./job_runner jobs.txt 4 10000
 *
 * The time is in milliseconds. A job that takes longer is asked to end (SIGTERM) and after half
 * a second killed, with all that it has started. So are all jobs when the runner gets SIGINT or
 * SIGTERM; the second of these kills the runner itself.
 */
#include <asyncc.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define MOST_OUTPUT 65536

static struct async_semaphore running;
static int failed;

static void end_job(const char *job, int status, const struct async_output *output)
{
	if (status == -ETIMEDOUT || status == -ECANCELED)
		printf("%s: %s\n", status == -ETIMEDOUT ? "took too long" : "interrupted", job);
	else if (status < 0)
		printf("failed (%s): %s\n", strerror(-status), job);
	else if (WIFSIGNALED(status))
		printf("killed by signal %d: %s\n", WTERMSIG(status), job);
	else
		printf("exit %d: %s\n", WEXITSTATUS(status), job);
	if (output->data)
		fwrite(output->data, 1, output->len, stdout);
	fflush(stdout);
	failed += status != 0;
	async_semaphore_release(&running, 1);
}

static async void run(const char *job, int ms)
{
	ASYNC_PROCESS(process, 500);
	struct async_output output = {.limit = MOST_OUTPUT};
	int status = await async_process_start(&process,
					       &(struct async_command){.shell = job,
								       .in = ASYNC_NULL,
								       .out = ASYNC_PIPE,
								       .err = ASYNC_STDOUT,
								       .flags = ASYNC_NEW_GROUP});

	if (status == 0)
		status = async_await_timeout(
			ms, async_process_communicate(&process, NULL, 0, &output, NULL));
	end_job(job, status, &output);
	free(output.data);
}

async int main(int argc, char **argv)
{
	char *jobs, *rest, *job;

	if (argc != 4) {
		fprintf(stderr, "usage: job_runner FILE JOBS-AT-A-TIME MILLISECONDS\n");
		return 2;
	}
	async_shutdown_on(SIGINT, SIGTERM);
	ssize_t n = await async_read_file(argv[1], &jobs, 0);
	if (n < 0) {
		fprintf(stderr, "job_runner: %s: %s\n", argv[1], strerror((int)-n));
		return 2;
	}
	async_semaphore_release(&running, (unsigned)atoi(argv[2]));
	{
		ASYNC_GROUP(group);
		for (job = strtok_r(jobs, "\n", &rest); job; job = strtok_r(NULL, "\n", &rest)) {
			if (await async_semaphore_acquire(&running, 1) != 0)
				break;
			int r = async_group_start(&group, run(job, atoi(argv[3])));
			if (r)
				end_job(job, r, &(struct async_output){0});
		}
	}
	free(jobs);
	return async_shutdown_signal() ? 128 + async_shutdown_signal() : failed ? 1 : 0;
}
