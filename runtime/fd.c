/* Reading, writing and closing descriptors.
 *
 * Sockets get MSG_DONTWAIT and MSG_NOSIGNAL with each call. Reading or writing all of a
 * buffer, and waiting with a time limit, are functions with frames of their own around the
 * single operations.
 */
#include "internal.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static bool may_tell_exhausted(const struct async__fd *state)
{
	const uint32_t mask = ASYNC__FD_TCP | ASYNC__FD_WATCHED | ASYNC__FD_STICKY;

	return (state->flags & mask) == (ASYNC__FD_TCP | ASYNC__FD_WATCHED);
}

static ssize_t note(struct async__fd *state, uint32_t maybe, ssize_t n, size_t len)
{
	if (n < 0)
		n = errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (n == -EAGAIN || (n > 0 && (size_t)n < len && may_tell_exhausted(state)))
		state->flags &= ~maybe;
	return n;
}

static size_t limit(struct async_loop *loop, int fd, int direction, size_t len)
{
	if (unlikely(loop->fds[fd].flags & ASYNC__FD_FAULTY))
		return async__fd_fault_limit(loop, fd, direction, len);
	return len;
}

static ssize_t attempt_read(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd;
	struct async__fd *state = &loop->fds[fd];
	size_t len = limit(loop, fd, 0, task->u.io.len);
	ssize_t n;

	do {
		if (state->flags & ASYNC__FD_SOCKET)
			n = ASYNC__CALL(recv(fd, task->u.io.buf, len, MSG_DONTWAIT));
		else
			n = ASYNC__CALL(read(fd, task->u.io.buf, len));
	} while (n < 0 && errno == EINTR);
	return note(state, ASYNC__FD_MAYBE_READ, n, len);
}

void async__quiet_begin(struct async__quiet *quiet)
{
	sigset_t pipe, pending;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &quiet->mask);
	sigpending(&pending);
	quiet->pending = sigismember(&pending, SIGPIPE) > 0;
}

void async__quiet_end(struct async__quiet *quiet, bool raised)
{
	static const struct timespec now = {0, 0};
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (raised && !quiet->pending)
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &quiet->mask, NULL);
}

ssize_t async__writev_quietly(int fd, const struct iovec *parts, int count)
{
	struct async__quiet quiet;
	ssize_t n;
	int error;

	async__quiet_begin(&quiet);
	n = writev(fd, parts, count);
	error = errno;
	async__quiet_end(&quiet, n < 0 && error == EPIPE);
	errno = error;
	return n;
}

static ssize_t attempt_write(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd;
	struct async__fd *state = &loop->fds[fd];
	size_t len = limit(loop, fd, 1, task->u.io.len);
	ssize_t n;

	do {
		if (state->flags & ASYNC__FD_SOCKET)
			n = ASYNC__CALL(send(fd, task->u.io.buf, len, MSG_DONTWAIT | MSG_NOSIGNAL));
		else
			n = ASYNC__CALL(
				async__writev_quietly(fd, &(struct iovec){task->u.io.buf, len}, 1));
	} while (n < 0 && errno == EINTR);
	return note(state, ASYNC__FD_MAYBE_WRITE, n, len);
}

