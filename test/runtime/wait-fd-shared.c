/* A descriptor waited for by a library's task and used by others at the same time: nobody's
 * interest gets lost by another's, and a wait is told of what it waits for alone. */
// RUN: %asyncc -g -Wall -Wextra -Werror -fsanitize=address,undefined %s -o %t
// RUN: %t && env ASYNC_FORCE_SUSPEND=1 %t
#undef NDEBUG
#include "Inputs/kit.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOTS = 1 << 20 };

static char lots[LOTS];

static async int wait_for(int fd, int events)
{
	return await async_wait_fd(fd, events);
}

static async int drain(int fd, const char *answer)
{
	static char buf[LOTS];

	await async_sleep_ms(2);
	assert(await async_read_full(fd, buf, LOTS) == LOTS);
	assert(await async_write_full(fd, answer, 1) == 1);
	return 0;
}

/* A library waits to read while a task writes more than there is room for. */
static async void write_beside_wait(int a, int b)
{
	async_task(int) waiter = async_spawn(wait_for(a, ASYNC_READABLE));
	async_task(int) drainer = async_spawn(drain(b, "x"));
	char c;

	await async_sleep_ms(1);
	assert(await async_write_full(a, lots, LOTS) == LOTS);
	assert(await async_join(waiter) == ASYNC_READABLE);
	assert(await async_join(drainer) == 0);
	assert(recv(a, &c, 1, MSG_DONTWAIT) == 1);
}

static async int read_byte(int fd)
{
	char c;
	ssize_t n = await async_read(fd, &c, 1);

	return n == 1 ? c : -1;
}

/* A library waits for room while a task waits to read. */
static async void read_beside_wait(int a, int b)
{
	async_task(int) reader = async_spawn(read_byte(a)), waiter, drainer;
	size_t sent = 0;
	ssize_t n;

	await async_sleep_ms(1);
	while ((n = send(a, lots, 4096, MSG_DONTWAIT)) > 0)
		sent += (size_t)n;
	waiter = async_spawn(wait_for(a, ASYNC_WRITABLE));
	await async_sleep_ms(1);
	assert(!async_done(waiter) && !async_done(reader));
	drainer = async_spawn(drain(b, "y"));
	assert(await async_join(waiter) == ASYNC_WRITABLE);
	assert(await async_write_full(a, lots, LOTS - sent) == (ssize_t)(LOTS - sent));
	assert(await async_join(reader) == 'y');
	assert(await async_join(drainer) == 0);
}

static async int send_later(int fd)
{
	await async_sleep_ms(2);
	return (int)send(fd, "z", 1, MSG_DONTWAIT);
}

/* After waits for one direction only, operations see both, and edges of what they left. */
static async void use_after_wait(int a, int b)
{
	async_task(int) sender = async_spawn(send_later(b));

	assert(await async_wait_fd(a, ASYNC_READABLE) == ASYNC_READABLE);
	assert(await async_join(sender) == 1);
	assert(await read_byte(a) == 'z');
	sender = async_spawn(send_later(b));
	assert(await read_byte(a) == 'z');
	assert(await async_join(sender) == 1);
	assert(await async_wait_fd(a, ASYNC_READABLE | ASYNC_WRITABLE) == ASYNC_WRITABLE);
	shutdown(b, SHUT_WR);
	assert(await async_wait_fd(a, ASYNC_READABLE) == ASYNC_READABLE);
	assert(await read_byte(a) == -1);
}

/* There is room to write all the time, which is no event for a wait to read. */
static async void no_other_events(int a, int b)
{
	struct async_metrics before, after;
	async_task(int) sender;
	char c;

	async_get_metrics(&before);
	for (int i = 0; i < 10; i++) {
		sender = async_spawn(send_later(b));
		assert(await async_wait_fd(a, ASYNC_READABLE) == ASYNC_READABLE);
		assert(await async_join(sender) == 1);
		assert(recv(a, &c, 1, MSG_DONTWAIT) == 1);
	}
	async_get_metrics(&after);
	assert(after.events - before.events == 10);
}

async static int all(void)
{
	int pair[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	await no_other_events(pair[0], pair[1]);
	await write_beside_wait(pair[0], pair[1]);
	await read_beside_wait(pair[0], pair[1]);
	await use_after_wait(pair[0], pair[1]);
	await async_close(pair[0]);
	await async_close(pair[1]);
	return 0;
}

/* One side may wait for what the other has failed to send. */
LIMITED(60000, all())

int main(void)
{
	assert(async_test_virtual_time() == 0);
	assert(async_run(limited()) == 0);
	return 0;
}
