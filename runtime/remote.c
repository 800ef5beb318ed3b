/* Tasks on the loops of other threads, and loops on several threads.
 *
 * A task is moved while it has not started yet: its block is copied to the heap, together
 * with a record of the two sides, which outlives both. Loops get messages: a stack that any
 * thread pushes and only the loop empties. The record has the proxy that joins the task on
 * its own loop, and the flag that tells the joining task on another.
 */
#include "internal.h"

#include <asyncc/cross.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

struct remote {
	struct async__message start, cancel;
	struct async_loop *loop;
	struct async_task *task; /* on its own loop; NULL once it has ended */
	struct async__proxy proxy;
	struct async_notify ended;
	atomic_uint owners; /* the loop, the handle, and a cancel message on its way */
	atomic_bool cancel_sent;
	int error;
	size_t value_size;
	_Alignas(16) char value[];
};

struct async_result_int async__remote_join_start(void *handle, void *to)
	ASYNC__NAME(async__remote_join);

static void release(struct remote *remote)
{
	async__tell_release(remote);
	if (atomic_fetch_sub_explicit(&remote->owners, 1, memory_order_acq_rel) != 1)
		return;
	async__tell_acquire(remote);
	free(remote);
}

ASYNC__EXPORT struct async_loop *async_loop_self(void)
{
	struct async_loop *loop = async__loop_get();

	if (!loop || async__poll_open(loop) || async__wake_open(loop))
		return NULL;
	loop->shared = true;
	return loop;
}

static void ended(struct async_loop *loop, struct async__proxy *proxy, int unused)
{
	struct remote *remote = async__container(proxy, struct remote, proxy);
	struct async_task *task = proxy->task.u.joined;

	(void)unused;
	memcpy(remote->value, (char *)task + task->frame.point->result, remote->value_size);
	async__task_drop(loop, task);
	remote->task = NULL;
	async_notify_post(&remote->ended);
	release(remote);
}

static void start_message(struct async_loop *loop, struct async__message *message)
{
	struct remote *remote = async__container(message, struct remote, start);

	async__task_adopt(loop, remote->task);
}

static void cancel_message(struct async_loop *loop, struct async__message *message)
{
	struct remote *remote = async__container(message, struct remote, cancel);

	(void)loop;
	if (remote->task)
		async__cancel(remote->task);
	release(remote);
}

/* The loop has gone before the task came to it. */
static void start_dropped(struct async__message *message)
{
	struct remote *remote = async__container(message, struct remote, start);

	async__task_discard(remote->task);
	remote->task = NULL;
	remote->error = -ECANCELED;
	async_notify_post(&remote->ended);
	release(remote);
}

static void cancel_dropped(struct async__message *message)
{
	release(async__container(message, struct remote, cancel));
}

ASYNC__EXPORT void *async__spawn_on(struct async_loop *loop, struct async_task *task)
{
	size_t value_size = task ? async__value_size(task) : 0;
	struct remote *remote = task ? async__alloc(sizeof *remote + value_size) : NULL;
	struct async_task *moved = NULL;

	if (!task)
		return NULL;
	if (remote && loop && value_size < UINT16_MAX)
		moved = async__task_copy(task);
	async__unspawn(async__loop, task);
	if (!moved) {
		free(remote);
		return NULL;
	}
	memset(remote, 0, sizeof *remote);
	remote->start = (struct async__message){.run = start_message, .drop = start_dropped};
	remote->cancel = (struct async__message){.run = cancel_message, .drop = cancel_dropped};
	remote->loop = loop;
	remote->task = moved;
	remote->proxy.task.flags = ASYNC__CASE;
	remote->proxy.end = ended;
	remote->value_size = value_size;
	atomic_init(&remote->owners, 2);
	moved->frame.caller = &remote->proxy.task.op;
	async__message_send(loop, &remote->start);
	return remote;
}

