/* The event loop of a thread: its life, and the order in which things are done.
 *
 * A turn runs some of the ready tasks, first come, first served; then timers that are
 * due, wake-ups from other threads, and events of descriptors make more tasks ready. Only
 * when none is ready does the loop wait.
 */
#include "internal.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Tasks run between two looks at the clock and at descriptors. */
#define TURN 64
/* Operations that may succeed in a row without letting other tasks run. */
#define BUDGET 64
/* The same for those that are done inline, by all tasks of a turn. */
#define FUEL 256

static struct async__here nowhere = {.careful = ASYNC__NO_LOOP};

__thread struct async_loop *async__loop;
__thread struct async__here *async__here ASYNC__EXPORT = &nowhere;
__thread int async__fuel ASYNC__EXPORT;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

/* Tasks that were spawned, but never run. */
static void forget_visit(struct async_task *task, void *arg)
{
	(void)arg;
	if (task->extra)
		async__extra_free(task);
}

static void loop_free(void *arg)
{
	struct async_loop *loop = arg;

	async__loop = loop;
	async__ring_close(loop);
	async__signals_close(loop);
	async__wake_close(loop);
	async__poll_close(loop);
	async__kit_close(loop);
	async__debug_close(loop);
	async__each_task(&loop->storage, forget_visit, NULL);
	async__storage_free(&loop->storage);
	free(loop->extras);
	free(loop);
	async__loop = NULL;
	async__here = &nowhere;
}

/* The child of a fork has copies of all tasks of the thread that forked, and the loop gets
 * descriptors of its own: the parent's epoll would tell either process what the other waits
 * for. Other threads do not exist in it. */
static void child_begins(void)
{
	struct async_loop *loop = async__loop;

	if (!loop)
		return;
	loop->process = getpid();
	atomic_store(&loop->posters, 0);
	async__poll_renew(loop);
	async__wake_renew(loop);
	async__ring_renew(loop);
	async__signals_renew(loop);
}

static void key_make(void)
{
	key_made = pthread_key_create(&key, loop_free) == 0 &&
		   pthread_atfork(NULL, NULL, child_begins) == 0;
}

/* The main thread ends without running the destructors of its keys. */
__attribute__((destructor)) static void process_ends(void)
{
	struct async_loop *loop = async__loop;

	if (!loop || loop->running)
		return;
	pthread_setspecific(key, NULL);
	loop_free(loop);
}

int async__full_fuel(const struct async_loop *loop)
{
	return loop->full_budget > 1 && !loop->debugger ? FUEL : 0;
}

struct async_loop *async__loop_new(void)
{
	const char *force = getenv("ASYNC_FORCE_SUSPEND");
	const char *seed = getenv("ASYNC_SEED");
	struct async_loop *loop;

	pthread_once(&key_once, key_make);
	if (!key_made)
		return NULL;
	async__faults_begin();
	loop = async__alloc_zero(sizeof *loop);
	if (!loop)
		return NULL;
	if (pthread_setspecific(key, loop)) {
		free(loop);
		return NULL;
	}
	loop->ready_last = &loop->ready_first;
	loop->full_budget = force && !strcmp(force, "1") ? 1 : BUDGET;
	loop->budget = loop->full_budget;
	loop->full_fuel = async__full_fuel(loop);
	loop->process = getpid();
	loop->epoll = -1;
	loop->wake_fd = -1;
	async__storage_init(&loop->storage);
	if (async__faults.allocations)
		loop->careful |= ASYNC__FAULTS;
	if (seed)
		async__seed(loop, strtoull(seed, NULL, 0));
	async__loop = loop;
	async__here = &loop->here;
	async__debug_open(loop);
	return loop;
}

static inline void resume(struct async_task *task)
{
	struct async_frame *frame = task->op.caller;

	while ((frame = frame->point->resume(frame)))
		task->op.caller = frame;
}

/* Without fuel, so that every operation finds out. */
__attribute__((noinline)) static void run_cancelled(struct async_loop *loop,
						    struct async_task *task)
{
	async__fuel = 0;
	if (task->op.point == &async__yield_op.point)
		*(int *)async__slot(task->op.caller) = -ECANCELED;
	resume(task);
	async__fuel = loop->full_fuel;
}

static inline __attribute__((always_inline)) void run_task(struct async_loop *loop,
							   struct async_task *task)
{
	loop->current = task;
	if (likely(!async__is_cancelled(task)))
		resume(task);
	else
		run_cancelled(loop, task);
}

