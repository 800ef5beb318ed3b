/* A few threads for calls that block.
 *
 * Threads are started one by one while there are more jobs than idle threads, up to a
 * bound, and stay. When the process ends, the idle ones are joined; one that still blocks
 * in its call is left to its fate.
 */
#include "internal.h"

#include <asyncc/cross.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define THREADS 4
#define MOST_THREADS 1024

static struct {
	pthread_mutex_t lock;
	pthread_cond_t jobs_or_stop;
	struct async__job *first, **last;
	size_t queued;
	pthread_t threads[MOST_THREADS];
	atomic_bool busy[MOST_THREADS]; /* in a call that may block */
	size_t count, idle, limit;
	unsigned generation; /* how often this process was forked */
	bool prepared, stop;
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.jobs_or_stop = PTHREAD_COND_INITIALIZER,
	.last = &pool.first,
	.limit = THREADS,
};

static void release(struct async__job *job)
{
	async__tell_release(job);
	if (atomic_fetch_sub_explicit(&job->owners, 1, memory_order_acq_rel) != 1)
		return;
	async__tell_acquire(job);
	job->destroy(job);
}

/* A job that nobody need destroy is its task's, and may be gone once that knows. */
static void finished(struct async__job *job)
{
	bool shared = job->destroy != NULL;

	async_notify_post(job->done);
	if (shared)
		release(job);
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
	atomic_bool *busy = arg;
	struct async__job *job;

	pthread_mutex_lock(&pool.lock);
	while ((job = next_job())) {
		atomic_store(busy, true);
		pthread_mutex_unlock(&pool.lock);
		job->work(job);
		atomic_store(busy, false);
		finished(job);
		pthread_mutex_lock(&pool.lock);
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

static void pool_end(void)
{
	bool busy[MOST_THREADS];
	size_t count;

	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	count = pool.count;
	for (size_t i = 0; i < count; i++)
		busy[i] = atomic_load(&pool.busy[i]);
	pthread_cond_broadcast(&pool.jobs_or_stop);
	pthread_mutex_unlock(&pool.lock);
	for (size_t i = 0; i < count; i++)
		if (!busy[i])
			pthread_join(pool.threads[i], NULL);
}

/* A forked process has none of the threads, and nobody there waits for the jobs. */
static void forget_threads(void)
{
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.jobs_or_stop, NULL);
	pool.first = NULL;
	pool.last = &pool.first;
	pool.queued = pool.count = pool.idle = 0;
	pool.generation++;
}

static bool prepare(void)
{
	if (!pool.prepared)
		pool.prepared = !pthread_atfork(NULL, NULL, forget_threads) && !atexit(pool_end);
	return pool.prepared;
}

/* Signals are for the program's own threads. */
static int start_thread(void)
{
	sigset_t all, mask;
	int error;

	if (!prepare())
		return -ENOMEM;
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
	else if (pool.idle <= pool.queued && pool.count < pool.limit)
		error = start_thread();
	/* The threads there are will do. */
	if (pool.count && !pool.stop)
		error = 0;
	if (!error) {
		atomic_store_explicit(&job->owners, 2, memory_order_relaxed);
		job->next = NULL;
		job->generation = pool.generation;
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

/* Whether the job will not be done. In a forked process, nobody does the parent's. */
static bool withdraw(struct async__job *job)
{
	bool queued;

	pthread_mutex_lock(&pool.lock);
	queued = job->generation != pool.generation || unqueue(job);
	pthread_mutex_unlock(&pool.lock);
	return queued;
}

void async__job_drop(struct async__job *job)
{
	if (withdraw(job))
		release(job);
	release(job);
}

ASYNC__EXPORT int async_set_offload_threads(int count)
{
	if (count < 1 || count > MOST_THREADS)
		return -EINVAL;
	pthread_mutex_lock(&pool.lock);
	pool.limit = (size_t)count;
	pthread_mutex_unlock(&pool.lock);
	return 0;
}

/* async_offload: the job is part of the frame of the task, which waits for its end once it
 * has begun. */
struct offload {
	struct async_frame frame;
	int notified;
	int value;
	int (*fn)(void *arg);
	void *arg;
	struct async__job job;
	struct async_notify done;
};

struct async_result_int async__offload_start(int (*fn)(void *), void *arg)
	ASYNC__NAME(async__offload);

static void offload_work(struct async__job *job)
{
	struct offload *offload = async__container(job, struct offload, job);

	offload->value = offload->fn(offload->arg);
}

static struct async_frame *offload_resume(struct async_frame *frame)
{
	struct offload *offload = (struct offload *)(void *)frame;
	struct async_frame *caller = frame->caller;
	int notified = offload->notified;

	async__loop->jobs--;
	*(int *)async__slot(caller) = notified ? notified : offload->value;
	async__frame_free(frame, sizeof *offload);
	return caller;
}

static const struct async__op offload_function = ASYNC__FUNCTION(
	offload_function, "async_offload", struct offload, notified, offload_resume);

static void offload_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = async__op_task(op);
	struct offload *offload = async__container(task->u.object, struct offload, done);

	if (!withdraw(&offload->job))
		return;
	async__notify_leave(loop, &offload->done);
	async__complete_int(loop, task, -ECANCELED);
}

static const struct async__op offload_op =
	ASYNC__OP(offload_op, "(a call on another thread)", NULL, offload_cancel);

static int offload_submit(struct async_loop *loop, struct offload *offload)
{
	int error = async__wake_open(loop);

	if (!error)
		error = async__job_submit(&offload->job);
	return error;
}

ASYNC__EXPORT struct async_result_int async__offload_start(int (*fn)(void *), void *arg)
{
	struct async_loop *loop = async__loop;
	struct offload *offload;
	int error;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	offload = (struct offload *)(void *)async__frame_try(sizeof *offload);
	if (!offload)
		return async__done_int(loop, -ENOMEM);
	*offload = (struct offload){
		.frame.point = &offload_function.point,
		.fn = fn,
		.arg = arg,
		.job = {.work = offload_work, .done = &offload->done},
	};
	error = offload_submit(loop, offload);
	if (error) {
		async__frame_free(&offload->frame, sizeof *offload);
		return async__done_int(loop, error);
	}
	loop->jobs++;
	error = async__notify_start(loop, &offload->done, &offload_op);
	if (error == -EAGAIN) {
		loop->current->op.caller = &offload->frame;
		return (struct async_result_int){&offload->frame, 0};
	}
	/* It is done already. */
	loop->jobs--;
	error = offload->value;
	async__frame_free(&offload->frame, sizeof *offload);
	return async__done_int(loop, error);
}
