/* The list of tasks and what each waits for, read from the frames' descriptors.
 */
#include "internal.h"

static const char *state_of(const struct async_loop *loop, const struct async_task *task)
{
	if (task->flags & ASYNC__ENDED)
		return "ended";
	if (task == loop->current)
		return "running";
	if (task->frame.point->resume != async__task_end && task->op.caller == &task->frame)
		return "not started";
	return task->op.point == &async__ready_op.point ? "ready" : "waiting";
}

static void print_place(FILE *out, const struct async_point *point)
{
	if (point->line)
		fprintf(out, " at %s:%u", point->fn->file, (unsigned)point->line);
}

static void print_frame(FILE *out, unsigned n, const struct async_frame *frame)
{
	fprintf(out, "  #%u %s", n, frame->point->fn->name);
	print_place(out, frame->point);
	fputc('\n', out);
}

static void print_stack(const struct async_loop *loop, const struct async_task *task, FILE *out)
{
	const struct async_frame *frame;
	unsigned n = 0;

	if (task != loop->current && task->op.point != &async__ready_op.point) {
		fprintf(out, "  #%u %s", n++, task->op.point->fn->name);
		if (task->op.point == &async__join_op.point)
			fprintf(out, " of task %p", (void *)task->u.joined);
		fputc('\n', out);
	}
	for (frame = task->op.caller; frame != &task->frame; frame = frame->caller)
		print_frame(out, n++, frame);
}

struct dump {
	struct async_loop *loop;
	FILE *out;
};

void async__dump_task(const struct async_loop *loop, const struct async_task *task, FILE *out)
{
	const char *name = async__name(task);

	fprintf(out, "task %p%s%s%s: %s%s%s\n", (const void *)task, name ? " \"" : "",
		name ? name : "", name ? "\"" : "", state_of(loop, task),
		async__is_cancelled(task) ? ", cancelled" : "",
		task->flags & ASYNC__DETACHED ? ", detached" : "");
	if (!(task->flags & ASYNC__ENDED))
		print_stack(loop, task, out);
	if (task->frame.point->line) {
		fprintf(out, "  spawned");
		print_place(out, task->frame.point);
		fputc('\n', out);
	}
}

static void dump_task(struct async_task *task, void *arg)
{
	const struct dump *dump = arg;

	async__dump_task(dump->loop, task, dump->out);
}

void async__dump(struct async_loop *loop, FILE *out)
{
	struct dump dump = {loop, out};

	async__each_task(&loop->storage, dump_task, &dump);
}

ASYNC__EXPORT void async_dump_tasks(FILE *out)
{
	if (async__loop)
		async__dump(async__loop, out);
}