void async__run_within(struct async_loop *loop, struct async_task *task)
{
	struct async_task *outer = loop->current;

	loop->depth++;
	run_task(loop, task);
	loop->depth--;
	loop->current = outer;
	if (async__is_cancelled(outer))
		async__fuel = 0;
}

static void longest(uint64_t *most, uint64_t time)
{
	if (time > *most)
		*most = time;
}

static void run_timed(struct async_loop *loop, struct async_task *task)
{
	struct async__step step;
	uint64_t start = async__real_now(), time;

	if (loop->slow_step)
		async__debug_step_begin(loop, task, &step);
	longest(&loop->longest_delay, start - loop->collected);
	run_task(loop, task);
	time = async__real_now() - start;
	longest(&loop->longest_step, time);
	loop->busy += time;
	if (loop->slow_step && time > loop->slow_step)
		async__debug_step_end(&step, time);
}

static inline struct async_task *next_ready(struct async_loop *loop)
{
	struct async_task *task = loop->ready_first;

	loop->ready_first = task->u.next;
	if (!loop->ready_first)
		loop->ready_last = &loop->ready_first;
	return task;
}

/* With a seeded schedule, or with times measured. */
static void run_ready_specially(struct async_loop *loop)
{
	for (unsigned left = TURN; left && loop->ready_first; left--) {
		if (loop->random)
			async__shuffle(loop);
		async__fuel = loop->full_fuel;
		if (loop->timed)
			run_timed(loop, next_ready(loop));
		else
			run_task(loop, next_ready(loop));
		loop->steps++;
	}
}

static void run_ready(struct async_loop *loop)
{
	struct async_task *task = loop->ready_first, *next;
	unsigned left = TURN;

	while (left && task) {
		while ((next = task->u.next)) {
			loop->ready_first = next;
			run_task(loop, task);
			task = next;
			if (!--left)
				goto done;
		}
		loop->ready_first = NULL;
		loop->ready_last = &loop->ready_first;
		run_task(loop, task);
		task = loop->ready_first;
		left--;
	}
done:
	loop->steps += TURN - left;
}

static bool can_wait(const struct async_loop *loop)
{
	return loop->wheel.count || loop->io_waiting || loop->notify_waiting || loop->jobs ||
	       loop->shared;
}

static void run_some(struct async_loop *loop)
{
	loop->turns++;
	async__fuel = loop->full_fuel;
	if (unlikely(loop->timed))
		loop->collected = async__real_now();
	if (unlikely(loop->timed || loop->random))
		run_ready_specially(loop);
	else
		run_ready(loop);
	loop->current = NULL;
	async__fuel = 0;
	async__timer_run(loop);
	async__wake_run(loop);
	if (unlikely(loop->ring != NULL))
		async__ring_run(loop);
}

/* Time jumps to the next timer when nothing else can happen. */
static void wait_virtually(struct async_loop *loop)
{
	uint64_t next = async__timer_next(&loop->wheel);

	async__poll(loop, next == ASYNC__NEVER || loop->jobs ? ASYNC__NEVER : 0);
	if (loop->ready_first || async__woken(loop) || next == ASYNC__NEVER || loop->jobs)
		return;
	if (next > loop->virtual_now)
		loop->virtual_now = next;
}

/* One turn; false when no task can ever run again. */
static bool turn(struct async_loop *loop)
{
	run_some(loop);
	if (loop->ready_first) {
		if (loop->io_waiting)
			async__poll(loop, 0);
		return true;
	}
	if (!async__live(loop))
		return true;
	if (!can_wait(loop))
		return false;
	if (unlikely(loop->virtual_now))
		wait_virtually(loop);
	else
		async__poll(loop, async__timer_next(&loop->wheel));
	return true;
}

static void abandon_visit(struct async_task *task, void *arg)
{
	async__task_free(arg, task);
}

/* The tasks left are cancelled and wait for each other: nothing can be done for them. */
static void abandon(struct async_loop *loop)
{
	async__each_task(&loop->storage, abandon_visit, loop);
	loop->ended = loop->freed = loop->spawned;
}

/* Nothing can wake the tasks that are left: reports them, and cancels them so that they
 * may end. */
static bool deadlock(struct async_loop *loop)
{
	fputs("asyncc: deadlock: nothing is left that could wake these tasks\n", stderr);
	async__dump(loop, stderr);
	if (loop->careful & ASYNC__CLOSING)
		return false;
	async__cancel_all(loop);
	return true;
}

static int run_all(struct async_loop *loop)
{
	int error = 0;

	while (async__live(loop)) {
		if (turn(loop))
			continue;
		if (!(loop->root->flags & ASYNC__ENDED))
			error = -EDEADLK;
		if (!deadlock(loop))
			break;
	}
	return error;
}

