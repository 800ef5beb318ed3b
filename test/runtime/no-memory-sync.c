/* Each allocation of a program that uses everything fails in turn: it ends in the
 * documented error, with nothing lost, hanging or leaked. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

static async_local(int) local = {0};

static int square(int *n)
{
	*n *= *n;
	return 0;
}

async static int init(void *arg)
{
	++*(int *)arg;
	return await async_yield();
}

async static int consume(async_chan(int) ch, int *sum)
{
	int n, r;

	while ((r = await async_chan_recv(ch, &n)) == 0)
		*sum += n;
	return r == -EPIPE ? 0 : r;
}

async static int wait_any(async_task(int) task, int *result)
{
	async_task(int) tasks[1] = {task};

	*result = await async_wait_any(tasks, 1);
	return 0;
}

async static int nap(void)
{
	return await async_sleep_ms(1);
}

async static int in_group(async_chan(int) ch, async_shared_chan(int) shared, int *sum)
{
	struct async_group group;
	struct async_once once = ASYNC_ONCE_INIT;
	struct async_scope scope;
	int r, n = 3, calls = 0, result = 0;
	async_task(int) task;

	r = async_group_open(&group);
	if (r)
		return r;
	r = async_group_start(&group, consume(ch, sum));
	for (int i = 0; i < 40 && r == 0; i++)
		r = await async_chan_send(ch, i);
	async_chan_close(ch);
	if (r == 0)
		r = async_local_set(&local, 5);
	if (r == 0)
		r = async_set_own_name("me");
	if (r == 0)
		r = await async_once_call(&once, init, &calls);
	if (r == 0)
		r = await async_shared_chan_send(shared, 1);
	if (r == 0)
		r = await async_shared_chan_recv(shared, &n);
	n = 3;
	if (r == 0)
		r = await async_offload(square, &n);
	CHECK(r || (n == 9 && calls == 1));
	if (r == 0)
		r = async_await_timeout(5, nap());
	if (r == 0) {
		task = async_spawn(nap());
		r = task ? await wait_any(task, &result) : -ENOMEM;
		if (r == 0)
			r = result;
		int joined = await async_join(task);
		CHECK(joined == 0 || (joined == -ENOMEM && !task) || joined == -ECANCELED);
	}
	if (r == 0) {
		r = async_timeout_open(&scope, 100);
		if (r == 0)
			r = await async_select(NULL, async_on_timeout(2));
		async_scope_close(&scope);
	}
	int closed = await async_group_close(&group);
	return r ? r : closed;
}

async static int all(void)
{
	async_chan(int) ch = async_chan_new(int, ASYNC_UNBOUNDED);
	async_shared_chan(int) shared = async_shared_chan_new(int, 1);
	int sum = 0, r = ch && shared ? 0 : -ENOMEM;

	if (r == 0)
		r = await in_group(ch, shared, &sum);
	CHECK(r || sum == 780);
	async_chan_free(ch);
	async_shared_chan_free(shared);
	return r;
}

int main(void)
{
	unsigned long n;
	int r;

	CHECK(async_test_virtual_time() == 0);
	for (int all_later = 0; all_later < 2; all_later++) {
		for (n = 1;; n++) {
			async_test_fail_allocation(n, all_later);
			r = async_run(all());
			CHECK(r == 0 || r == -ENOMEM);
			if (!async_test_allocation_failed())
				break;
		}
		CHECK(r == 0 && n > 15);
		async_test_fail_allocation(0, false);
	}
	printf("%lu allocations\n", n - 1);
	return 0;
}
