/* async_select does exactly one of its cases, the first possible one, and takes the others
 * back: nothing is received, sent or left waiting behind. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -O2 %s -o %t.fast && env ASYNC_SEEDS=10000 %t.fast
#include "Inputs/kit.h"

async static int feed(async_chan(int) ch, int from, int count)
{
	for (int i = 0; i < count; i++) {
		CHECK(await async_sleep_ms(1 + (int64_t)(async_test_random() % 3)) == 0);
		if (await async_chan_send(ch, from + i))
			return -EIO;
	}
	async_chan_close(ch);
	return 0;
}

async static int eat(async_chan(int) ch, int *sum)
{
	int n;

	while (await async_chan_recv(ch, &n) == 0)
		*sum += n;
	return 0;
}

async static int sleeper(int ms)
{
	return await async_sleep_ms(ms);
}

/* Moves everything from two channels to a third, taking what comes. */
async static int merge(void)
{
	async_chan(int) a = MADE(async_chan_new(int, 0)), b = MADE(async_chan_new(int, 2));
	async_chan(int) out = MADE(async_chan_new(int, 1));
	struct async_group group;
	int n, r, which, sum = 0, count = 0, open = 2, ends = 0;

	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_start(&group, feed(a, 100, 20)) == 0);
	CHECK(async_group_start(&group, feed(b, 500, 30)) == 0);
	CHECK(async_group_start(&group, eat(out, &sum)) == 0);
	while (open) {
		if (ends == 1)
			which = 1, r = await async_chan_recv(b, &n);
		else if (ends == 2)
			which = 0, r = await async_chan_recv(a, &n);
		else
			which = await async_select(&r, async_on_recv(a, &n), async_on_recv(b, &n));
		CHECK(which == 0 || which == 1);
		if (r == -EPIPE) {
			open--;
			ends = which + 1;
			continue;
		}
		CHECK(r == 0 && n / 500 == which);
		count++;
		which = await async_select(&r, async_on_send(out, &n), async_on_timeout(1000));
		CHECK(which == 0 && r == 0);
	}
	async_chan_close(out);
	CHECK(await async_group_close(&group) == 0);
	CHECK(count == 50 && sum == 20 * 100 + 190 + 30 * 500 + 435);
	async_chan_free(a);
	async_chan_free(b);
	async_chan_free(out);
	return 0;
}

async static int kinds(void)
{
	async_chan(int) ch = MADE(async_chan_new(int, 0));
	struct async_event event = ASYNC_EVENT_INIT;
	async_task(int) task = async_spawn(sleeper(5));
	int n, r, fds[2];
	char byte;

	CHECK(async_test_stream(fds) == 0);
	for (int round = 0; round < 4; round++) {
		int which = await async_select(
			&r, async_on_recv(ch, &n), async_on_event(&event),
			async_on_fd(fds[0], ASYNC_READABLE), async_on_end(task),
			async_on_timeout(2));
		switch (which) {
		case 4:
			CHECK(round == 0 && r == 0);
			CHECK(await async_write(fds[1], "x", 1) == 1);
			break;
		case 2:
			CHECK(round == 1 && r == ASYNC_READABLE);
			CHECK(await async_read(fds[0], &byte, 1) == 1);
			async_event_set(&event);
			break;
		case 1:
			CHECK(round == 2 && r == 0);
			async_event_clear(&event);
			CHECK(await async_sleep_ms(5) == 0);
			break;
		case 3:
			CHECK(round == 3 && r == 0);
			break;
		default:
			CHECK(0);
		}
	}
	CHECK(await async_join(task) == 0);
	CHECK(await async_select(&r, async_on_fd(-1, ASYNC_READABLE)) == 0 && r == -EBADF);
	/* An earlier descriptor's wait is given up when a later case is possible at once. */
	CHECK(await async_select(NULL, async_on_fd(fds[0], ASYNC_READABLE), async_on_timeout(0)) == 1);
	CHECK(await async_write(fds[1], "y", 1) == 1);
	CHECK(await async_read(fds[0], &byte, 1) == 1);
	CHECK(await async_close(fds[0]) == 0 && await async_close(fds[1]) == 0);
	CHECK(async_chan_try_send(ch, 1) == -EAGAIN);
	async_chan_free(ch);
	return 0;
}

async static int selector(async_chan(int) a, async_chan(int) b)
{
	int n;

	return await async_select(NULL, async_on_recv(a, &n), async_on_recv(b, &n),
				  async_on_timeout(1000));
}

async static int cancelled(void)
{
	async_chan(int) a = MADE(async_chan_new(int, 1)), b = MADE(async_chan_new(int, 1));
	async_task(int) task = async_spawn(selector(a, b));
	int n;

	CHECK(await async_sleep_ms(1) == 0);
	async_cancel(task);
	CHECK(await async_join(task) == -ECANCELED);
	/* Handed over before the cancellation: received. */
	task = async_spawn(selector(a, b));
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(async_chan_try_send(b, 2) == 0);
	CHECK(async_chan_try_send(a, 1) == 0);
	async_cancel(task);
	CHECK(await async_join(task) == 1);
	CHECK(async_chan_try_recv(b, &n) == -EAGAIN);
	CHECK(async_chan_try_recv(a, &n) == 0 && n == 1);
	async_test_fail_allocation(1, false);
	CHECK(await selector(a, b) == -ENOMEM || !async_test_allocation_failed());
	async_test_fail_allocation(0, false);
	async_chan_free(a);
	async_chan_free(b);
	return 0;
}

async static int all(void)
{
	CHECK(await merge() == 0);
	CHECK(await kinds() == 0);
	CHECK(await cancelled() == 0);
	return 0;
}

int main(void)
{
	EXPLORE(all(), 300);
	return 0;
}
