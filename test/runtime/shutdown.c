/* Graceful shutdown: the first signal cancels the root task, which leaves by its own paths, the
 * second kills, even when a task hangs; on several threads each loop ends. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <asyncc/cross.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int cleaned;

async static int serve(void)
{
	int r = await async_sleep_ms(1000000);

	CHECK(r == -ECANCELED);
	cleaned++;
	return r;
}

async static int server(int signal)
{
	struct async_group group;

	CHECK(async_shutdown_on(SIGINT, SIGTERM) == 0);
	CHECK(async_shutdown_signal() == 0);
	async_group_open(&group);
	CHECK(async_group_start(&group, serve()) == 0);
	CHECK(async_group_start(&group, serve()) == 0);
	CHECK(await async_yield() == 0);
	kill(getpid(), signal);
	CHECK(await async_group_close(&group) == -ECANCELED);
	CHECK(async_cancel_reason() == -EINTR && async_shutdown_signal() == signal);
	CHECK(async_cancelled() && await async_yield() == -ECANCELED);
	return signal;
}

async static int hanging(void)
{
	CHECK(async_shutdown_on(SIGINT, SIGTERM) == 0);
	raise(SIGINT);
	for (;;)
		raise(SIGTERM);
}

async static int worker(unsigned number, void *arg)
{
	int *ready = arg;

	CHECK(async_shutdown_on(SIGTERM) == 0);
	if (__atomic_add_fetch(ready, 1, __ATOMIC_SEQ_CST) == 3)
		kill(getpid(), SIGTERM);
	CHECK(await async_sleep_ms(1000000) == -ECANCELED);
	CHECK(async_shutdown_signal() == SIGTERM);
	return number == 0 ? -EINTR : 0;
}

static int in_child(void (*act)(void))
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (!pid) {
		act();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static void hang(void)
{
	async_run(hanging());
}

/* After the run, the signal does what it did before. */
static void be_killed(void)
{
	CHECK(async_run(server(SIGINT)) == SIGINT);
	raise(SIGINT);
}

static void act_in_threads(void)
{
	int ready = 0;

	CHECK(async_run_workers(3, worker, &ready) == -EINTR);
}

static void hosted(void)
{
	CHECK(async_shutdown_on(SIGHUP) == 0);
	async_detach(async_spawn(serve()));
	CHECK(async_loop_run_once() == 1);
	raise(SIGHUP);
	while (async_loop_run_once() > 0)
		;
	CHECK(cleaned == 1 && async_shutdown_signal() == SIGHUP);
}

static void ignoring(void)
{
	signal(SIGINT, SIG_IGN);
	CHECK(async_run(server(SIGINT)) == SIGINT);
	raise(SIGINT);
}

int main(void)
{
	int status;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	CHECK(async_run(server(SIGINT)) == SIGINT && cleaned == 2);
	CHECK(async_run(server(SIGTERM)) == SIGTERM && cleaned == 4);
	cleaned = 0;
	status = in_child(hang);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	status = in_child(be_killed);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	CHECK(in_child(hosted) == 0);
	CHECK(in_child(ignoring) == 0);
	CHECK(in_child(act_in_threads) == 0);
	return 0;
}
