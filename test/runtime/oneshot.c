/* A value from a callback to a task, whichever comes first, whether the task is cancelled or the
 * callback never comes, on one thread and across threads: none is lost, none leaks. */
// RUN: %asyncc -g -Wall -Wextra -Wshadow -Wconversion -Werror -fsanitize=address,undefined %s -o %t
// RUN: %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc -g -O1 -fsanitize=thread %s -o %t.tsan && %t.tsan
// RUN: %asyncc --asyncc-cc=gcc -O2 -w %s -o %t.gcc && %t.gcc
#undef NDEBUG
#include <asyncc.h>
#include <asyncc/test.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef ROUNDS
#define ROUNDS 3000
#endif

struct large {
	long numbers[20];
};

static async int wait_for(void *arg, int *value)
{
	return await async_oneshot_wait(async_oneshot_of(int, arg), value);
}

static async void either_order(void)
{
	async_oneshot(struct large) large = async_oneshot_new(struct large);
	assert(large);
	async_oneshot(int) first = async_oneshot_new(int), second = async_oneshot_new(int);
	assert(first && second);
	struct large got = {0}, given = {.numbers = {1, [19] = 20}};
	int value = 0;

	assert(async_oneshot_set(first, 7) == 0);
	assert(await async_oneshot_wait(first, &value) == 0 && value == 7);
	async_task(int) waiter = async_spawn(wait_for(async_oneshot_arg(second), &value));
	await async_yield();
	assert(!async_done(waiter));
	assert(async_oneshot_set(second, 8) == 0);
	assert(await async_join(waiter) == 0 && value == 8);
	assert(async_oneshot_set(large, given) == 0);
	assert(await async_oneshot_wait(large, &got) == 0);
	assert(got.numbers[0] == 1 && got.numbers[19] == 20);
}

static async void no_value(void)
{
	async_oneshot(int) before = async_oneshot_new(int), after = async_oneshot_new(int);
	assert(before && after);
	int value = 5;

	async_oneshot_drop(before);
	assert(await async_oneshot_wait(before, &value) == -EPIPE);
	async_task(int) waiter = async_spawn(wait_for(async_oneshot_arg(after), &value));
	await async_yield();
	async_oneshot_drop(after);
	assert(await async_join(waiter) == -EPIPE && value == 5);
	async_oneshot_free(async_oneshot_new(int));
	async_oneshot_free((async_oneshot(int))0);
}

static async void cancelled(void)
{
	async_oneshot(char *) never = async_oneshot_new(char *), late = async_oneshot_new(char *);
	assert(never && late);
	async_oneshot(int) set = async_oneshot_new(int);
	assert(set);
	struct async_scope scope;
	char *text = NULL;
	int value = 0;

	/* A value for somebody who has left goes back. */
	assert(async_await_timeout(1, async_oneshot_wait(late, &text)) == -ETIMEDOUT);
	assert(async_oneshot_set(late, text) == -EPIPE);
	assert(async_await_timeout(1, async_oneshot_wait(never, &text)) == -ETIMEDOUT);
	async_oneshot_drop(never);
	/* One that was there is taken, also by a task that is cancelled already. */
	assert(async_oneshot_set(set, 9) == 0);
	async_scope_open(&scope);
	async_scope_cancel(&scope, -EINTR);
	assert(await async_oneshot_wait(set, &value) == 0 && value == 9);
	assert(async_scope_close(&scope) == -EINTR);
}

static void *set_number(void *arg)
{
	int *number = malloc(sizeof *number);

	assert(number);
	*number = 42;
	if (async_oneshot_set(async_oneshot_of(int *, arg), number) == -EPIPE)
		free(number);
	return NULL;
}

static int join(pthread_t *thread)
{
	return -pthread_join(*thread, NULL);
}

/* The wait ends at about the time of the callback. */
static async void across_threads(void)
{
	int got = 0;

	for (int i = 0; i < ROUNDS; i++) {
		async_oneshot(int *) oneshot = async_oneshot_new(int *);
		assert(oneshot);
		int *number = NULL, r;
		pthread_t thread;

		assert(pthread_create(&thread, NULL, set_number, async_oneshot_arg(oneshot)) == 0);
		if (i % 3 == 0)
			r = await async_oneshot_wait(oneshot, &number);
		else {
			struct async_scope limit;
			async_deadline_open(&limit, async_now_ns() + (uint64_t)(i % 50) * 2000);
			r = await async_oneshot_wait(oneshot, &number);
			async_scope_close(&limit);
		}
		assert(r == (number ? 0 : -ECANCELED) && (r == 0 || i % 3));
		got += r == 0;
		assert(!number || *number == 42);
		free(number);
		assert(await async_offload(join, &thread) == 0);
	}
	assert(got > ROUNDS / 4);
}

async int main(void)
{
	await either_order();
	await no_value();
	await cancelled();
	await across_threads();
	async_test_fail_allocation(1, true);
	assert(!async_oneshot_new(int));
	async_test_fail_allocation(0, false);
	return 0;
}