static const struct async__fd_op read_op = {
	ASYNC__OP(read_op.op, "async_read", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_READABLE,
	.attempt = attempt_read,
	.of_file = async__file_read,
};

static const struct async__fd_op write_op = {
	ASYNC__OP(write_op.op, "async_write", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_WRITABLE,
	.attempt = attempt_write,
	.of_file = async__file_write,
};

ASYNC__EXPORT struct async_result_ssize async__read(int fd, void *buf, size_t len)
{
	return async__fd_start(&read_op, fd, buf, len);
}

ASYNC__EXPORT struct async_result_ssize async__write(int fd, const void *buf, size_t len)
{
	return async__fd_start(&write_op, fd, (void *)(uintptr_t)buf, len);
}

/* Several parts in one call. What the test kit lets through is of the first part that is not
 * empty. */
struct vector {
	struct msghdr message;
	struct iovec part;
	size_t len;
};

static void gather(struct async_loop *loop, struct async_task *task, int direction,
		   struct vector *vector)
{
	struct iovec *parts = task->u.io.buf;
	size_t count = task->u.io.len;

	if (unlikely(loop->fds[task->u.io.fd].flags & ASYNC__FD_FAULTY)) {
		while (count > 1 && !parts->iov_len) {
			parts++;
			count--;
		}
		vector->part = *parts;
		vector->part.iov_len = limit(loop, task->u.io.fd, direction, parts->iov_len);
		parts = &vector->part;
		count = 1;
	}
	vector->message = (struct msghdr){.msg_iov = parts, .msg_iovlen = count};
	vector->len = 0;
	for (size_t i = 0; i < count; i++)
		vector->len += parts[i].iov_len;
}

static ssize_t attempt_readv(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd;
	struct async__fd *state = &loop->fds[fd];
	struct vector vector;
	struct msghdr *message = &vector.message;
	ssize_t n;

	gather(loop, task, 0, &vector);
	do {
		if (state->flags & ASYNC__FD_SOCKET)
			n = ASYNC__CALL(recvmsg(fd, message, MSG_DONTWAIT));
		else
			n = ASYNC__CALL(readv(fd, message->msg_iov, (int)message->msg_iovlen));
	} while (n < 0 && errno == EINTR);
	return note(state, ASYNC__FD_MAYBE_READ, n, vector.len);
}

static ssize_t attempt_writev(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd;
	struct async__fd *state = &loop->fds[fd];
	struct vector vector;
	struct msghdr *message = &vector.message;
	int count;
	ssize_t n;

	gather(loop, task, 1, &vector);
	count = (int)message->msg_iovlen;
	do {
		if (state->flags & ASYNC__FD_SOCKET)
			n = ASYNC__CALL(sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL));
		else
			n = ASYNC__CALL(async__writev_quietly(fd, message->msg_iov, count));
	} while (n < 0 && errno == EINTR);
	return note(state, ASYNC__FD_MAYBE_WRITE, n, vector.len);
}

static const struct async__fd_op readv_op = {
	ASYNC__OP(readv_op.op, "async_readv", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_READABLE,
	.attempt = attempt_readv,
	.of_file = async__file_readv,
};

static const struct async__fd_op writev_op = {
	ASYNC__OP(writev_op.op, "async_writev", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_WRITABLE,
	.attempt = attempt_writev,
	.of_file = async__file_writev,
};

struct async_result_ssize async__readv(int fd, const struct iovec *parts, int count)
	ASYNC__NAME(async_readv);
struct async_result_ssize async__writev(int fd, const struct iovec *parts, int count)
	ASYNC__NAME(async_writev);

static struct async_result_ssize vector_start(const struct async__fd_op *op, int fd,
					      const struct iovec *parts, int count)
{
	if (count <= 0 || count > IOV_MAX)
		return async__done_ssize(async__loop, -EINVAL);
	return async__fd_start(op, fd, (void *)(uintptr_t)parts, (size_t)count);
}

ASYNC__EXPORT struct async_result_ssize async__readv(int fd, const struct iovec *parts, int count)
{
	return vector_start(&readv_op, fd, parts, count);
}

ASYNC__EXPORT struct async_result_ssize async__writev(int fd, const struct iovec *parts, int count)
{
	return vector_start(&writev_op, fd, parts, count);
}

static ssize_t sendfile_quietly(int out, const struct async__sendfile *what, size_t len)
{
	struct async__quiet quiet;
	ssize_t n;
	int error;

	async__quiet_begin(&quiet);
	n = sendfile(out, what->in, what->offset, len);
	error = errno;
	async__quiet_end(&quiet, n < 0 && error == EPIPE);
	errno = error;
	return n;
}

/* That less than asked for was sent may be due to the file's end. */
static ssize_t attempt_sendfile(struct async_loop *loop, struct async_task *task)
{
	int out = task->u.io.fd;
	const struct async__sendfile *what = task->u.io.buf;
	size_t len = limit(loop, out, 1, what->len);
	ssize_t n;

	do
		n = ASYNC__CALL(sendfile_quietly(out, what, len));
	while (n < 0 && errno == EINTR);
	return note(&loop->fds[out], ASYNC__FD_MAYBE_WRITE, n, 0);
}

static const struct async__fd_op sendfile_op = {
	ASYNC__OP(sendfile_op.op, "async_sendfile", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_WRITABLE,
	.attempt = attempt_sendfile,
};

struct async_result_ssize async__sendfile_start(int out, struct async__sendfile *what)
	ASYNC__NAME(async__sendfile);

struct async_result_ssize async__sendfile_start(int out, struct async__sendfile *what)
{
	int error = async__fd_nonblock(async__loop, out);

	if (error)
		return async__done_ssize(async__loop, error);
	return async__fd_start(&sendfile_op, out, what, 0);
}

struct async_result_int async__checkpoint_start(void) ASYNC__NAME(async__checkpoint);

struct async_result_int async__checkpoint_start(void)
{
	struct async_loop *loop = async__loop;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	return async__later_int(loop, 0);
}

ASYNC__EXPORT struct async_result_int async__close(int fd)
{
	struct async_loop *loop = async__loop;
	bool written = (uint32_t)fd < loop->fd_count && loop->fds[fd].flags & ASYNC__FD_WRITTEN;

	async__fd_forget(loop, fd);
	if (written)
		return async__file_close(fd);
	return async__done_int(loop, close(fd) ? -errno : 0);
}

/* The conditions that hold, of those wanted. The bits of epoll(7) are those of poll(2). */
static int conditions(uint32_t events, int wanted)
{
	int found = 0;

	if (events & (POLLIN | POLLPRI | POLLRDHUP | POLLERR | POLLHUP))
		found |= ASYNC_READABLE;
	if (events & (POLLOUT | POLLERR | POLLHUP))
		found |= ASYNC_WRITABLE;
	found &= wanted;
	return found ? found : -EAGAIN;
}

static int look(int fd, int events)
{
	struct pollfd poller = {.fd = fd};

	if (events & ASYNC_READABLE)
		poller.events |= POLLIN | POLLPRI | POLLRDHUP;
	if (events & ASYNC_WRITABLE)
		poller.events |= POLLOUT;
	if (poll(&poller, 1, 0) < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (poller.revents & POLLNVAL)
		return -EBADF;
	return conditions((uint32_t)poller.revents, events);
}

/* The events at hand tell what holds now. */
static ssize_t attempt_wait(struct async_loop *loop, struct async_task *task)
{
	return conditions(loop->fd_events, task->u.io.events);
}

static const struct async__fd_op wait_op = {
	ASYNC__OP(wait_op.op, "async_wait_fd", NULL, async__fd_cancel),
	.attempt = attempt_wait,
};

static ssize_t wait_start(struct async_loop *loop, int fd, int events)
{
	struct async_task *task = loop->current;
	ssize_t value;

	if (fd < 0)
		return -EBADF;
	task->u.io.fd = fd;
	task->u.io.events = events;
	value = look(fd, events);
	if (value != -EAGAIN)
		return value;
	value = async__fd_place(loop, fd);
	if (value)
		return value;
	for (int i = 0; i < 2; i++)
		if (events & (ASYNC_READABLE << i) && loop->fds[fd].waiter[i])
			return -EBUSY;
	value = async__fd_wait(loop, &wait_op);
	return value ? value : -EAGAIN;
}

struct async_result_int async__wait_fd(int fd, int events) ASYNC__NAME(async_wait_fd);

ASYNC__EXPORT struct async_result_int async__wait_fd(int fd, int events)
{
	struct async_loop *loop = async__loop;
	ssize_t value;

	if (!events || events & ~(ASYNC_READABLE | ASYNC_WRITABLE))
		return (struct async_result_int){NULL, -EINVAL};
	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	value = wait_start(loop, fd, events);
	if (value == -EAGAIN)
		return (struct async_result_int){&loop->current->op, 0};
	return async__done_int(loop, (int)value);
}

/* For async_select: the descriptor's number, with the proxy for the task. As a wait may fail
 * to be set up, the attempt does that too. */

static int in_place_of(struct async_task *task, int fd, int events)
{
	struct async_loop *loop = async__loop;
	struct async_task *current = loop->current;
	int value;

	if (!events || events & ~(ASYNC_READABLE | ASYNC_WRITABLE))
		return -EINVAL;
	loop->current = task;
	value = (int)wait_start(loop, fd, events);
	loop->current = current;
	return value;
}

static int case_try(struct async_case *self)
{
	return in_place_of(&self->u.proxy.task, (int)self->number, (int)(uintptr_t)self->object);
}

static void case_leave(struct async_case *self)
{
	async__fd_leave(async__loop, &self->u.proxy.task);
}

ASYNC__EXPORT const struct async__case_kind async__on_fd = {case_try, NULL, case_leave, NULL};

/* Reads or writes all of a buffer. */
struct full {
	struct async_frame frame;
	ssize_t n; /* of the transfer awaited */
	char *buf;
	size_t left;
	size_t done;
	int fd;
	bool writing;
};

static struct async_frame *full_resume(struct async_frame *frame);

static const struct async__op read_full_op =
	ASYNC__FUNCTION(read_full_op, "async_read_full", struct full, n, full_resume);
static const struct async__op write_full_op =
	ASYNC__FUNCTION(write_full_op, "async_write_full", struct full, n, full_resume);

/* Goes on after a transfer of full->n bytes, until one has to wait. */
static struct async_result_ssize full_run(struct full *full)
{
	struct async_result_ssize transfer;

	while (full->n > 0) {
		full->done += (size_t)full->n;
		full->buf += full->n;
		full->left -= (size_t)full->n;
		if (!full->left)
			break;
		transfer = full->writing ? async__write(full->fd, full->buf, full->left)
					 : async__read(full->fd, full->buf, full->left);
		if (transfer.pending) {
			transfer.pending->caller = &full->frame;
			return transfer;
		}
		full->n = transfer.value;
	}
	return (struct async_result_ssize){NULL, full->n < 0 ? full->n : (ssize_t)full->done};
}

static struct async_frame *full_resume(struct async_frame *frame)
{
	struct full *full = (struct full *)(void *)frame;
	struct async_frame *caller = frame->caller;
	struct async_result_ssize result = full_run(full);

	if (result.pending)
		return NULL;
	*(ssize_t *)async__slot(caller) = result.value;
	async__frame_free(frame, sizeof *full);
	return caller;
}

static struct async_result_ssize full_start(struct full *full, struct async_result_ssize transfer)
{
	struct async_result_ssize result;

	if (transfer.pending) {
		transfer.pending->caller = &full->frame;
		return (struct async_result_ssize){&full->frame, 0};
	}
	full->n = transfer.value;
	result = full_run(full);
	if (result.pending)
		return (struct async_result_ssize){&full->frame, 0};
	async__frame_free(&full->frame, sizeof *full);
	return result;
}

static struct full *full_new(const struct async__op *op, int fd, const void *buf, size_t len)
{
	struct full *full = (struct full *)(void *)async__frame_try(sizeof *full);

	if (!full)
		return NULL;
	*full = (struct full){
		.frame.point = &op->point,
		.buf = (char *)(uintptr_t)buf,
		.left = len,
		.fd = fd,
		.writing = op == &write_full_op,
	};
	return full;
}

struct async_result_ssize async__read_full(int fd, void *buf, size_t len)
	ASYNC__NAME(async_read_full);
struct async_result_ssize async__write_full(int fd, const void *buf, size_t len)
	ASYNC__NAME(async_write_full);

ASYNC__EXPORT struct async_result_ssize async__read_full(int fd, void *buf, size_t len)
{
	struct full *full = full_new(&read_full_op, fd, buf, len);

	if (!full)
		return async__done_ssize(async__loop, -ENOMEM);
	return full_start(full, async__read(fd, buf, len));
}

ASYNC__EXPORT struct async_result_ssize async__write_full(int fd, const void *buf, size_t len)
{
	struct full *full = full_new(&write_full_op, fd, buf, len);

	if (!full)
		return async__done_ssize(async__loop, -ENOMEM);
	return full_start(full, async__write(fd, buf, len));
}

/* An operation that an alarm cancels. */
struct timed {
	struct async_frame frame;
	ssize_t n;
	struct async_task *task;
	bool rang;
	struct async__alarm alarm;
};

static ssize_t timed_value(const struct timed *timed)
{
	if (timed->n == -ECANCELED && timed->rang && !async__is_cancelled(timed->task))
		return -ETIMEDOUT;
	return timed->n;
}

static struct async_frame *timed_resume(struct async_frame *frame)
{
	struct timed *timed = (struct timed *)(void *)frame;
	struct async_frame *caller = frame->caller;

	if (!timed->rang)
		async__timer_remove(&async__loop->wheel, &timed->alarm.timer);
	*(ssize_t *)async__slot(caller) = timed_value(timed);
	async__frame_free(frame, sizeof *timed);
	return caller;
}

static const struct async__op read_timeout_op =
	ASYNC__FUNCTION(read_timeout_op, "async_read_timeout", struct timed, n, timed_resume);

/* The operation may have completed already, and its task be ready. */
static void timed_ring(struct async__alarm *alarm)
{
	struct timed *timed = async__container(alarm, struct timed, alarm);
	struct async_frame *op = &timed->task->op;
	void (*cancel)(struct async_frame *) = op->point->fn->cancel;

	timed->rang = true;
	if (cancel)
		cancel(op);
}

struct async_result_ssize async__read_timeout(int fd, void *buf, size_t len, int64_t ms)
	ASYNC__NAME(async_read_timeout);

ASYNC__EXPORT struct async_result_ssize async__read_timeout(int fd, void *buf, size_t len,
							    int64_t ms)
{
	struct async_loop *loop = async__loop;
	struct async_result_ssize result;
	struct timed *timed;

	if (ms < 0)
		return async__read(fd, buf, len);
	timed = (struct timed *)(void *)async__frame_try(sizeof *timed);
	if (!timed)
		return async__done_ssize(loop, -ENOMEM);
	result = async__read(fd, buf, len);
	if (!result.pending) {
		async__frame_free(&timed->frame, sizeof *timed);
		return result;
	}
	timed->frame.point = &read_timeout_op.point;
	timed->task = loop->current;
	timed->rang = false;
	timed->alarm.ring = timed_ring;
	async__alarm_set(loop, &timed->alarm, ms);
	result.pending->caller = &timed->frame;
	result.pending = &timed->frame;
	return result;
}
