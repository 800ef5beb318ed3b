/* Signals, handed from one handler to the loops that want them.
 *
 * Each such loop has a watch in a list that is only ever added to, so that the handler can
 * go through it: it notes the signal there and sends the watch to the loop as a message, as
 * other threads do. The loop then serves streams, waiting tasks and the shutdown. A signal is
 * caught while a loop holds it: for a stream that is open, or, once a task has waited for it,
 * until the run ends, so that none is lost between two waits.
 *
 * A watch is freed for the next loop when no handler can still be using it, which a count of
 * the handlers that are running tells.
 */
#include "internal.h"

#include <asyncc/signal.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define SIGNALS 64
#define BIT(signal) (UINT64_C(1) << ((signal) - 1))
/* The handler could not return from these. */
#define FAULTS                                                                                     \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) |    \
	 BIT(SIGSYS))
/* What a task in a queue where there is only one way waits for. */
#define PLAIN ((void *)1)

struct watch {
	struct async__message message;
	struct watch *next;
	_Atomic(struct async_loop *) loop; /* NULL: free */
	atomic_uint_least64_t wanted, arrived;
	atomic_bool sent;
};

struct async__signals {
	struct watch *watch;
	struct async__wait waiters;
	struct async__wait children;
	struct async_signals *streams;
	uint64_t held;      /* until the run ends */
	uint64_t installed; /* counted in users */
	uint64_t missed;    /* arrived, and nobody got it */
	uint64_t shutdown;
	int shutdown_signal;
};

static _Atomic(struct watch *) watches;
static atomic_int handlers;         /* that are running */
static atomic_uint_least64_t fatal; /* what begins a shutdown on some loop */

static struct {
	pthread_mutex_t lock;
	unsigned users[SIGNALS + 1];
	struct sigaction before[SIGNALS + 1];
} actions = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The next one is to kill the process. */
static void set_defaults(uint64_t signals)
{
	for (int i = 1; i <= SIGNALS; i++)
		if (signals & BIT(i))
			signal(i, SIG_DFL);
}

static void handle(int number)
{
	struct async_loop *loop;
	struct watch *watch;
	int error = errno;
	uint64_t deadly;

	atomic_fetch_add(&handlers, 1);
	for (watch = atomic_load(&watches); watch; watch = watch->next) {
		loop = atomic_load(&watch->loop);
		if (!loop || !(atomic_load(&watch->wanted) & BIT(number)))
			continue;
		atomic_fetch_or(&watch->arrived, BIT(number));
		if (!atomic_exchange(&watch->sent, true))
			async__message_send(loop, &watch->message);
	}
	deadly = atomic_load(&fatal);
	if (deadly & BIT(number))
		set_defaults(deadly);
	atomic_fetch_sub(&handlers, 1);
	errno = error;
}

static bool is_ours(int number)
{
	struct sigaction now;

	return !sigaction(number, NULL, &now) && !(now.sa_flags & SA_SIGINFO) &&
	       now.sa_handler == handle;
}

static int install(int number)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	int error = 0;

	sigfillset(&action.sa_mask);
	pthread_mutex_lock(&actions.lock);
	if (!actions.users[number] &&
	    ASYNC__CALL(sigaction(number, &action, &actions.before[number])))
		error = -errno;
	if (!error)
		actions.users[number]++;
	pthread_mutex_unlock(&actions.lock);
	return error;
}

/* What somebody else has made of it since is left alone. */
static void uninstall(int number)
{
	struct sigaction now;
	bool reset;

	pthread_mutex_lock(&actions.lock);
	if (--actions.users[number] == 0) {
		reset = atomic_load(&fatal) & BIT(number) && !sigaction(number, NULL, &now) &&
			now.sa_handler == SIG_DFL;
		if (reset || is_ours(number))
			sigaction(number, &actions.before[number], NULL);
		atomic_fetch_and(&fatal, ~BIT(number));
	}
	pthread_mutex_unlock(&actions.lock);
}

static void run(struct async_loop *loop, struct async__message *message);

/* Its loop has ended. */
static void drop(struct async__message *message)
{
	struct watch *watch = async__container(message, struct watch, message);

	atomic_store(&watch->sent, false);
	atomic_store(&watch->loop, NULL);
}

