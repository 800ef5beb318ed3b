/* A few threads for calls that block.
 *
 * Threads are started one by one while there are more jobs than idle threads, up to a
 * bound, and stay. When the process ends, the idle ones are joined; one that still blocks
 * in its call is left to its fate.
 */
#include "internal.h"

#include <pthread.h>
#include <signal.h>

#define THREADS 4

static struct {
	pthread_mutex_t lock;
	pthread_cond_t jobs_or_stop;
	struct async__job *first, **last;
	size_t queued;
	pthread_t threads[THREADS];
	bool busy[THREADS];
	size_t count, idle;
	bool stop;
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.jobs_or_stop = PTHREAD_COND_INITIALIZER,
	.last = &pool.first,
};

static void release(struct async__job *job)
{
	if (atomic_fetch_sub_explicit(&job->owners, 1, memory_order_acq_rel) == 1)
		job->destroy(job);
}

static struct async__job *next_job(void)
{
	struct async__job *job;

	pool.idle++;
	while (!pool.first && !pool.stop)
		pthread_cond_wait(&pool.jobs_or_stop, &pool.lock);
	pool.idle--;
	if (pool.stop)
		return NULL;
	job = pool.first;
	pool.first = job->next;
	if (!pool.first)
		pool.last = &pool.first;
	pool.queued--;
	return job;
}

static void *worker(void *arg)
{
	bool *busy = arg;
	struct async__job *job;

	pthread_mutex_lock(&pool.lock);
	while ((job = next_job())) {
		*busy = true;
		pthread_mutex_unlock(&pool.lock);
		job->work(job);
		async_notify_post(job->done);
		release(job);
		pthread_mutex_lock(&pool.lock);
		*busy = false;
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* Signals are for the program's own threads. */
static int start_thread(void)
{
	sigset_t all, mask;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	error = pthread_create(&pool.threads[pool.count], NULL, worker, &pool.busy[pool.count]);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (!error)
		pool.count++;
	return -error;
}

int async__job_submit(struct async__job *job)
{
	int error = 0;

	pthread_mutex_lock(&pool.lock);
	if (pool.stop)
		error = -ECANCELED;
	else if (pool.idle <= pool.queued && pool.count < THREADS)
		error = start_thread();
	/* The threads there are will do. */
	if (pool.count && !pool.stop)
		error = 0;
	if (!error) {
		atomic_store_explicit(&job->owners, 2, memory_order_relaxed);
		job->next = NULL;
		*pool.last = job;
		pool.last = &job->next;
		pool.queued++;
		pthread_cond_signal(&pool.jobs_or_stop);
	}
	pthread_mutex_unlock(&pool.lock);
	return error;
}

static bool unqueue(struct async__job *job)
{
	struct async__job **link = &pool.first;

	while (*link && *link != job)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = job->next;
	if (pool.last == &job->next)
		pool.last = link;
	pool.queued--;
	return true;
}

void async__job_drop(struct async__job *job)
{
	bool queued;

	pthread_mutex_lock(&pool.lock);
	queued = unqueue(job);
	pthread_mutex_unlock(&pool.lock);
	if (queued)
		release(job);
	release(job);
}

__attribute__((destructor)) static void pool_end(void)
{
	bool busy[THREADS];
	size_t count;

	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	count = pool.count;
	for (size_t i = 0; i < count; i++)
		busy[i] = pool.busy[i];
	pthread_cond_broadcast(&pool.jobs_or_stop);
	pthread_mutex_unlock(&pool.lock);
	for (size_t i = 0; i < count; i++)
		if (!busy[i])
			pthread_join(pool.threads[i], NULL);
}
