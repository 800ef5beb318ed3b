/* A few threads for calls that block.
 *
 * Threads are started one by one while there are more jobs than idle threads, up to a
 * bound, and stay. When the process ends, the idle ones are joined; one that still blocks
 * in its call is left to its fate.
 *
 * To wake a thread costs more than a short call. So there is at most one on its way to the
 * queue, which wakes the next one when it finds more than one job there; and while jobs come
 * in quick succession, one idle thread looks for the next for a moment before it sleeps.
 */
#include "internal.h"

#include <asyncc/cross.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#define THREADS 4
#define MOST_THREADS 1024
/* When no job has been begun for so long, those that are under way take their time. */
#define STALL_NS 1000000

static struct {
	pthread_mutex_t lock;
	pthread_cond_t jobs_or_stop;
	struct async__job *first, **last;
	atomic_size_t queued;
	pthread_t threads[MOST_THREADS];
	atomic_bool busy[MOST_THREADS]; /* in a call that may block */
	atomic_size_t count, idle, limit;
	bool coming;                 /* an idle thread was woken and is not there yet */
	bool looking;                /* one looks for jobs without sleeping */
	bool brisk;                  /* the last job came soon after the one before */
	uint64_t last_job;           /* when that was */
	atomic_uint_least64_t taken; /* when the last job was begun */
	unsigned generation;         /* how often this process was forked */
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

static void wake_one(void)
{
	if (pool.coming || pool.looking || !pool.idle)
		return;
	pool.coming = true;
	pthread_cond_signal(&pool.jobs_or_stop);
}

bool async__may_spin(void)
{
	static atomic_int processors;
	int count = atomic_load_explicit(&processors, memory_order_relaxed);
	cpu_set_t set;

	if (!count) {
		count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
		atomic_store_explicit(&processors, count, memory_order_relaxed);
	}
	return count > 1;
}

bool async__pool_flows(void)
{
	size_t threads = atomic_load_explicit(&pool.limit, memory_order_relaxed);
	size_t count = atomic_load_explicit(&pool.count, memory_order_relaxed);
	size_t idle = atomic_load_explicit(&pool.idle, memory_order_relaxed);
	size_t queued = atomic_load_explicit(&pool.queued, memory_order_relaxed);

	if (count < threads || idle > queued)
		return true;
	return async__real_now() <
	       atomic_load_explicit(&pool.taken, memory_order_relaxed) + STALL_NS;
}

static bool has_work(void)
{
	return atomic_load_explicit(&pool.queued, memory_order_relaxed);
}

/* Without the lock. */
static void look_for_jobs(void)
{
	uint64_t end = async__real_now() + ASYNC__SPIN_NS;

	pool.looking = true;
	pthread_mutex_unlock(&pool.lock);
	while (!has_work() && async__real_now() < end)
		async__relax();
	pthread_mutex_lock(&pool.lock);
	pool.looking = false;
}

static void wait_for_jobs(void)
{
	pthread_cond_wait(&pool.jobs_or_stop, &pool.lock);
	pool.coming = false;
}

static struct async__job *next_job(void)
{
	struct async__job *job;
	bool looked = false;