static struct watch *watch_take(struct async_loop *loop)
{
	struct async_loop *none;
	struct watch *watch;

	for (watch = atomic_load(&watches); watch; watch = watch->next) {
		none = NULL;
		if (atomic_compare_exchange_strong(&watch->loop, &none, loop))
			return watch;
	}
	watch = async__alloc_zero(sizeof *watch);
	if (!watch)
		return NULL;
	watch->message = (struct async__message){.run = run, .drop = drop};
	atomic_store(&watch->loop, loop);
	watch->next = atomic_load(&watches);
	while (!atomic_compare_exchange_weak(&watches, &watch->next, watch))
		;
	return watch;
}

static int signals_get(struct async_loop *loop)
{
	int error = async__poll_open(loop);

	if (!error)
		error = async__wake_open(loop);
	if (error || loop->signals)
		return error;
	loop->signals = async__alloc_zero(sizeof *loop->signals);
	if (!loop->signals)
		return -ENOMEM;
	loop->signals->watch = watch_take(loop);
	if (loop->signals->watch)
		return 0;
	free(loop->signals);
	loop->signals = NULL;
	return -ENOMEM;
}

static uint64_t needed(const struct async__signals *signals)
{
	const struct async_signals *stream;
	uint64_t all = signals->held;

	for (stream = signals->streams; stream; stream = stream->next)
		all |= stream->signals;
	return all;
}

static int adjust(struct async__signals *signals)
{
	uint64_t wanted = needed(signals), before = signals->installed;
	int error = 0;

	atomic_store(&signals->watch->wanted, wanted | before);
	for (int i = 1; i <= SIGNALS && !error; i++) {
		if (!(wanted & ~before & BIT(i)))
			continue;
		error = install(i);
		if (!error)
			signals->installed |= BIT(i);
	}
	for (int i = 1; i <= SIGNALS; i++)
		if (before & ~wanted & BIT(i))
			uninstall(i);
	signals->installed &= wanted;
	atomic_store(&signals->watch->wanted, signals->installed);
	return error;
}

static int mask_of(const int *list, uint64_t *mask)
{
	const uint64_t refused = FAULTS | BIT(SIGKILL) | BIT(SIGSTOP);

	*mask = 0;
	for (; *list; list++) {
		if (*list < 1 || *list > SIGNALS || refused & BIT(*list))
			return -EINVAL;
		*mask |= BIT(*list);
	}
	return *mask ? 0 : -EINVAL;
}

static int hold(struct async_loop *loop, uint64_t mask)
{
	struct async__signals *signals;
	uint64_t before;
	int error = signals_get(loop);

	if (error)
		return error;
	signals = loop->signals;
	if (!(mask & ~signals->held))
		return 0;
	before = signals->held;
	signals->held |= mask;
	error = adjust(signals);
	if (error) {
		signals->held = before;
		adjust(signals);
	}
	return error;
}

int async__signal_hold(struct async_loop *loop, int number)
{
	return hold(loop, BIT(number));
}

/* Waiting: all queues count as a reason for the loop to wait */

static void enqueue(struct async_loop *loop, struct async__wait *queue, struct async_task *task,
		    const void *what)
{
	task->u.wait.what = (void *)(uintptr_t)what;
	async__wait_add(queue, &task->u.wait);
	loop->notify_waiting++;
}

static void end(struct async_loop *loop, struct async__wait *wait, int value)
{
	loop->notify_waiting--;
	async__wait_end(loop, wait, value);
}

static void leave(struct async_task *task)
{
	async__loop->notify_waiting--;
	async__wait_remove(&task->u.wait);
}

static void wait_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	leave(task);
	async__complete_int(async__loop, task, -ECANCELED);
}

static void case_leave(struct async_case *self)
{
	leave(&self->u.proxy.task);
}

static int lowest(uint64_t *set)
{
	int number = __builtin_ctzll(*set) + 1;

	*set &= *set - 1;
	return number;
}

/* Arrivals */

static bool lists(const int *list, int number)
{
	while (*list && *list != number)
		list++;
	return *list != 0;
}

