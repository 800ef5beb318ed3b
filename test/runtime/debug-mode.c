/* Debug mode names what is wrong: steps that take long, tasks that nobody joins or that are
 * left running, descriptors closed under a task, handles used twice or on another thread. */
// RUN: %asyncc -O1 -g %s -o %t
// RUN: env ASYNC_DEBUG=1 ASYNC_SLOW_MS=20 %t slow 2>&1 | FileCheck --check-prefix=SLOW %s
// RUN: env ASYNC_DEBUG=1 %t unjoined 2>&1 | FileCheck --check-prefix=UNJOINED %s
// RUN: env ASYNC_DEBUG=1 %t close 2>&1 | FileCheck --check-prefix=CLOSE %s
// RUN: env ASYNC_DEBUG=1 %t lost 2>&1 | FileCheck --check-prefix=LOST %s
// RUN: env ASYNC_DEBUG=1 not --crash %t twice 2>&1 | FileCheck --check-prefix=TWICE %s
// RUN: env ASYNC_DEBUG=1 not --crash %t thread 2>&1 | FileCheck --check-prefix=THREAD %s
// RUN: env ASYNC_DEBUG=1 not --crash %t event 2>&1 | FileCheck --check-prefix=EVENT %s
// RUN: %t slow 2>&1 | FileCheck --check-prefix=OFF --allow-empty %s
// RUN: %t unjoined 2>&1 | FileCheck --check-prefix=OFF --allow-empty %s
// RUN: %asyncc -O1 -g -w -DASYNC_DEBUG_DEFAULT %src/runtime/debug.c %s -o %t.built
// RUN: %t.built unjoined 2>&1 | FileCheck --check-prefix=UNJOINED %s
// RUN: env ASYNC_DEBUG=0 %t.built unjoined 2>&1 | FileCheck --check-prefix=OFF --allow-empty %s
// OFF-NOT: asyncc:
#include "Inputs/kit.h"

#include <pthread.h>
#include <unistd.h>

static struct async_event event;
static async_task(int) far;
static struct async_shared_event waits = ASYNC_SHARED_EVENT_INIT, misused = ASYNC_SHARED_EVENT_INIT;

async static int busy(void)
{
	CHECK(async_set_own_name("the busy one") == 0);
	CHECK(await async_yield() == 0);
	uint64_t end = async_now_ns() + 50000000;
	while (async_now_ns() < end)
		;
	return 0;
}
// SLOW: asyncc: slow step: task 0x{{[0-9a-f]+}} "the busy one" ran for {{[0-9]+}} ms without a suspension
// SLOW-NEXT: after the await in busy at {{.*}}debug-mode.c:[[#@LINE-7]]
// SLOW-NEXT: spawned in {{.*}} at {{.*}}debug-mode.c:

async static int nothing(void)
{
	return await async_yield();
}

async static int forever(void)
{
	int r = await async_event_wait(&event);

	return r;
}
// UNJOINED: asyncc: this task is still running at the end of async_run:
// UNJOINED-NEXT: task 0x{{[0-9a-f]+}}: waiting
// UNJOINED-NEXT: #0 async_event_wait
// UNJOINED-NEXT: #1 forever at {{.*}}debug-mode.c:[[#@LINE-7]]
// UNJOINED: asyncc: this task has neither been joined nor detached:
// UNJOINED-NEXT: task 0x{{[0-9a-f]+}}{{.*}}: ended
// UNJOINED-NEXT: spawned at {{.*}}debug-mode.c:

async static int reader(int fd)
{
	char byte;
	ssize_t n = await async_read(fd, &byte, 1);

	return (int)n;
}
// CLOSE: asyncc: descriptor {{[0-9]+}} is closed while this task waits for it:
// CLOSE-NEXT: task 0x{{[0-9a-f]+}}: waiting
// CLOSE-NEXT: #0 async_read
// CLOSE-NEXT: #1 reader at {{.*}}debug-mode.c:[[#@LINE-7]]
// LOST: asyncc: descriptor {{[0-9]+}} was closed without async_close or async_release_fd
// TWICE: asyncc: async_join: the task is joined or detached already
// THREAD: asyncc: async_cancel: task 0x{{[0-9a-f]+}} belongs to another thread, or is no task
// EVENT: asyncc: task 0x{{[0-9a-f]+}} waits on another thread than the one that wakes it: use the shared forms between threads

async static int wait_readable(int fd)
{
	return await async_wait_fd(fd, ASYNC_READABLE);
}

async static int misuse(const char *how)
{
	async_task(int) task = NULL;
	int fds[2];

	CHECK(async_test_stream(fds) == 0);
	if (!strcmp(how, "slow")) {
		return await async_join(async_spawn(busy()));
	}
	if (!strcmp(how, "unjoined")) {
		task = async_spawn(nothing());
		async_detach(async_spawn(forever()));
		return await async_sleep_ms(1);
	}
	if (!strcmp(how, "close")) {
		task = async_spawn(reader(fds[0]));
		CHECK(await async_yield() == 0);
		CHECK(await async_close(fds[0]) == 0);
		CHECK(await async_join(task) == -EBADF);
		return 0;
	}
	if (!strcmp(how, "lost")) {
		for (int i = 0; i < 2; i++) {
			task = async_spawn(wait_readable(fds[0]));
			CHECK(await async_yield() == 0);
			CHECK(write(fds[1], "x", 1) == 1);
			CHECK(await async_join(task) == ASYNC_READABLE);
			close(fds[0]);
			close(fds[1]);
			CHECK(async_test_stream(fds) == 0);
		}
		return 0;
	}
	if (!strcmp(how, "twice")) {
		task = async_spawn(nothing());
		CHECK(await async_join(task) == 0);
		CHECK(await async_join(async_spawn(nothing())) == 0);
		return await async_join(task);
	}
	far = async_spawn(forever());
	CHECK(await async_sleep_ms(0) == 0);
	async_shared_event_set(&waits);
	return await async_shared_event_wait(&misused);
}

static void *other_thread(void *arg)
{
	CHECK(async_run(async_shared_event_wait(&waits)) == 0);
	if (!strcmp(arg, "thread"))
		async_cancel(far);
	else
		async_event_set(&event);
	async_shared_event_set(&misused);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	CHECK(argc == 2);
	if (!strcmp(argv[1], "thread") || !strcmp(argv[1], "event"))
		CHECK(pthread_create(&thread, NULL, other_thread, argv[1]) == 0);
	CHECK(async_run(misuse(argv[1])) == 0);
	return 0;
}
