/* Channels: order, capacity, rendezvous, unbounded growth, closing and draining, values of
 * several sizes; the same under many schedules. */
// RUN: %asyncc -O1 -g %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t.asan && %t.asan
// RUN: %asyncc -O2 %s -o %t.fast && env ASYNC_SEEDS=10000 %t.fast
#include "Inputs/kit.h"

struct big {
	int id;
	char text[60];
};

async static int produce(async_chan(int) ch, int from, int to)
{
	int sent = 0;

	for (int i = from; i < to; i++)
		if (await async_chan_send(ch, i) == 0)
			sent++;
	return sent;
}

async static int consume(async_chan(int) ch, int *next)
{
	int n, count = 0;

	while (await async_chan_recv(ch, &n) == 0) {
		CHECK(n == (*next)++);
		count++;
	}
	return count;
}

async static int pass(size_t capacity)
{
	async_chan(int) ch = MADE(async_chan_new(int, capacity));
	int next = 0, count = -1, sent = -1;
	struct async_group group;

	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &count, consume(ch, &next)) == 0);
	CHECK(async_group_store(&group, &sent, produce(ch, 0, 100)) == 0);
	while (sent < 0)
		CHECK(await async_sleep_ms(1) == 0);
	async_chan_close(ch);
	async_chan_close(ch);
	CHECK(await async_group_close(&group) == 0);
	CHECK(sent == 100 && count == 100);
	CHECK(await async_chan_send(ch, 1) == -EPIPE);
	CHECK(async_chan_try_send(ch, 1) == -EPIPE);
	async_chan_free(ch);
	return 0;
}

async static int several(size_t capacity)
{
	async_chan(int) ch = MADE(async_chan_new(int, capacity));
	struct async_group group;
	int n, seen[40] = {0}, sent[4] = {0};

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(async_group_store(&group, &sent[i], produce(ch, i * 10, i * 10 + 10)) == 0);
	for (int i = 0; i < 40; i++) {
		CHECK(await async_chan_recv(ch, &n) == 0);
		/* One producer's values come in order. */
		CHECK(seen[n / 10] == n % 10);
		seen[n / 10]++;
	}
	CHECK(async_chan_try_recv(ch, &n) == -EAGAIN);
	CHECK(await async_group_close(&group) == 0);
	async_chan_free(ch);
	return 0;
}

async static int drain(void)
{
	async_chan(struct big) ch = MADE(async_chan_new(struct big, 2));
	struct big got = {.id = 1, .text = "one"};
	async_task(int) sender;

	CHECK(async_chan_try_send(ch, got) == 0);
	got.id = 2;
	CHECK(await async_chan_send(ch, got) == 0);
	CHECK(async_chan_try_send(ch, got) == -EAGAIN && async_chan_count(ch) == 2);
	async_chan_close(ch);
	CHECK(await async_chan_recv(ch, &got) == 0 && got.id == 1 && !strcmp(got.text, "one"));
	CHECK(async_chan_try_recv(ch, &got) == 0 && got.id == 2);
	CHECK(await async_chan_recv(ch, &got) == -EPIPE);
	CHECK(async_chan_try_recv(ch, &got) == -EPIPE);
	async_chan_free(ch);

	/* Closing wakes those who wait, and drops what they had not sent. */
	async_chan(int) full = MADE(async_chan_new(int, 1));
	int n;
	sender = async_spawn(produce(full, 0, 3));
	CHECK(await async_sleep_ms(1) == 0);
	async_chan_close(full);
	CHECK(await async_join(sender) == 1);
	CHECK(await async_chan_recv(full, &n) == 0 && n == 0);
	CHECK(await async_chan_recv(full, &n) == -EPIPE);
	async_chan_free(full);
	return 0;
}

async static int unbounded(void)
{
	async_chan(char) ch = MADE(async_chan_new(char, ASYNC_UNBOUNDED));
	char c;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			CHECK(async_chan_try_send(ch, (char)i) == 0);
		for (int i = 0; i < 90 + round; i++)
			CHECK(await async_chan_recv(ch, &c) == 0);
	}
	CHECK(async_chan_count(ch) == 27);
	async_test_fail_allocation(1, false);
	int r = 0, i;
	for (i = 0; i < 1000 && r == 0; i++)
		r = async_chan_try_send(ch, 'x');
	CHECK(r == -ENOMEM && async_chan_count(ch) == 26u + (unsigned)i);
	CHECK(await async_chan_send(ch, 'y') == 0);
	async_chan_free(ch);
	async_chan_free((async_chan(char))NULL);
	return 0;
}

async static int all(void)
{
	static const size_t capacities[] = {0, 1, 2, 7, 128, ASYNC_UNBOUNDED};

	for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
		CHECK(await pass(capacities[i]) == 0);
		CHECK(await several(capacities[i]) == 0);
	}
	CHECK(await drain() == 0);
	CHECK(await unbounded() == 0);
	CHECK(async_chan_new(long, SIZE_MAX / 4) == NULL);
	return 0;
}

int main(void)
{
	EXPLORE(all(), 200);
	return 0;
}
