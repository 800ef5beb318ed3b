/* Descriptors and epoll.
 *
 * A table indexed by descriptor says what is known of each. An operation tries its system
 * call first; the descriptor is registered with epoll, edge-triggered and for both
 * directions, when an operation first has to wait, and stays so. From then on the table
 * knows when a direction is exhausted (EAGAIN, or a short transfer on a TCP socket), and
 * the next operation waits without a system call. Events that come while nobody waits are
 * remembered the same way.
 *
 * A short read exhausts a socket only as long as every further change will raise an edge:
 * not when a hang-up or an error has been reported already, nor at urgent data, where
 * reads stop short. Unix sockets stop short at passed descriptors, so only TCP counts.
 * See epoll(7), questions 9 and 10.
 */
#include "internal.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define READ_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLPRI)
#define WATCHED_EVENTS (READ_EVENTS | EPOLLOUT | EPOLLET)
#define FIRST_TABLE 64
#define MAYBE (ASYNC__FD_MAYBE_READ | ASYNC__FD_MAYBE_WRITE)

int async__poll_open(struct async_loop *loop)
{
	if (loop->epoll >= 0)
		return 0;
	loop->epoll = ASYNC__CALL(epoll_create1(EPOLL_CLOEXEC));
	return loop->epoll < 0 ? -errno : 0;
}

static void block_again(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

void async__poll_close(struct async_loop *loop)
{
	/* Those that outlive the process, and that others may be using. */
	for (int fd = 0; fd <= STDERR_FILENO && (uint32_t)fd < loop->fd_count; fd++)
		if (loop->fds[fd].flags & ASYNC__FD_UNBLOCKED)
			block_again(fd);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->fds);
}

int async__fd_place(struct async_loop *loop, int fd)
{
	uint32_t count = loop->fd_count ? loop->fd_count : FIRST_TABLE;
	struct async__fd *fds;

	if ((uint32_t)fd < loop->fd_count)
		return 0;
	while (count <= (uint32_t)fd)
		count *= 2;
	fds = async__realloc(loop->fds, count * sizeof *fds);
	if (!fds)
		return -ENOMEM;
	memset(fds + loop->fd_count, 0, (count - loop->fd_count) * sizeof *fds);
	loop->fds = fds;
	loop->fd_count = count;
	return 0;
}

static int classify_file(int fd, uint32_t *flags)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode))
		*flags = ASYNC__FD_PLAIN;
	else
		*flags = 0;
	return 0;
}

static int classify(int fd, uint32_t *flags)
{
	int protocol;
	socklen_t len = sizeof protocol;

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0) {
		*flags = ASYNC__FD_SOCKET | (protocol == IPPROTO_TCP ? ASYNC__FD_TCP : 0);
		return 0;
	}
	return errno == ENOTSOCK ? classify_file(fd, flags) : -errno;
}

int async__fd_unblock(struct async_loop *loop, int fd)
{
	int mode = ASYNC__CALL(fcntl(fd, F_GETFL));

	if (mode < 0)
		return -errno;
	if (mode & O_NONBLOCK)
		return 0;
	if (ASYNC__CALL(fcntl(fd, F_SETFL, mode | O_NONBLOCK)))
		return -errno;
	loop->fds[fd].flags |= ASYNC__FD_UNBLOCKED;
	return 0;
}

int async__fd_nonblock(struct async_loop *loop, int fd)
{
	int error = async__fd_know(loop, fd);

	if (error || loop->fds[fd].flags & (ASYNC__FD_NONBLOCK | ASYNC__FD_PLAIN))
		return error;
	error = async__fd_unblock(loop, fd);
	if (!error)
		loop->fds[fd].flags |= ASYNC__FD_NONBLOCK;
	return error;
}

static inline bool is_known(const struct async_loop *loop, int fd)
{
	return likely((uint32_t)fd < loop->fd_count && loop->fds[fd].flags & ASYNC__FD_KNOWN);
}

