/* Signals: one wait, several waiters, streams, select; what they did before comes back. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static int handled;

static void handler(int number)
{
	handled = number;
}

async static int wait_once(void)
{
	return await async_signal_wait(SIGUSR1, SIGUSR2);
}

async static int from_stream(struct async_signals *signals)
{
	return await async_signals_next(signals);
}

/* Each task that waits gets it, and nobody else. */
async static void waiters(void)
{
	async_task(int) first = async_spawn(wait_once()), second = async_spawn(wait_once());
	struct sigaction now;

	CHECK(await async_yield() == 0 && await async_yield() == 0);
	CHECK(!sigaction(SIGUSR2, NULL, &now) && now.sa_handler != handler);
	CHECK(!async_done(first) && !async_done(second));
	kill(getpid(), SIGUSR2);
	CHECK(await async_join(first) == SIGUSR2 && await async_join(second) == SIGUSR2);
	CHECK(async_await_timeout(1, wait_once()) == -ETIMEDOUT);
	/* One that comes while nobody waits is not lost. */
	raise(SIGUSR1);
	raise(SIGUSR1);
	CHECK(await async_yield() == 0);
	CHECK(await wait_once() == SIGUSR1);
	CHECK(async_await_timeout(1, wait_once()) == -ETIMEDOUT);
	CHECK(!handled);
}

async static void streams(void)
{
	struct async_signals first, second;
	async_task(int) task;

	CHECK(async_signals_open(&first, SIGHUP, SIGUSR1) == 0);
	CHECK(async_signals_open(&second, SIGHUP) == 0);
	task = async_spawn(from_stream(&second));
	CHECK(await async_yield() == 0);
	raise(SIGHUP);
	raise(SIGUSR1);
	CHECK(await async_join(task) == SIGHUP);
	CHECK(await async_signals_next(&first) == SIGHUP);
	CHECK(await async_signals_next(&first) == SIGUSR1);
	CHECK(async_await_timeout(1, from_stream(&first)) == -ETIMEDOUT);
	task = async_spawn(from_stream(&first));
	CHECK(await async_yield() == 0);
	async_signals_close(&first);
	CHECK(await async_join(task) == -EBADF && await async_signals_next(&first) == -EBADF);
	async_signals_close(&first);
	async_signals_close(&second);
	raise(SIGHUP);
	CHECK(handled == SIGHUP);
	handled = 0;
}

async static void selects(void)
{
	struct async_signals stream;
	int value = 0;

	CHECK(async_signals_open(&stream, SIGHUP) == 0);
	CHECK(await async_select(&value, async_on_signal(SIGUSR1), async_on_timeout(1)) == 1);
	kill(getpid(), SIGUSR2);
	CHECK(await async_select(&value, async_on_signal(SIGUSR1),
				 async_on_signal(SIGUSR2, SIGHUP), async_on_signal(SIGUSR2),
				 async_on_next_signal(&stream)) == 1);
	CHECK(value == SIGUSR2);
	kill(getpid(), SIGHUP);
	CHECK(await async_select(&value, async_on_signal(SIGUSR1), async_on_next_signal(&stream)) ==
	      1);
	CHECK(value == SIGHUP);
	kill(getpid(), SIGUSR1);
	CHECK(await async_yield() == 0);
	CHECK(await async_select(&value, async_on_timeout(10000), async_on_signal(SIGUSR1)) == 1);
	CHECK(value == SIGUSR1);
	CHECK(await async_select(&value, async_on_signal(SIGKILL)) == 0 && value == -EINVAL);
	async_signals_close(&stream);
}

async static void mistakes(void)
{
	struct async_signals stream;
	struct async_scope scope;

	CHECK(await async_signal_wait(SIGKILL) == -EINVAL && await async_signal_wait(0) == -EINVAL);
	CHECK(await async_signal_wait(SIGUSR1, SIGSEGV) == -EINVAL);
	CHECK(await async_signal_wait(1000) == -EINVAL && await async_signal_wait(-1) == -EINVAL);
	CHECK(async_signals_open(&stream, SIGSTOP) == -EINVAL);
	CHECK(await async_signals_next(&stream) == -EBADF);
	async_signals_close(&stream);
	CHECK(async_shutdown_on(SIGKILL) == -EINVAL);
	async_scope_open(&scope);
	async_scope_cancel(&scope, -ECANCELED);
	CHECK(await wait_once() == -ECANCELED);
	async_scope_close(&scope);
}

async static int all(void)
{
	await waiters();
	await streams();
	await selects();
	await mistakes();
	return 0;
}

/* Every loop that wants a signal gets it. */
static atomic_int waiting, got;

async static int on_thread(void)
{
	struct async_signals stream;

	CHECK(async_signals_open(&stream, SIGUSR1) == 0);
	atomic_fetch_add(&waiting, 1);
	CHECK(await async_signals_next(&stream) == SIGUSR1);
	atomic_fetch_add(&got, 1);
	async_signals_close(&stream);
	return 0;
}

static void *thread(void *arg)
{
	(void)arg;
	CHECK(async_run(on_thread()) == 0);
	return NULL;
}

static void threads(void)
{
	pthread_t all_threads[3];

	for (int round = 0; round < 20; round++) {
		waiting = got = 0;
		for (int i = 0; i < 3; i++)
			CHECK(pthread_create(&all_threads[i], NULL, thread, NULL) == 0);
		while (atomic_load(&waiting) < 3)
			sched_yield();
		kill(getpid(), SIGUSR1);
		for (int i = 0; i < 3; i++)
			pthread_join(all_threads[i], NULL);
		CHECK(got == 3);
	}
}

int main(void)
{
	for (int i = 0; i < 2; i++) {
		handled = 0;
		signal(SIGUSR1, handler);
		signal(SIGUSR2, handler);
		signal(SIGHUP, handler);
		CHECK(async_run(all()) == 0);
		raise(SIGUSR1);
		CHECK(handled == SIGUSR1);
		raise(SIGUSR2);
		CHECK(handled == SIGUSR2);
	}
	threads();
	return 0;
}
