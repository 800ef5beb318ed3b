/* Groups, limits, shields and guards as blocks: closed on every way out. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %asyncc --asyncc-cc=gcc -O2 %s -o %t.gcc && %t.gcc
#include "Inputs/kit.h"

async static int count_after(int ms, int *count)
{
	int r = await async_sleep_ms(ms);

	if (r)
		return r;
	++*count;
	return 0;
}

async static int fail_after(int ms)
{
	await async_sleep_ms(ms);
	return -EIO;
}

/* The tasks use a variable of the caller's, so they must have ended when this returns. */
async static int leave(int way, int *count)
{
	for (int i = 0; i < 3; i++) {
		ASYNC_GROUP(group);
		CHECK(async_group_start(&group, count_after(5, count)) == 0);
		CHECK(async_group_start(&group, count_after(1, count)) == 0);
		if (way == 1)
			return *count + 100;
		if (way == 2)
			break;
		if (way == 3)
			continue;
		if (way == 4)
			goto out;
		if (way == 5) {
			async_group_cancel(&group);
			return -1;
		}
	}
out:
	return *count;
}

async static void ways(void)
{
	static const int expected[] = {6, 100, 2, 6, 2, -1}, counts[] = {6, 2, 2, 6, 2, 0};

	for (int way = 0; way < 6; way++) {
		int count = 0;
		CHECK(await leave(way, &count) == expected[way]);
		CHECK(count == counts[way]);
	}
}

async static void failures(void)
{
	int count = 0;
	ASYNC_GROUP(group);

	CHECK(async_group_start(&group, fail_after(2)) == 0);
	CHECK(async_group_start(&group, count_after(50, &count)) == 0);
	CHECK(await async_sleep_ms(20) == -ECANCELED);
	CHECK(await async_group_close(&group) == -EIO);
	CHECK(count == 0);
	CHECK(await async_sleep_ms(1) == 0);
}

async static int limited(int ms)
{
	ASYNC_TIMEOUT(limit, 10);
	int r = await async_sleep_ms(ms);

	if (!r)
		return 0;
	return async_scope_close(&limit);
}

async static void nested(void)
{
	ASYNC_TIMEOUT(outer, 5);
	{
		ASYNC_TIMEOUT(inner, 1000);
		CHECK(await async_sleep_ms(500) == -ECANCELED);
		{
			ASYNC_SHIELD(shield);
			CHECK(await async_sleep_ms(1) == 0);
		}
		CHECK(await async_sleep_ms(1) == -ECANCELED);
		CHECK(async_scope_close(&inner) == 0);
	}
	CHECK(async_scope_close(&outer) == -ETIMEDOUT);
	CHECK(await async_sleep_ms(1) == 0);
}

static struct async_mutex mutex = ASYNC_MUTEX_INIT;
static struct async_rwlock rwlock = ASYNC_RWLOCK_INIT;
static struct async_semaphore permits = ASYNC_SEMAPHORE_INIT(3);

static void check_free(void)
{
	CHECK(async_mutex_try_lock(&mutex) == 0 && async_mutex_unlock(&mutex) == 0);
	CHECK(async_rwlock_try_write(&rwlock) == 0 && async_rwlock_unlock(&rwlock) == 0);
	CHECK(async_semaphore_try_acquire(&permits, 3) == 0);
	CHECK(async_semaphore_release(&permits, 3) == 0);
}

async static int hold(int way)
{
	for (int i = 0; i < 2; i++) {
		ASYNC_LOCK(guard, &mutex);
		ASYNC_READ_LOCK(reading, &rwlock);
		ASYNC_ACQUIRE(some, &permits, 2);
		if (guard.error || reading.error || some.error)
			return guard.error;
		CHECK(async_rwlock_try_write(&rwlock) < 0);
		CHECK(async_semaphore_try_acquire(&permits, 2) == -EBUSY);
		CHECK(await async_sleep_ms(1) == 0);
		if (way == 1)
			return 1;
		if (way == 2)
			break;
		if (way == 3)
			goto out;
		if (way == 4)
			async_guard_release(&guard);
	}
out:
	return 0;
}

async static int held_elsewhere(void)
{
	ASYNC_TIMEOUT(limit, 5);
	ASYNC_LOCK(guard, &mutex);
	return guard.error;
}

async static void guards(void)
{
	for (int way = 0; way < 5; way++) {
		CHECK(await hold(way) == (way == 1));
		check_free();
	}
	{
		ASYNC_LOCK(guard, &mutex);
		ASYNC_WRITE_LOCK(writing, &rwlock);
		async_task(int) other = async_spawn(held_elsewhere());
		CHECK(await async_join(other) == -ECANCELED);
	}
	check_free();
}

async int main(void)
{
	await guards();
	await ways();
	await failures();
	CHECK(await limited(1) == 0);
	CHECK(await limited(100) == -ETIMEDOUT);
	CHECK(await async_sleep_ms(1) == 0);
	await nested();
	return 0;
}