int async__fd_know(struct async_loop *loop, int fd)
{
	uint32_t flags = 0;
	int error;

	if (is_known(loop, fd))
		return 0;
	error = classify(fd, &flags);
	if (!error)
		error = async__fd_place(loop, fd);
	if (!error && !(flags & (ASYNC__FD_SOCKET | ASYNC__FD_PLAIN)))
		error = async__fd_unblock(loop, fd);
	if (!error)
		loop->fds[fd].flags |= ASYNC__FD_KNOWN | MAYBE | flags;
	return error;
}

int async__fd_fresh(struct async_loop *loop, int fd, uint32_t flags)
{
	int error = async__fd_place(loop, fd);

	if (error)
		return error;
	async__fd_forget(loop, fd);
	loop->fds[fd].flags = ASYNC__FD_KNOWN | MAYBE | flags;
	return 0;
}

void async__fd_leave(struct async_loop *loop, struct async_task *task)
{
	struct async__fd *state = &loop->fds[task->u.io.fd];

	if (task->u.io.events & ASYNC_READABLE)
		state->waiter[0] = NULL;
	if (task->u.io.events & ASYNC_WRITABLE)
		state->waiter[1] = NULL;
	loop->io_waiting--;
}

static const struct async__fd_op *op_of(const struct async_task *task)
{
	return async__container(task->op.point, const struct async__fd_op, op.point);
}

static void wake(struct async_loop *loop, struct async_task *task, ssize_t value)
{
	bool wide = op_of(task)->wide;

	async__fd_leave(loop, task);
	if (wide)
		async__complete_ssize(loop, task, value);
	else
		async__end_int(loop, task, (int)value);
}

void async__fd_cancel(struct async_frame *op)
{
	wake(async__loop, async__op_task(op), -ECANCELED);
}

void async__fd_forget(struct async_loop *loop, int fd)
{
	struct async__fd *state;

	if ((uint32_t)fd >= loop->fd_count)
		return;
	state = &loop->fds[fd];
	for (int i = 0; i < 2; i++)
		if (state->waiter[i] && loop->debugger)
			async__debug_closed(fd, state->waiter[i]);
	for (int i = 0; i < 2; i++)
		if (state->waiter[i])
			wake(loop, state->waiter[i], -EBADF);
	if (state->flags & ASYNC__FD_UNBLOCKED)
		block_again(fd);
	if (unlikely(state->flags & ASYNC__FD_FAULTY))
		async__fd_fault_forget(loop, fd);
	state->flags = 0;
	state->generation++;
}

ASYNC__EXPORT void async_release_fd(int fd)
{
	struct async_loop *loop = async__loop;

	if (!loop || (uint32_t)fd >= loop->fd_count)
		return;
	if (loop->fds[fd].flags & ASYNC__FD_WATCHED)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	async__fd_forget(loop, fd);
}

/* A descriptor that is watched may have been closed and opened anew by a library. */
static int watch(struct async_loop *loop, int fd, uint32_t events)
{
	struct async__fd *state = &loop->fds[fd];
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)state->generation << 32 | (uint32_t)fd,
	};
	int first = EPOLL_CTL_ADD, second = EPOLL_CTL_MOD;

	if (state->flags & ASYNC__FD_WATCHED) {
		first = EPOLL_CTL_MOD;
		second = EPOLL_CTL_ADD;
	}
	if (ASYNC__CALL(epoll_ctl(loop->epoll, first, fd, &event))) {
		if (errno != EEXIST && errno != ENOENT)
			return -errno;
		if (loop->debugger && state->flags & ASYNC__FD_WATCHED)
			async__debug_lost(fd);
		if (epoll_ctl(loop->epoll, second, fd, &event))
			return -errno;
	}
	state->flags |= ASYNC__FD_WATCHED | ASYNC__FD_NARROW;
	if (events == WATCHED_EVENTS)
		state->flags &= ~(uint32_t)ASYNC__FD_NARROW;
	return 0;
}

/* A wait that registers the descriptor each time is told of nothing else: to be told at once
 * that there is room, as there nearly always is, would cost a turn of the loop. */
