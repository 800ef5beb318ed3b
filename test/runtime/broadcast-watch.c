/* Broadcasts reach every subscriber in order and tell the late ones; watched values show
 * the latest state; waits for either can be cancelled and closed. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

async static int follow(async_broadcast(int) b, int expect)
{
	struct async_subscriber me;
	int n, r, next = expect;

	async_broadcast_subscribe(b, &me);
	while ((r = await async_broadcast_recv(b, &me, &n)) == 0)
		CHECK(n == next++);
	CHECK(r == -EPIPE || r == -ECANCELED);
	return r == -EPIPE ? next - expect : r;
}

async static int latest(async_watch(long) w, long last)
{
	struct async_watcher me = {0};
	long v, seen = 0;
	int r, changes = 0;

	while ((r = await async_watch_next(w, &me, &v)) == 0) {
		CHECK(v > seen || changes == 0);
		seen = v;
		changes++;
	}
	CHECK(r != -EPIPE || seen == last);
	return r == -EPIPE ? changes : r;
}

async static int all(void)
{
	async_broadcast(int) b = MADE(async_broadcast_new(int, 4));
	async_watch(long) w = MADE(async_watch_new(long, 5));
	struct async_subscriber late;
	async_task(int) task[3];
	int n;

	for (int i = 0; i < 3; i++)
		task[i] = async_spawn(follow(b, 0));
	async_broadcast_subscribe(b, &late);
	CHECK(await async_sleep_ms(1) == 0);
	for (int i = 0; i < 10; i++) {
		CHECK(async_broadcast_send(b, i) == 0);
		CHECK(await async_sleep_ms(1) == 0);
	}
	async_cancel(task[1]);
	CHECK(await async_broadcast_recv(b, &late, &n) == -EOVERFLOW && late.missed == 6);
	for (int i = 6; i < 9; i++)
		CHECK(await async_broadcast_recv(b, &late, &n) == 0 && n == i);
	async_broadcast_close(b);
	CHECK(async_broadcast_send(b, 11) == -EPIPE);
	CHECK(await async_broadcast_recv(b, &late, &n) == 0 && n == 9);
	CHECK(await async_broadcast_recv(b, &late, &n) == -EPIPE);
	CHECK(await async_join(task[0]) == 10);
	CHECK(await async_join(task[1]) == -ECANCELED);
	CHECK(await async_join(task[2]) == 10);
	async_broadcast_free(b);
	CHECK(async_broadcast_new(int, 0) == NULL);

	for (int i = 0; i < 3; i++)
		task[i] = async_spawn(latest(w, 9));
	CHECK(await async_sleep_ms(1) == 0);
	for (long v = 6; v < 10; v++) {
		CHECK(async_watch_set(w, v) == 0 && async_watch_get(w) == v);
		if (v == 7)
			CHECK(await async_sleep_ms(1) == 0);
	}
	CHECK(await async_sleep_ms(1) == 0);
	async_cancel(task[2]);
	async_watch_close(w);
	CHECK(async_watch_set(w, 10) == -EPIPE && async_watch_get(w) == 9);
	CHECK(await async_join(task[0]) >= 2);
	CHECK(await async_join(task[1]) >= 2);
	n = await async_join(task[2]);
	CHECK(n == -ECANCELED);
	async_watch_free(w);
	return 0;
}

int main(void)
{
	EXPLORE(all(), 200);
	return 0;
}