static void unjoined_visit(struct async_task *task, void *arg)
{
	struct async_loop *loop = arg;

	if (task->flags & ASYNC__ENDED)
		async__task_drop(loop, task);
}

static void store_error(void *value, size_t size, int error)
{
	if (size == 1)
		*(int8_t *)value = (int8_t)error;
	else if (size == 2)
		*(int16_t *)value = (int16_t)error;
	else if (size == 4)
		*(int32_t *)value = error;
	else if (size == 8)
		*(int64_t *)value = error;
}

static int fail(void *value, size_t error_size, int error)
{
	if (!error_size) {
		fprintf(stderr, "asyncc: async_run: %s\n", strerror(-error));
		abort();
	}
	store_error(value, error_size, error);
	return error;
}

static int run(struct async_loop *loop, struct async_task *root, void *value)
{
	int error;

	loop->running = true;
	loop->root = root;
	root->flags &= (uint8_t)~ASYNC__PLAIN;
	async__task_start(root);
	error = run_all(loop);
	if (!error)
		memcpy(value, (char *)root + root->frame.point->result, async__value_size(root));
	if (loop->debugger && async__unjoined(loop) > 1)
		async__debug_unjoined(loop);
	if (async__live(loop))
		abandon(loop);
	else if (async__unjoined(loop))
		async__each_task(&loop->storage, unjoined_visit, loop);
	if (loop->signals)
		async__signals_end(loop);
	loop->root = NULL;
	loop->running = false;
	loop->careful &= ~(uint32_t)ASYNC__CLOSING;
	return error;
}

/* For hosts with loops of their own: between the calls, the loop counts as asleep, so that
 * posts from other threads make its descriptor readable. */

ASYNC__EXPORT int async_loop_fd(void)
{
	struct async_loop *loop = async__loop_get();
	int error;

	if (!loop)
		return -ENOMEM;
	error = async__poll_open(loop);
	if (!error)
		error = async__wake_open(loop);
	return error ? error : loop->epoll;
}

ASYNC__EXPORT uint64_t async_loop_deadline(void)
{
	struct async_loop *loop = async__loop;
	uint64_t next;

	if (!loop)
		return ASYNC__NEVER;
	if (loop->ready_first || async__woken(loop))
		return 0;
	next = async__timer_next(&loop->wheel);
	return unlikely(loop->ring != NULL) ? async__ring_deadline(loop->ring, next) : next;
}

ASYNC__EXPORT int async_loop_run_once(void)
{
	int fd = async_loop_fd();
	struct async_loop *loop = async__loop;

	if (fd < 0)
		return fd;
	if (loop->running)
		return -EBUSY;
	loop->running = true;
	async__poll(loop, 0);
	run_some(loop);
	atomic_store(&loop->sleeping, true);
	loop->running = false;
	return async__live(loop) < INT_MAX ? (int)async__live(loop) : INT_MAX;
}

ASYNC__EXPORT void async_get_metrics(struct async_metrics *metrics)
{
	const struct async_loop *loop = async__loop;

	*metrics = (struct async_metrics){0};
	if (!loop)
		return;
	*metrics = (struct async_metrics){
		.tasks = async__live(loop),
		.spawned = loop->spawned,
		.steps = loop->steps,
		.turns = loop->turns,
		.polls = loop->polls,
		.events = loop->events,
		.wakeups = loop->wakeups,
		.descriptor_waits = loop->io_waiting,
		.timers = loop->wheel.count,
		.jobs = loop->jobs,
		.busy = loop->busy,
		.longest_step = loop->longest_step,
		.longest_delay = loop->longest_delay,
	};
}

ASYNC__EXPORT int async_measure_time(bool on)
{
	struct async_loop *loop = async__loop_get();

	if (!loop)
		return -ENOMEM;
	loop->timed = on || loop->slow_step;
	loop->collected = async__real_now();
	loop->longest_step = loop->longest_delay = 0;
	return 0;
}

ASYNC__EXPORT int async__run(struct async_task *task, void *value, size_t error_size)
{
	struct async_loop *loop = async__loop;
	int error;

	if (loop && loop->running)
		async__fatal("async_run called while the thread's loop runs: await instead");
	if (!task)
		return fail(value, error_size, -ENOMEM);
	error = async__poll_open(loop);
	if (error) {
		loop->spawned--;
		async__task_free(loop, task);
		return fail(value, error_size, error);
	}
	error = run(loop, task, value);
	return error ? fail(value, error_size, error) : 0;
}
