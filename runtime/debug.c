/* Debug mode: what is likely to be a mistake is said on standard error, and what is sure to
 * be one stops the program. It is on with ASYNC_DEBUG=1 in the environment, or in a library
 * built for it.
 *
 * The storage of tasks that have ended is not used again for a while, so that a handle used
 * twice is known for what it is.
 */
#include "internal.h"

#include <string.h>

#define SLOW_MS 100
#define KEPT 1024
#define DEPTH 16

bool async__debug;

struct async__debugger {
	struct async_task *kept[KEPT]; /* freed, in a ring */
	size_t next;
};

static bool wanted(void)
{
	const char *value = getenv("ASYNC_DEBUG");

#ifdef ASYNC_DEBUG_DEFAULT
	return !value || strcmp(value, "0") != 0;
#else
	return value && strcmp(value, "1") == 0;
#endif
}

void async__debug_open(struct async_loop *loop)
{
	const char *ms = getenv("ASYNC_SLOW_MS");

	if (!wanted())
		return;
	loop->debugger = calloc(1, sizeof *loop->debugger);
	if (!loop->debugger)
		return;
	__atomic_store_n(&async__debug, true, __ATOMIC_RELAXED);
	loop->careful |= ASYNC__DEBUGGED;
	loop->full_fuel = 0;
	loop->slow_step = (ms ? strtoull(ms, NULL, 10) : SLOW_MS) * 1000000;
	loop->timed = loop->slow_step != 0;
}

void async__debug_close(struct async_loop *loop)
{
	free(loop->debugger);
	loop->debugger = NULL;
}

/* Keeps the storage of a task, and gives that of an older one to be used again, or NULL. */
struct async_task *async__debug_keep(struct async_loop *loop, struct async_task *task)
{
	struct async_task **place = &loop->debugger->kept[loop->debugger->next++ % KEPT];
	struct async_task *oldest = *place;

	*place = task;
	return oldest;
}

void async__debug_check(const struct async_task *task, const char *function)
{
	if (async__storage_has(&async__loop->storage, task))
		return;
	fprintf(stderr, "asyncc: %s: task %p belongs to another thread, or is no task\n", function,
		(const void *)task);
	abort();
}

/* Called with the queue's owner unknown: a task of another thread waits in it. */
void async__debug_check_waiter(const struct async_task *task)
{
	if (task->flags & ASYNC__CASE || async__storage_has(&async__loop->storage, task))
		return;
	fprintf(stderr,
		"asyncc: task %p waits on another thread than the one that wakes it: use the "
		"shared forms between threads\n",
		(const void *)task);
	abort();
}

static void say_task(const char *what, const struct async_task *task)
{
	fprintf(stderr, "asyncc: %s:\n", what);
	async__dump_task(async__loop, task, stderr);
}

void async__debug_closed(int fd, const struct async_task *waiter)
{
	char what[96];

	if (waiter->flags & ASYNC__CASE)
		return;
	snprintf(what, sizeof what, "descriptor %d is closed while this task waits for it", fd);
	say_task(what, waiter);
}

void async__debug_lost(int fd)
{
	fprintf(stderr,
		"asyncc: descriptor %d was closed without async_close or async_release_fd\n", fd);
}

static void left_visit(struct async_task *task, void *arg)
{
	const struct async_loop *loop = arg;

	if (task != loop->root && !(task->flags & ASYNC__ENDED))
		say_task("this task is still running at the end of async_run", task);
}

void async__debug_left(struct async_loop *loop)
{
	async__each_task(&loop->storage, left_visit, loop);
}

static void unjoined_visit(struct async_task *task, void *arg)
{
	const struct async_loop *loop = arg;

	if (task != loop->root && task->flags & ASYNC__ENDED)
		say_task("this task has neither been joined nor detached", task);
}

void async__debug_unjoined(struct async_loop *loop)
{
	async__each_task(&loop->storage, unjoined_visit, loop);
}

/* Where a step began; the task may be gone afterwards, the points are not. */
void async__debug_step_begin(const struct async_loop *loop, const struct async_task *task,
			     struct async__step *step)
{
	const struct async_frame *frame = task->op.caller;
	const char *name = async__name(task);

	(void)loop;
	step->task = task;
	snprintf(step->name, sizeof step->name, "%s", name ? name : "");
	step->depth = 0;
	while (step->depth < DEPTH - 1 && frame != &task->frame) {
		step->points[step->depth++] = frame->point;
		frame = frame->caller;
	}
	step->points[step->depth++] = task->frame.point;
}

/* A part of the library that is not async C has no place. */
static void say_point(const struct async_point *point, const char *what)
{
	if (point->line)
		fprintf(stderr, "  %s %s at %s:%u\n", what, point->fn->name, point->fn->file,
			(unsigned)point->line);
	else
		fprintf(stderr, "  after %s\n", point->fn->name);
}

void async__debug_step_end(const struct async__step *step, uint64_t ns)
{
	fprintf(stderr, "asyncc: slow step: task %p%s%s%s ran for %llu ms without a suspension\n",
		(const void *)step->task, *step->name ? " \"" : "", step->name,
		*step->name ? "\"" : "", (unsigned long long)(ns / 1000000));
	for (int i = 0; i < step->depth; i++)
		say_point(step->points[i],
			  i + 1 < step->depth ? "after the await in" : "spawned in");
}