	pool.idle++;
	while (!pool.first && !pool.stop) {
		if (pool.brisk && !looked && !pool.looking && async__may_spin()) {
			look_for_jobs();
			looked = true;
		} else {
			wait_for_jobs();
		}
	}
	pool.idle--;
	if (pool.stop)
		return NULL;
	job = pool.first;
	pool.first = job->next;
	if (!pool.first)
		pool.last = &pool.first;
	pool.queued--;
	atomic_store_explicit(&pool.taken, async__real_now(), memory_order_relaxed);
	if (pool.first)
		wake_one();
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
	pool.coming = pool.looking = pool.brisk = false;
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

static void note_time(void)
{
	uint64_t now = async__real_now();

	pool.brisk = now - pool.last_job < ASYNC__BRIEF_NS;
	pool.last_job = now;
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
		note_time();
		wake_one();
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

/* A call whose job is part of the frame of the task, which waits for its end once it has
 * begun. */

static void blocking_work(struct async__job *job)
{
	struct async__blocking *blocking = async__container(job, struct async__blocking, job);

	blocking->value = blocking->call(blocking);
}

struct async_frame *async__blocking_resume(struct async_frame *frame)
{
	struct async__blocking *blocking = (struct async__blocking *)(void *)frame;
	struct async_frame *caller = frame->caller;
	ssize_t value = blocking->notified ? blocking->notified : blocking->value;

	async__loop->jobs--;
	if (blocking->wide)
		*(ssize_t *)async__slot(caller) = value;
	else
		*(int *)async__slot(caller) = (int)value;
	async__frame_free(frame, blocking->size);
	return caller;
}

static void blocking_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = async__op_task(op);
	struct async__blocking *blocking =
		async__container(task->u.object, struct async__blocking, done);

	if (!withdraw(&blocking->job)) {
		atomic_store_explicit(&blocking->unwanted, true, memory_order_relaxed);
		return;
	}
	async__notify_leave(loop, &blocking->done);
	async__complete_int(loop, task, -ECANCELED);
}

static const struct async__op blocking_op =
	ASYNC__OP(blocking_op, "(a call on another thread)", NULL, blocking_cancel);
/* For what is done even when its task is cancelled. */
static const struct async__op steady_op =
	ASYNC__OP(steady_op, "(a call on another thread)", NULL, NULL);

struct async__blocking *async__blocking_new(const struct async__op *function, size_t size,
					    ssize_t (*call)(struct async__blocking *))
{
	struct async__blocking *blocking = (struct async__blocking *)(void *)async__frame_try(size);

	if (!blocking)
		return NULL;
	*blocking = (struct async__blocking){
		.frame.point = &function->point,
		.size = size,
		.call = call,
		.job = {.work = blocking_work, .done = &blocking->done},
	};
	return blocking;
}

struct async__blocking *async__blocking_begin(const struct async__op *function, size_t size,
					      ssize_t (*call)(struct async__blocking *), int *error)
{
	struct async__blocking *blocking = NULL;

	*error = 0;
	if (async__is_cancelled(async__loop->current))
		*error = -ECANCELED;
	else if (ASYNC__CALL(0))
		*error = -errno;
	else if (!(blocking = async__blocking_new(function, size, call)))
		*error = -ENOMEM;
	return blocking;
}

static int blocking_submit(struct async_loop *loop, struct async__blocking *blocking)
{
	int error = async__wake_open(loop);

	if (!error)
		error = async__job_submit(&blocking->job);
	return error;
}

static struct async_result_ssize blocking_done(struct async__blocking *blocking, ssize_t value)
{
	bool wide = blocking->wide;

	async__frame_free(&blocking->frame, blocking->size);
	return async__done_with(async__loop, wide, value);
}

struct async_result_ssize async__blocking_start(struct async__blocking *blocking)
{
	struct async_loop *loop = async__loop;
	int error = blocking_submit(loop, blocking);

	if (error)
		return blocking_done(blocking, error);
	loop->jobs++;
	error = async__notify_start(loop, &blocking->done,
				    blocking->steady ? &steady_op : &blocking_op);
	if (error == -EAGAIN) {
		loop->current->op.caller = &blocking->frame;
		return (struct async_result_ssize){&blocking->frame, 0};
	}
	/* It is done already. */
	loop->jobs--;
	return blocking_done(blocking, blocking->value);
}

struct offload {
	struct async__blocking blocking;
	int (*fn)(void *arg);
	void *arg;
};

static ssize_t offload_call(struct async__blocking *blocking)
{
	struct offload *offload = async__container(blocking, struct offload, blocking);

	return offload->fn(offload->arg);
}

static const struct async__op offload_op = ASYNC__BLOCKING(offload_op, "async_offload");

struct async_result_int async__offload_start(int (*fn)(void *), void *arg)
	ASYNC__NAME(async__offload);

ASYNC__EXPORT struct async_result_int async__offload_start(int (*fn)(void *), void *arg)
{
	struct async_loop *loop = async__loop;
	struct offload *offload;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	offload = (struct offload *)(void *)async__blocking_new(&offload_op, sizeof *offload,
								offload_call);
	if (!offload)
		return async__done_int(loop, -ENOMEM);
	offload->fn = fn;
	offload->arg = arg;
	return async__narrow(async__blocking_start(&offload->blocking));
}
