// An await while a lock is held.
// RUN: %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %gcc -c %s -o %t.o 2>&1 | FileCheck %s
// REQUIRES: llvm14
#include <asyncc.h>

#include <errno.h>
#include <pthread.h>

struct cache {
	pthread_mutex_t lock;
	pthread_rwlock_t rw;
	int value;
};

async int f(int v);
void release(pthread_mutex_t *lock);

async int held(struct cache *cache)
{
	pthread_mutex_lock(&cache->lock);
// CHECK: lock-held.c:[[#@LINE+2]]:17: warning: await while a lock is held; a task that wants it blocks the thread and every task on it [-Wasync-blocking]
// CHECK: lock-held.c:[[#@LINE-2]]:2: note: the lock is taken here
	cache->value = await f(1);
	pthread_mutex_unlock(&cache->lock);
	return await f(2);
}

async int on_all_ways(struct cache *cache, int v)
{
	if (v)
		pthread_rwlock_rdlock(&cache->rw);
	v += await f(1);
	if (v)
		pthread_rwlock_unlock(&cache->rw);
	pthread_rwlock_wrlock(&cache->rw);
	if (v > 3) {
		pthread_rwlock_unlock(&cache->rw);
		return await f(2);
	}
// CHECK: lock-held.c:[[#@LINE+1]]:7: warning: await while a lock is held
	v += await f(3);
// CHECK: lock-held.c:[[#@LINE-7]]:2: note: the lock is taken here
	pthread_rwlock_unlock(&cache->rw);
	return v;
}

async int silent(struct cache *cache, struct cache *other, int v)
{
	if (pthread_mutex_lock(&cache->lock))
		return await f(1);
	cache->value++;
	release(&cache->lock);
	v += await f(2);
	if (pthread_mutex_trylock(&cache->lock) == EBUSY)
		return await f(3);
	pthread_mutex_unlock(&cache->lock);
	while (v--) {
		pthread_mutex_lock(&other->lock);
		other->value += v;
		pthread_mutex_unlock(&other->lock);
		await f(other->value);
	}
	return v;
}
// CHECK: 2 warnings generated
