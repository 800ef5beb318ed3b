/* The loop inside a host's loop, which waits with poll(2): timers, descriptors, posts from
 * another thread; figures and times of the loop. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static struct async_notify flag;

static void *post(void *arg)
{
	(void)arg;
	async_notify_post(&flag);
	return NULL;
}

async static int read_one(int fd)
{
	char byte = 0;

	CHECK(await async_read(fd, &byte, 1) == 1);
	return byte;
}

async static int wait_post(void)
{
	CHECK(await async_sleep_ms(2) == 0);
	CHECK(await async_notify_wait(&flag) == 0);
	return 7;
}

async static int nested(void)
{
	return async_loop_run_once();
}

async static int spin(void)
{
	uint64_t end = async_now_ns() + 3000000;

	while (async_now_ns() < end)
		;
	return await async_yield();
}

static void host_wait(void)
{
	struct pollfd poller = {.fd = async_loop_fd(), .events = POLLIN};
	uint64_t deadline = async_loop_deadline(), now = async_now_ns();
	int ms = -1;

	if (deadline != UINT64_MAX)
		ms = deadline > now ? (int)((deadline - now + 999999) / 1000000) : 0;
	CHECK(poll(&poller, 1, ms) >= 0);
}

int main(void)
{
	struct async_metrics metrics;
	async_task(int) reader, waiter, inner;
	int fds[2], value, turns = 0;
	bool posted = false;
	pthread_t thread;

	async_get_metrics(&metrics);
	CHECK(metrics.tasks == 0 && async_loop_deadline() == UINT64_MAX);
	CHECK(async_loop_fd() >= 0 && async_loop_run_once() == 0);
	CHECK(async_test_stream(fds) == 0);
	reader = async_spawn(read_one(fds[0]));
	waiter = async_spawn(wait_post());
	CHECK(async_loop_deadline() == 0);
	CHECK(async_take(reader, &value) == -EAGAIN);
	CHECK(async_take((async_task(int))NULL, &value) == -EINVAL);
	CHECK(async_loop_run_once() == 2);
	while (!async_done(waiter)) {
		/* It has slept and waits for the post. */
		if (!posted && async_loop_deadline() == UINT64_MAX) {
			CHECK(pthread_create(&thread, NULL, post, NULL) == 0);
			posted = true;
		}
		host_wait();
		CHECK(async_loop_run_once() >= 1);
		turns++;
	}
	CHECK(posted && pthread_join(thread, NULL) == 0);
	CHECK(turns < 20);
	CHECK(async_take(waiter, &value) == 0 && value == 7);
	CHECK(async_loop_deadline() == UINT64_MAX);
	CHECK(write(fds[1], "x", 1) == 1);
	while (!async_done(reader)) {
		host_wait();
		CHECK(async_loop_run_once() >= 0);
	}
	CHECK(async_take(reader, &value) == 0 && value == 'x');
	inner = async_spawn(nested());
	CHECK(async_loop_run_once() == 0);
	CHECK(async_take(inner, &value) == 0 && value == -EBUSY);

	async_get_metrics(&metrics);
	CHECK(metrics.tasks == 0 && metrics.spawned == 3 && metrics.wakeups == 1);
	CHECK(metrics.steps >= 6 && metrics.turns >= 5 && metrics.polls >= 5 && metrics.events >= 2);
	CHECK(metrics.longest_step == 0 && metrics.busy == 0);
	CHECK(async_measure_time(true) == 0);
	CHECK(async_run(spin()) == 0);
	async_get_metrics(&metrics);
	CHECK(metrics.longest_step >= 3000000 && metrics.busy >= metrics.longest_step);
	CHECK(async_run(async_close(fds[0])) == 0 && async_run(async_close(fds[1])) == 0);
	return 0;
}