ASYNC__EXPORT void async__remote_cancel(void *handle)
{
	struct remote *remote = handle;

	if (!remote || atomic_exchange(&remote->cancel_sent, true))
		return;
	atomic_fetch_add_explicit(&remote->owners, 1, memory_order_relaxed);
	async__message_send(remote->loop, &remote->cancel);
}

ASYNC__EXPORT void async__remote_detach(void *handle)
{
	if (handle)
		release(handle);
}

/* Waits for the flag, which a cancelled task does too, after it has passed it on. */
struct join {
	struct async_frame frame;
	int notified;
	struct remote *remote;
	void *to;
};

static int join_end(struct remote *remote, void *to)
{
	int error = remote->error;

	if (!error && to)
		memcpy(to, remote->value, remote->value_size);
	release(remote);
	return error;
}

static struct async_frame *join_resume(struct async_frame *frame)
{
	struct join *join = (struct join *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = join_end(join->remote, join->to);
	async__frame_free(frame, sizeof *join);
	return caller;
}

static const struct async__op join_function =
	ASYNC__FUNCTION(join_function, "async_remote_join", struct join, notified, join_resume);

static void join_cancel(struct async_frame *op)
{
	struct async_notify *notify = async__op_task(op)->u.object;

	async__remote_cancel(async__container(notify, struct remote, ended));
}

static const struct async__op join_op =
	ASYNC__OP(join_op, "(the end of another thread's task)", NULL, join_cancel);

ASYNC__EXPORT struct async_result_int async__remote_join_start(void *handle, void *to)
{
	struct async_loop *loop = async__loop;
	struct remote *remote = handle;
	struct join *join;
	int value;

	if (!remote)
		return async__done_int(loop, -ENOMEM);
	join = (struct join *)(void *)async__frame_try(sizeof *join);
	if (!join)
		return async__done_int(loop, -ENOMEM);
	value = async__notify_start(loop, &remote->ended, &join_op);
	if (value != -EAGAIN) {
		async__frame_free(&join->frame, sizeof *join);
		return async__done_int(loop, value ? value : join_end(remote, to));
	}
	*join = (struct join){.frame.point = &join_function.point, .remote = remote, .to = to};
	loop->current->op.caller = &join->frame;
	if (async__is_cancelled(loop->current))
		async__remote_cancel(remote);
	return (struct async_result_int){&join->frame, 0};
}

/* For async_select: that the task has ended is left to be told to the one who joins it. */

static int case_try(struct async_case *self)
{
	struct remote *remote = self->object;
	int value = remote ? async__notify_start_case(&remote->ended, self) : 0;

	if (remote && !value)
		async_notify_post(&remote->ended);
	return value;
}

static int case_finish(struct async_case *self, int value)
{
	async_notify_post(&((struct remote *)self->object)->ended);
	return value;
}

static void case_leave(struct async_case *self)
{
	async__notify_withdraw(async__loop, &((struct remote *)self->object)->ended);
}

ASYNC__EXPORT const struct async__case_kind async__on_remote_end = {case_try, NULL, case_leave,
								    case_finish};

/* Workers */

typedef struct async_result_int worker_fn(unsigned number, void *arg);

struct team {
	worker_fn *fn;
	void *arg;
	pthread_mutex_t lock;
	struct worker *workers;
	unsigned count;
	int failure;
};

struct worker {
	struct team *team;
	unsigned number;
	pthread_t thread;
	bool threaded;
	bool running; /* its loop may be sent messages */
	struct async_loop *loop;
	struct async_task *root;
	struct async__message stop;
	bool stop_sent;
};

/* The task of a worker: as transformed code lays out a spawned call. */
struct root {
	struct async_task task;
	struct worker *worker;
	int value;
};

static struct async_frame *root_start(struct async_frame *frame);

static const struct async_fn root_fn = {.name = "async_run_workers", .file = ""};
static const struct async_point root_points[2] = {
	{.resume = root_start, .fn = &root_fn, .live = ""},
	{.resume = async__task_end,
	 .fn = &root_fn,
	 .result = offsetof(struct root, value),
	 .live = ""},
};

static struct async_frame *root_start(struct async_frame *frame)
{
	struct root *root = (struct root *)(void *)frame;
	struct worker *worker = root->worker;
	struct async_result_int result = worker->team->fn(worker->number, worker->team->arg);

