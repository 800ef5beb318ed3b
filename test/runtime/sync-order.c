/* Waiters of each primitive are served in the order in which they came. */
// RUN: %asyncc -O1 -g %s -o %t && %t | FileCheck %s
// RUN: env ASYNC_FORCE_SUSPEND=1 %t | FileCheck %s
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t.asan && %t.asan | FileCheck %s
#include "Inputs/kit.h"

static struct async_mutex mutex = ASYNC_MUTEX_INIT;
static struct async_rwlock lock = ASYNC_RWLOCK_INIT;
static struct async_semaphore semaphore = ASYNC_SEMAPHORE_INIT(2);
static struct async_cond cond = ASYNC_COND_INIT;
static struct async_event event = ASYNC_EVENT_INIT;
static struct async_barrier barrier = ASYNC_BARRIER_INIT(3);
static struct async_once once = ASYNC_ONCE_INIT;

async static int lock_mutex(int id)
{
	CHECK(await async_mutex_lock(&mutex) == 0);
	printf("mutex %d\n", id);
	CHECK(await async_mutex_lock(&mutex) == -EDEADLK);
	CHECK(async_mutex_try_lock(&mutex) == -EBUSY);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(async_mutex_unlock(&mutex) == 0);
	CHECK(async_mutex_unlock(&mutex) == -EPERM);
	return 0;
}

async static int read_or_write(int id, bool write)
{
	CHECK((write ? await async_rwlock_write(&lock) : await async_rwlock_read(&lock)) == 0);
	printf("%s %d\n", write ? "write" : "read", id);
	CHECK(async_rwlock_try_write(&lock) == -EBUSY);
	CHECK(await async_sleep_ms(5) == 0);
	CHECK(async_rwlock_unlock(&lock) == 0);
	printf("end %d\n", id);
	return 0;
}

async static int take(int id, unsigned count)
{
	CHECK(await async_semaphore_acquire(&semaphore, count) == 0);
	printf("semaphore %d\n", id);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(async_semaphore_release(&semaphore, count) == 0);
	return 0;
}

async static int wait_cond(int id)
{
	CHECK(await async_cond_wait(&cond, &mutex) == -EPERM);
	CHECK(await async_mutex_lock(&mutex) == 0);
	CHECK(await async_cond_wait(&cond, &mutex) == 0);
	printf("cond %d\n", id);
	CHECK(async_mutex_unlock(&mutex) == 0);
	return 0;
}

async static int wait_event(int id)
{
	CHECK(await async_event_wait(&event) == 0);
	printf("event %d\n", id);
	return 0;
}

async static int meet(int id)
{
	int r = await async_barrier_wait(&barrier);

	printf("barrier %d: %d\n", id, r);
	return 0;
}

async static int init(void *arg)
{
	int *calls = arg;

	++*calls;
	CHECK(await async_sleep_ms(3) == 0);
	return *calls == 1 ? -EIO : 7;
}

async static int need(int id, int *calls)
{
	printf("once %d: %d\n", id, await async_once_call(&once, init, calls));
	return 0;
}

async int main(void)
{
	struct async_group group;
	int calls = 0;

	CHECK(async_test_virtual_time() == 0);
	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(async_group_start(&group, lock_mutex(i)) == 0);
	CHECK(await async_group_close(&group) == 0);
	// CHECK: mutex 0
	// CHECK-NEXT: mutex 1
	// CHECK-NEXT: mutex 2

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(async_group_start(&group, read_or_write(i, i == 2)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(async_rwlock_unlock(&lock) == -EPERM);
	// CHECK-NEXT: read 0
	// CHECK-NEXT: read 1
	// CHECK-NEXT: end 0
	// CHECK-NEXT: end 1
	// CHECK-NEXT: write 2
	// CHECK-NEXT: end 2
	// CHECK-NEXT: read 3
	// CHECK-NEXT: read 4
	// CHECK-NEXT: end 3
	// CHECK-NEXT: end 4

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(async_group_start(&group, take(i, i == 1 ? 2 : 1)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(async_semaphore_release(&semaphore, UINT_MAX) == -EOVERFLOW);
	// CHECK-NEXT: semaphore 0
	// CHECK-NEXT: semaphore 1
	// CHECK-NEXT: semaphore 2
	// CHECK-NEXT: semaphore 3

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(async_group_start(&group, wait_cond(i)) == 0);
	CHECK(await async_sleep_ms(1) == 0);
	async_cond_signal(&cond);
	CHECK(await async_sleep_ms(1) == 0);
	puts("all");
	CHECK(await async_mutex_lock(&mutex) == 0);
	async_cond_broadcast(&cond);
	CHECK(await async_sleep_ms(1) == 0);
	puts("now");
	CHECK(async_mutex_unlock(&mutex) == 0);
	CHECK(await async_group_close(&group) == 0);
	// CHECK-NEXT: cond 0
	// CHECK-NEXT: all
	// CHECK-NEXT: now
	// CHECK-NEXT: cond 1
	// CHECK-NEXT: cond 2

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(async_group_start(&group, wait_event(i)) == 0);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(!async_event_is_set(&event));
	async_event_set(&event);
	async_event_clear(&event);
	CHECK(await async_group_close(&group) == 0);
	// CHECK-NEXT: event 0
	// CHECK-NEXT: event 1
	// CHECK-NEXT: event 2

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(async_group_start(&group, meet(i)) == 0);
	CHECK(await async_sleep_ms(1) == 0);
	async_barrier_break(&barrier);
	CHECK(await async_group_close(&group) == 0);
	CHECK(await async_barrier_wait(&barrier) == -EPIPE);
	async_barrier_reset(&barrier);
	// CHECK-DAG: barrier 2: 1
	// CHECK-DAG: barrier 0: 0
	// CHECK-DAG: barrier 1: 0
	// CHECK-DAG: barrier 3: -32
	// CHECK-DAG: barrier 4: -32

	CHECK(async_group_open(&group) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(async_group_start(&group, need(i, &calls)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(calls == 2 && await async_once_call(&once, init, &calls) == 0 && calls == 2);
	// CHECK: once 0: -5
	// CHECK: once 1: 0
	// CHECK: once 2: 0
	// CHECK: once 3: 0
	return 0;
}
