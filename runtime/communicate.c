/* Feeding a process and taking what it writes, at the same time: whatever is possible is
 * done, then the ends that are still open are waited for.
 */
#include "internal.h"

#include <asyncc/process.h>

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FIRST_SIZE 4096
#define PIECE 65536
/* Times that every end may be served before other tasks are. */
#define ROUNDS 16

struct talk {
	struct async_frame frame;
	int value;    /* of what is awaited */
	bool waiting; /* for the end of the process, no longer for its pipes */
	struct async_process *process;
	const char *input;
	size_t left;
	struct async_output *to[2];
	struct async_case cases[3];
};

static void close_end(struct talk *talk, int *fd)
{
	struct async_process *process = talk->process;
	int number = *fd;
	bool shared =
		(process->in == number) + (process->out == number) + (process->err == number) > 1;

	/* The terminal stays open. */
	*fd = -1;
	if (shared)
		return;
	async__fd_forget(async__loop, number);
	close(number);
}

static int feed(struct talk *talk)
{
	struct iovec piece = {
		.iov_base = (char *)(uintptr_t)talk->input,
		.iov_len = talk->left < PIECE ? talk->left : PIECE,
	};
	int fd = talk->process->in;
	ssize_t n = 0;

	if (talk->left) {
		n = ASYNC__CALL(async__writev_quietly(fd, &piece, 1));
		if (n < 0)
			n = -errno;
	}
	if (n == -EPIPE || (n == -EIO && isatty(fd)))
		talk->left = 0;
	else if (n < 0)
		return (int)n;
	else
		talk->left -= (size_t)n;
	talk->input += n > 0 ? n : 0;
	if (!talk->left)
		close_end(talk, &talk->process->in);
	return 0;
}

static int make_room(struct async_output *output)
{
	size_t size = output->size ? output->size * 2 : FIRST_SIZE;
	char *data;

	if (output->size - output->len > FIRST_SIZE / 2)
		return 0;
	data = async__realloc(output->data, size);
	if (!data)
		return -ENOMEM;
	data[output->len] = '\0';
	output->data = data;
	output->size = size;
	return 0;
}

static ssize_t read_some(int fd, void *buf, size_t len)
{
	ssize_t n = ASYNC__CALL(read(fd, buf, len));

	if (n < 0)
		n = -errno;
	/* A terminal's other side is closed. */
	return n == -EIO && isatty(fd) ? 0 : n;
}

static ssize_t drop(int fd)
{
	char buf[4096];

	return read_some(fd, buf, sizeof buf);
}

static ssize_t take(int fd, struct async_output *output)
{
	size_t room;
	ssize_t n;

	if (output->limit && output->len >= output->limit) {
		n = drop(fd);
		return n > 0 ? -EFBIG : n;
	}
	if (make_room(output))
		return -ENOMEM;
	room = output->size - output->len - 1;
	if (output->limit && room > output->limit - output->len)
		room = output->limit - output->len;
	n = read_some(fd, output->data + output->len, room);
	if (n > 0) {
		output->len += (size_t)n;
		output->data[output->len] = '\0';
	}
	return n;
}

static int collect(struct talk *talk, int *fd, struct async_output *output)
{
	ssize_t n = output ? take(*fd, output) : drop(*fd);

	if (n == 0)
		close_end(talk, fd);
	return n < 0 ? (int)n : 0;
}

/* Serves each open end once. Gives 0 when something was possible, else -EAGAIN. */
static int serve(struct talk *talk)
{
	struct async_process *process = talk->process;
	int value = -EAGAIN, result;

	for (int i = 0; i < 3; i++) {
		int *fd = i == 0 ? &process->in : i == 1 ? &process->out : &process->err;

		if (*fd < 0 || (i == 2 && *fd == process->out))
			continue;
		result = i == 0 ? feed(talk) : collect(talk, fd, talk->to[i - 1]);
		if (result != -EAGAIN && result != -EINTR)
			value = result;
		if (value != -EAGAIN && value)
			break;
	}
	return value;
}

static size_t list_cases(struct talk *talk)
{
	const struct async_process *process = talk->process;
	const int fds[3] = {process->in, process->out,
			    process->err == process->out ? -1 : process->err};
	size_t count = 0;

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			talk->cases[count++] = (struct async_case)async_on_fd(
				fds[i], i ? ASYNC_READABLE : ASYNC_WRITABLE);
	return count;
}

/* The end of the process is all that is left to wait for. */
static struct async_result_int wait_for_end(struct talk *talk)
{
	talk->waiting = true;
	return async__process_wait(talk->process);
}

/* Goes on until something has to be waited for. */
static struct async_result_int talk_run(struct talk *talk)
{
	struct async_result_int result;
	size_t count;
	int value;

	for (;;) {
		value = 0;
		for (int i = 0; i < ROUNDS && !value; i++)
			value = serve(talk);
		count = list_cases(talk);
		if (value && value != -EAGAIN)
			return (struct async_result_int){NULL, value};
		if (!count)
			return wait_for_end(talk);
		result = async__select_start(NULL, talk->cases, count);
		if (result.pending || result.value < 0)
			return result;
	}
}

static struct async_frame *talk_resume(struct async_frame *frame)
{
	struct talk *talk = (struct talk *)(void *)frame;
	struct async_frame *caller = frame->caller;
	struct async_result_int result = {NULL, talk->value};

	if (!talk->waiting && talk->value >= 0)
		result = talk_run(talk);
	if (result.pending) {
		result.pending->caller = frame;
		return NULL;
	}
	*(int *)async__slot(caller) = result.value;
	async__frame_free(frame, sizeof *talk);
	return caller;
}

static const struct async__op talk_op =
	ASYNC__FUNCTION(talk_op, "async_process_communicate", struct talk, value, talk_resume);

struct async_result_int async__process_communicate(struct async_process *process, const void *input,
						   size_t len, struct async_output *out,
						   struct async_output *err)
	ASYNC__NAME(async_process_communicate);

ASYNC__EXPORT struct async_result_int async__process_communicate(struct async_process *process,
								 const void *input, size_t len,
								 struct async_output *out,
								 struct async_output *err)
{
	struct async_loop *loop = async__loop;
	struct async_result_int result;
	struct talk *talk;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (!process->started)
		return async__done_int(loop, -EINVAL);
	talk = (struct talk *)(void *)async__frame_try(sizeof *talk);
	if (!talk)
		return async__done_int(loop, -ENOMEM);
	*talk = (struct talk){
		.frame.point = &talk_op.point,
		.process = process,
		.input = input,
		.left = len,
		.to = {out, err},
	};
	result = talk_run(talk);
	if (!result.pending) {
		async__frame_free(&talk->frame, sizeof *talk);
		return result;
	}
	result.pending->caller = &talk->frame;
	return (struct async_result_int){&talk->frame, 0};
}