static uint32_t interest(const struct async__fd *state, const struct async__fd_op *op, int events)
{
	if (op->events || state->waiter[0] || state->waiter[1])
		return WATCHED_EVENTS;
	return EPOLLET | (events & ASYNC_READABLE ? (uint32_t)READ_EVENTS : 0) |
	       (events & ASYNC_WRITABLE ? (uint32_t)EPOLLOUT : 0);
}

int async__fd_wait(struct async_loop *loop, const struct async__fd_op *op)
{
	struct async_task *task = loop->current;
	struct async__fd *state = &loop->fds[task->u.io.fd];
	const uint32_t mask = ASYNC__FD_WATCHED | ASYNC__FD_NARROW;
	int error;

	if ((state->flags & mask) != ASYNC__FD_WATCHED || !op->events) {
		error = watch(loop, task->u.io.fd, interest(state, op, task->u.io.events));
		if (error)
			return error;
	}
	if (task->u.io.events & ASYNC_READABLE)
		state->waiter[0] = task;
	if (task->u.io.events & ASYNC_WRITABLE)
		state->waiter[1] = task;
	loop->io_waiting++;
	async__suspend(task, &op->op);
	return 0;
}

void async__poll_renew(struct async_loop *loop)
{
	int error = 0;

	if (loop->epoll < 0)
		return;
	close(loop->epoll);
	loop->epoll = -1;
	error = async__poll_open(loop);
	for (uint32_t fd = 0; fd < loop->fd_count && !error; fd++) {
		struct async__fd *state = &loop->fds[fd];

		if (!(state->flags & ASYNC__FD_WATCHED))
			continue;
		state->flags &= ~(uint32_t)ASYNC__FD_WATCHED;
		if (state->waiter[0] || state->waiter[1])
			error = watch(loop, (int)fd, WATCHED_EVENTS);
	}
	if (error)
		async__fatal("a forked process has no descriptors left for its loop");
}

static bool worth_trying(const struct async__fd *state, int events)
{
	return state->flags &
	       (events & ASYNC_READABLE ? ASYNC__FD_MAYBE_READ : ASYNC__FD_MAYBE_WRITE);
}

struct async_result_ssize async__fd_start(const struct async__fd_op *op, int fd, void *buf,
					  size_t len)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = loop->current;
	ssize_t value;

	if (async__is_cancelled(task))
		return async__done_with(loop, op->wide, -ECANCELED);
	value = is_known(loop, fd) ? 0 : async__fd_know(loop, fd);
	if (value)
		return async__done_with(loop, op->wide, value);
	if (loop->fds[fd].waiter[op->events == ASYNC_WRITABLE])
		return async__done_with(loop, op->wide, -EBUSY);
	if (unlikely(loop->fds[fd].flags & ASYNC__FD_FAULTY)) {
		value = async__fd_fault_error(loop, fd);
		if (value)
			return async__done_with(loop, op->wide, value);
	}
	if (unlikely(loop->fds[fd].flags & ASYNC__FD_PLAIN && op->of_file))
		return op->of_file(fd, buf, len);
	task->u.io.buf = buf;
	task->u.io.len = len;
	task->u.io.fd = fd;
	task->u.io.events = op->events;
	value = -EAGAIN;
	if (worth_trying(&loop->fds[fd], op->events))
		value = op->attempt(loop, task);
	if (value == -EAGAIN)
		value = async__fd_wait(loop, op);
	else
		return async__done_with(loop, op->wide, value);
	if (value)
		return async__done_with(loop, op->wide, value);
	return (struct async_result_ssize){&task->op, 0};
}

static void try_waiter(struct async_loop *loop, int fd, int i)
{
	struct async_task *task = loop->fds[fd].waiter[i];
	ssize_t value;

	if (!task)
		return;
	value = op_of(task)->attempt(loop, task);
	if (value != -EAGAIN)
		wake(loop, task, value);
}