	frame->point = &root_points[1];
	if (result.pending) {
		result.pending->caller = frame;
		root->value = result.value;
		return NULL;
	}
	root->value = result.value;
	return async__task_end(frame);
}

static void stop_message(struct async_loop *loop, struct async__message *message)
{
	struct worker *worker = async__container(message, struct worker, stop);

	(void)loop;
	if (worker->root)
		async__cancel(worker->root);
}

static void stop_dropped(struct async__message *message)
{
	(void)message;
}

static void stop(struct worker *worker)
{
	if (!worker->running || worker->stop_sent)
		return;
	worker->stop_sent = true;
	async__message_send(worker->loop, &worker->stop);
}

static void worker_failed(struct team *team, int failure)
{
	if (failure >= 0 || team->failure)
		return;
	team->failure = failure;
	for (unsigned i = 0; i < team->count; i++)
		stop(&team->workers[i]);
}

static void worker_run(struct worker *worker)
{
	struct team *team = worker->team;
	struct async_loop *loop = async_loop_self();
	int value = -ENOMEM;

	if (loop)
		worker->root = async__task_new(sizeof(struct root), sizeof(int), root_points);
	if (worker->root) {
		((struct root *)(void *)worker->root)->worker = worker;
		worker->stop = (struct async__message){.run = stop_message, .drop = stop_dropped};
		worker->loop = loop;
		pthread_mutex_lock(&team->lock);
		worker->running = true;
		if (team->failure)
			stop(worker);
		pthread_mutex_unlock(&team->lock);
		async__run(worker->root, &value, sizeof value);
	}
	pthread_mutex_lock(&team->lock);
	worker->running = false;
	worker->root = NULL;
	worker_failed(team, value);
	pthread_mutex_unlock(&team->lock);
	/* The message to stop may still be on its way. */
	if (worker->stop_sent)
		async__messages_run(loop);
}

static void *worker_thread(void *arg)
{
	worker_run(arg);
	return NULL;
}

static unsigned processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static void team_run(struct team *team)
{
	int error;

	for (unsigned i = 0; i < team->count; i++) {
		struct worker *worker = &team->workers[i];

		worker->team = team;
		worker->number = i;
		if (i == 0)
			continue;
		error = ASYNC__CALL(0)
				? errno
				: pthread_create(&worker->thread, NULL, worker_thread, worker);
		worker->threaded = !error;
		if (!error)
			continue;
		pthread_mutex_lock(&team->lock);
		worker_failed(team, -error);
		pthread_mutex_unlock(&team->lock);
		break;
	}
	worker_run(&team->workers[0]);
	for (unsigned i = 1; i < team->count; i++)
		if (team->workers[i].threaded)
			pthread_join(team->workers[i].thread, NULL);
}

int async__run_workers(unsigned count, worker_fn *fn, void *arg) __asm__("async_run_workers");

ASYNC__EXPORT int async__run_workers(unsigned count, worker_fn *fn, void *arg)
{
	struct team team = {.fn = fn, .arg = arg, .count = count ? count : processors()};

	if (async__loop && async__loop->running)
		return -EBUSY;
	team.workers = async__alloc_zero(team.count * sizeof *team.workers);
	if (!team.workers)
		return -ENOMEM;
	pthread_mutex_init(&team.lock, NULL);
	team_run(&team);
	pthread_mutex_destroy(&team.lock);
	free(team.workers);
	return team.failure;
}
