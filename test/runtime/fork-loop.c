/* A process forked inside a task goes on with copies of the tasks and a loop of its own:
 * neither process takes events from the other. Calls on other threads work in it, and those
 * of the parent can be cancelled. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static int pipes[2][2];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool in_child;

static int add_one(int *n)
{
	return *n + 1;
}

static int pass_gate(int *n)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return *n;
}

async static int blocked_call(void)
{
	int n = 9;

	return await async_offload(pass_gate, &n);
}

/* Reads in both processes from pipes of their own. */
async static int reader(int which)
{
	char byte;
	ssize_t n = await async_read(pipes[which][0], &byte, 1);

	return n == 1 ? byte : (int)n;
}

async static int both(void)
{
	async_task(int) readers[2], call;
	int n = 1, status;
	pid_t child;

	CHECK(async_test_stream(pipes[0]) == 0 && async_test_stream(pipes[1]) == 0);
	pthread_mutex_lock(&gate);
	call = async_spawn(blocked_call());
	readers[0] = async_spawn(reader(0));
	readers[1] = async_spawn(reader(1));
	CHECK(await async_sleep_ms(2) == 0);
	child = fork();
	CHECK(child >= 0);
	in_child = child == 0;
	if (in_child) {
		CHECK(await async_offload(add_one, &n) == 2);
		async_cancel(call);
		CHECK(await async_join(call) == -ECANCELED);
		CHECK(write(pipes[1][1], "c", 1) == 1);
		CHECK(await async_join(readers[1]) == 'c');
		async_cancel(readers[0]);
		CHECK(await async_join(readers[0]) == -ECANCELED);
		return 3;
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
	pthread_mutex_unlock(&gate);
	CHECK(await async_join(call) == 9);
	CHECK(write(pipes[0][1], "p", 1) == 1);
	CHECK(await async_join(readers[0]) == 'p');
	CHECK(write(pipes[1][1], "q", 1) == 1);
	CHECK(await async_join(readers[1]) == 'q');
	return 0;
}

int main(void)
{
	int r = async_run(both());

	if (in_child)
		_exit(r);
	return r;
}