static void handle(struct async_loop *loop, uint32_t events, uint64_t key)
{
	uint32_t fd = (uint32_t)key;
	struct async__fd *state;

	if (fd >= loop->fd_count || loop->fds[fd].generation != key >> 32)
		return;
	state = &loop->fds[fd];
	loop->fd_events = events;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
		state->flags |= ASYNC__FD_STICKY | ASYNC__FD_MAYBE_READ;
	if (events & (EPOLLHUP | EPOLLERR))
		state->flags |= ASYNC__FD_MAYBE_WRITE;
	if (events & EPOLLIN)
		state->flags |= ASYNC__FD_MAYBE_READ;
	if (events & EPOLLOUT)
		state->flags |= ASYNC__FD_MAYBE_WRITE;
	/* The table may move meanwhile. */
	if (state->flags & ASYNC__FD_MAYBE_READ)
		try_waiter(loop, (int)fd, 0);
	if (loop->fds[fd].flags & ASYNC__FD_MAYBE_WRITE)
		try_waiter(loop, (int)fd, 1);
}

static int epoll_ms(struct async_loop *loop, struct epoll_event *events, uint64_t deadline)
{
	uint64_t now, ms;

	if (deadline == ASYNC__NEVER)
		return epoll_wait(loop->epoll, events, EVENTS, -1);
	now = deadline ? async_now_ns() : 0;
	ms = deadline > now ? (deadline - now + 999999) / 1000000 : 0;
	return epoll_wait(loop->epoll, events, EVENTS, ms < INT32_MAX ? (int)ms : INT32_MAX);
}

/* epoll_pwait2 is in Linux 5.11 and later. */
static int epoll_ns(struct async_loop *loop, struct epoll_event *events, uint64_t deadline)
{
#ifdef SYS_epoll_pwait2
	static atomic_bool missing;
	uint64_t now, ns;
	struct timespec timeout;
	long count;

	if (deadline && deadline != ASYNC__NEVER &&
	    !atomic_load_explicit(&missing, memory_order_relaxed)) {
		now = async_now_ns();
		ns = deadline > now ? deadline - now : 0;
		timeout.tv_sec = (time_t)(ns / 1000000000);
		timeout.tv_nsec = (long)(ns % 1000000000);
		count = syscall(SYS_epoll_pwait2, loop->epoll, events, EVENTS, &timeout, NULL, 0);
		if (count >= 0 || errno != ENOSYS)
			return (int)count;
		atomic_store_explicit(&missing, true, memory_order_relaxed);
	}
#endif
	return epoll_ms(loop, events, deadline);
}

static bool has_job_ended(struct async_loop *loop)
{
	return async__woken(loop) || (loop->ring && async__ring_done(loop->ring));
}

/* Descriptors wait for that moment. */
static void look_for_ends(struct async_loop *loop, uint64_t now, uint64_t deadline)
{
	uint64_t end = now + ASYNC__SPIN_NS;

	if (end > deadline)
		end = deadline;
	while (!has_job_ended(loop) && async__real_now() < end)
		async__relax();
}

void async__poll(struct async_loop *loop, uint64_t deadline)
{
	bool waits = deadline && loop->jobs && async__may_spin();
	uint64_t began = waits ? async__real_now() : 0;
	struct epoll_event events[EVENTS];
	int count;

	if (unlikely(loop->ring != NULL))
		deadline = async__ring_deadline(loop->ring, deadline);
	if (waits && loop->brief_jobs)
		look_for_ends(loop, began, deadline);

	/* Posters write to wake_fd only while they see this flag; they post before they
	 * look at it, so one of the two sides sees the other. */
	if (deadline) {
		atomic_store(&loop->sleeping, true);
		if (has_job_ended(loop))
			deadline = 0;
	}
	count = epoll_ns(loop, events, deadline);
	loop->polls++;
	loop->events += count > 0 ? (unsigned)count : 0;
	atomic_store_explicit(&loop->sleeping, false, memory_order_relaxed);
	if (waits)
		loop->brief_jobs =
			has_job_ended(loop) && async__real_now() - began < ASYNC__BRIEF_NS;
	if (count < 0 && errno != EINTR)
		async__fatal("the loop's epoll descriptor does not work any more");
	for (int i = 0; i < count; i++)
		handle(loop, events[i].events, events[i].data.u64);
	if (unlikely(loop->ring != NULL))
		async__ring_reap(loop);
}
