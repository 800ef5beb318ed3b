/* The kit for tests: time jumps when all is blocked, seeds replay, streams transfer little
 * and fail to order, and so do system calls. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t
// RUN: env ASYNC_SEED=7 %t seed > %t.a && env ASYNC_SEED=7 %t seed > %t.b && cmp %t.a %t.b
// RUN: env ASYNC_SEED=8 %t seed > %t.c && not cmp %t.a %t.c
// RUN: env ASYNC_FAIL_CALL=1000000 ASYNC_FAIL_ALLOCATION=1000000 %t 2>&1 | count 0 && %t blocked 2>&1 | FileCheck %s
// RUN: env ASYNC_FAIL_CALL=9,28 %t calls | grep -x "result -28"
// RUN: env ASYNC_FAIL_CALL=9 %t calls | grep -x "result -5" && env ASYNC_FAIL_CALL=9,ENOSPC %t calls | grep -x "result -5"
#include "Inputs/kit.h"

static char order[64];
static size_t steps;

async static void step(char c)
{
	for (int i = 0; i < 5; i++) {
		order[steps++] = c;
		await async_yield();
	}
}

async static int steps_of(void)
{
	struct async_group group;

	steps = 0;
	memset(order, 0, sizeof order);
	CHECK(async_group_open(&group) == 0);
	for (char c = 'a'; c < 'g'; c++)
		CHECK(async_group_start(&group, step(c)) == 0);
	return await async_group_close(&group);
}

async static int day(void)
{
	uint64_t start = async_now_ns();

	CHECK(await async_sleep_ms(86400000) == 0);
	CHECK(async_now_ns() - start == UINT64_C(86400000000000));
	async_test_advance_ns(5);
	CHECK(async_now_ns() - start == UINT64_C(86400000000005));
	return 0;
}

async static ssize_t send_all(int fd, const char *text, size_t len)
{
	ssize_t n = await async_write_full(fd, text, len);

	return n;
}

async static int streams(void)
{
	char text[1000], got[1000];
	async_task(ssize_t) writer;
	int fds[2], reads = 0;
	size_t all = 0;
	ssize_t n;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	CHECK(async_test_stream(fds) == 0);
	CHECK(async_test_limit(fds[0], 3, 0, false) == 0);
	CHECK(async_test_limit(fds[1], 0, 7, true) == 0);
	CHECK(async_test_limit(-1, 0, 7, true) == -EBADF);
	writer = async_spawn(send_all(fds[1], text, sizeof text));
	while (all < sizeof text) {
		n = await async_read(fds[0], got + all, sizeof got - all);
		CHECK(n > 0 && n <= 3);
		all += (size_t)n;
		reads++;
	}
	CHECK(!memcmp(text, got, sizeof text) && reads >= 334);
	CHECK(await async_join(writer) == sizeof text);
	CHECK(async_test_fail_io(fds[0], 2, -ECONNRESET) == 0);
	CHECK(await async_write_full(fds[1], "abcdefghi", 9) == 9);
	for (int i = 0; i < 4; i++) {
		n = await async_read(fds[0], got, 1);
		CHECK(n == (i == 2 ? -ECONNRESET : 1));
	}
	CHECK(await async_close(fds[0]) == 0 && await async_close(fds[1]) == 0);
	/* A new descriptor with the same number has no faults. */
	CHECK(async_test_stream(fds) == 0);
	CHECK(await async_write(fds[1], text, 100) == 100);
	CHECK(await async_read(fds[0], got, 100) == 100);
	async_test_fail_call(1, -EIO);
	CHECK(await async_write(fds[1], text, 100) == -EIO && async_test_call_failed());
	CHECK(await async_write(fds[1], text, 100) == 100);
	async_test_fail_call(0, 0);
	CHECK(await async_close(fds[0]) == 0 && await async_close(fds[1]) == 0);
	return 0;
}

async static int stuck(async_chan(int) ch)
{
	int n, r = await async_chan_recv(ch, &n);

	return r;
}

async static int blocked(void)
{
	async_chan(int) ch = async_chan_new(int, 0);
	async_task(int) task = async_spawn(stuck(ch));

	CHECK(async_set_name(task, "the stuck one") == 0);
	int r = await async_join(task);
	async_chan_free(ch);
	return r;
}
// CHECK: asyncc: deadlock: nothing is left that could wake these tasks
// CHECK-DAG: task 0x{{[0-9a-f]*}} "the stuck one": waiting
// CHECK-DAG: #0 async_chan_recv
// CHECK-DAG: stuck at {{.*}}test-kit.c:[[@LINE-18]]
// CHECK-DAG: #0 async_join of task
// CHECK-DAG: blocked at {{.*}}test-kit.c:[[@LINE-9]]
// CHECK: result -35

/* Sockets, until one cannot be had. */
async static int listens(void)
{
	for (int i = 0; i < 20; i++) {
		int fd = await async_listen_tcp("127.0.0.1", "0", 0);

		if (fd < 0)
			return fd;
		CHECK(await async_close(fd) == 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	char first[sizeof order];

	CHECK(async_test_virtual_time() == 0);
	if (argc > 1 && !strcmp(argv[1], "blocked")) {
		printf("result %d\n", async_run(blocked()));
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "calls")) {
		printf("result %d\n", async_run(listens()));
		return 0;
	}
	if (argc > 1) {
		CHECK(async_run(steps_of()) == 0);
		puts(order);
		return 0;
	}
	CHECK(async_run(day()) == 0);
	CHECK(async_run(steps_of()) == 0 && !strcmp(order, "abcdefabcdefabcdefabcdefabcdef"));
	int distinct = 0;
	for (uint64_t seed = 1; seed < 20; seed++) {
		CHECK(async_test_seed(seed) == 0 && async_run(steps_of()) == 0);
		memcpy(first, order, sizeof order);
		distinct += strcmp(first, "abcdefabcdefabcdefabcdefabcdef") != 0;
		CHECK(async_test_seed(seed) == 0 && async_run(steps_of()) == 0);
		CHECK(!strcmp(order, first));
	}
	CHECK(distinct >= 15);
	CHECK(async_test_random() != async_test_random());
	CHECK(async_run(streams()) == 0);
	CHECK(async_test_seed(0) == 0 && async_run(streams()) == 0);
	return 0;
}