/* Ending one wait may take others out of the queue, those of the same select. */
static bool wake_waiters(struct async_loop *loop, struct async__signals *signals, int number)
{
	struct async__wait *queue = &signals->waiters, *wait = queue->next;
	bool any = false;

	while (wait && wait != queue) {
		if (!lists(wait->what, number)) {
			wait = wait->next;
			continue;
		}
		end(loop, wait, number);
		any = true;
		wait = queue->next;
	}
	return any;
}

static bool tell_streams(struct async_loop *loop, struct async__signals *signals, int number)
{
	struct async_signals *stream;
	struct async__wait *first;
	bool any = false;

	for (stream = signals->streams; stream; stream = stream->next) {
		if (!(stream->signals & BIT(number)))
			continue;
		any = true;
		first = stream->waiters.next ? async__wait_first(&stream->waiters) : NULL;
		if (first)
			end(loop, first, number);
		else
			stream->arrived |= BIT(number);
	}
	return any;
}

static void shut_down(struct async_loop *loop, struct async__signals *signals, int number)
{
	if (signals->shutdown_signal)
		return;
	signals->shutdown_signal = number;
	if (loop->root)
		async__cancel_for(loop->root, -EINTR);
	else
		async__cancel_all(loop);
}

static void check_children(struct async_loop *loop, struct async__signals *signals)
{
	struct async__wait *queue = &signals->children, *wait = queue->next;
	int value;

	while (wait && wait != queue) {
		value = async__process_reap(wait->what);
		if (value == -EAGAIN) {
			wait = wait->next;
			continue;
		}
		end(loop, wait, value);
		wait = queue->next;
	}
}

static void arrive(struct async_loop *loop, struct async__signals *signals, int number)
{
	bool got = tell_streams(loop, signals, number);

	got |= wake_waiters(loop, signals, number);
	if (number == SIGCHLD)
		check_children(loop, signals);
	if (signals->shutdown & BIT(number))
		shut_down(loop, signals, number);
	else if (!got)
		signals->missed |= signals->held & BIT(number);
}

static void run(struct async_loop *loop, struct async__message *message)
{
	struct watch *watch = async__container(message, struct watch, message);
	uint64_t arrived;

	atomic_store(&watch->sent, false);
	arrived = atomic_exchange(&watch->arrived, 0);
	while (arrived && loop->signals)
		arrive(loop, loop->signals, lowest(&arrived));
}

/* One wait */

static const struct async__op wait_op = ASYNC__OP(wait_op, "async_signal_wait", NULL, wait_cancel);

/* A signal that came before, or -EAGAIN once the list is held. */
static int wait_now(struct async_loop *loop, const int *list)
{
	uint64_t mask, missed;
	int number, error = mask_of(list, &mask);

	if (!error)
		error = hold(loop, mask);
	if (error)
		return error;
	missed = loop->signals->missed & mask;
	if (!missed)
		return -EAGAIN;
	number = lowest(&missed);
	loop->signals->missed &= ~BIT(number);
	return number;
}

struct async_result_int async__signal_wait_start(const int *list) ASYNC__NAME(async__signal_wait);

ASYNC__EXPORT struct async_result_int async__signal_wait_start(const int *list)
{
	struct async_loop *loop = async__loop;
	int value = async__is_cancelled(loop->current) ? -ECANCELED : wait_now(loop, list);

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	enqueue(loop, &loop->signals->waiters, loop->current, list);
	return (struct async_result_int){async__suspend(loop->current, &wait_op), 0};
}

static int wait_case_try(struct async_case *self)
{
	return wait_now(async__loop, self->object);
}

static void wait_case_wait(struct async_case *self)
{
	struct async_loop *loop = async__loop;

	enqueue(loop, &loop->signals->waiters, &self->u.proxy.task, self->object);
}

ASYNC__EXPORT const struct async__case_kind async__on_signal = {wait_case_try, wait_case_wait,
								case_leave, NULL};

void async__child_enqueue(struct async_loop *loop, struct async_task *task,
			  struct async_process *process)
{
	enqueue(loop, &loop->signals->children, task, process);
}

void async__child_leave(struct async_task *task)
{
	leave(task);
}

void async__child_forget(struct async_loop *loop, struct async_process *process)
{
	struct async__wait *queue, *wait;

	if (!loop->signals)
		return;
	queue = &loop->signals->children;
	for (wait = queue->next; wait && wait != queue;) {
		if (wait->what != process) {
			wait = wait->next;
			continue;
		}
		end(loop, wait, -EBADF);
		wait = queue->next;
	}
}

/* Streams */

ASYNC__EXPORT int async__signals_open(struct async_signals *stream, const int *list)
{
	struct async_loop *loop = async__loop_get();
	int error = -ENOMEM;

	*stream = (struct async_signals){0};
	if (!loop)
		return error;
	error = mask_of(list, &stream->signals);
	if (!error)
		error = signals_get(loop);
	if (error)
		goto fail;
	stream->next = loop->signals->streams;
	loop->signals->streams = stream;
	error = adjust(loop->signals);
	if (!error)
		return 0;
	async_signals_close(stream);
fail:
	stream->signals = 0;
	return error;
}

ASYNC__EXPORT void async_signals_close(struct async_signals *stream)
{
	struct async_loop *loop = async__loop;
	struct async_signals **link;
	struct async__wait *first;

	if (!stream->signals)
		return;
	while (stream->waiters.next && (first = async__wait_first(&stream->waiters)))
		end(loop, first, -EBADF);
	for (link = &loop->signals->streams; *link != stream; link = &(*link)->next)
		;
	*link = stream->next;
	stream->signals = 0;
	adjust(loop->signals);
}

static const struct async__op next_op = ASYNC__OP(next_op, "async_signals_next", NULL, wait_cancel);

static int next_now(struct async_signals *stream)
{
	if (!stream->signals)
		return -EBADF;
	return stream->arrived ? lowest(&stream->arrived) : -EAGAIN;
}

struct async_result_int async__signals_next(struct async_signals *stream)
	ASYNC__NAME(async_signals_next);

ASYNC__EXPORT struct async_result_int async__signals_next(struct async_signals *stream)
{
	struct async_loop *loop = async__loop;
	int value = async__is_cancelled(loop->current) ? -ECANCELED : next_now(stream);

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	enqueue(loop, &stream->waiters, loop->current, PLAIN);
	return (struct async_result_int){async__suspend(loop->current, &next_op), 0};
}

static int next_case_try(struct async_case *self)
{
	return next_now(self->object);
}

static void next_case_wait(struct async_case *self)
{
	struct async_signals *stream = self->object;

	enqueue(async__loop, &stream->waiters, &self->u.proxy.task, PLAIN);
}

ASYNC__EXPORT const struct async__case_kind async__on_next_signal = {next_case_try, next_case_wait,
								     case_leave, NULL};

/* Shutdown */

ASYNC__EXPORT int async__shutdown_on(const int *list)
{
	struct async_loop *loop = async__loop_get();
	uint64_t mask;
	int error = mask_of(list, &mask);

	if (!error && !loop)
		error = -ENOMEM;
	if (!error)
		error = hold(loop, mask);
	if (error)
		return error;
	loop->signals->shutdown |= mask;
	loop->signals->shutdown_signal = 0;
	atomic_fetch_or(&fatal, mask);
	return 0;
}

ASYNC__EXPORT int async_shutdown_signal(void)
{
	struct async_loop *loop = async__loop;

	return loop && loop->signals ? loop->signals->shutdown_signal : 0;
}

/* The loop */

void async__signals_end(struct async_loop *loop)
{
	struct async__signals *signals = loop->signals;

	signals->held = signals->missed = signals->shutdown = 0;
	adjust(signals);
}

void async__signals_close(struct async_loop *loop)
{
	struct async__signals *signals = loop->signals;

	if (!signals)
		return;
	signals->streams = NULL;
	async__signals_end(loop);
	/* No handler that begins now wants it. */
	while (atomic_load(&handlers) && loop->process == getpid())
		sched_yield();
	if (!atomic_load(&signals->watch->sent))
		atomic_store(&signals->watch->loop, NULL);
	loop->signals = NULL;
	free(signals);
}

/* The other threads' loops are not in this process. */
void async__signals_renew(struct async_loop *loop)
{
	struct watch *watch;

	pthread_mutex_init(&actions.lock, NULL);
	atomic_store(&handlers, 0);
	for (watch = atomic_load(&watches); watch; watch = watch->next)
		if (atomic_load(&watch->loop) != loop)
			atomic_store(&watch->loop, NULL);
}
