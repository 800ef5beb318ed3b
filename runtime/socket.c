/* Sockets' own calls: accepting, connecting, and messages with addresses and ancillary
 * data, one or several at a time.
 */
#include "internal.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Errors of a connection that failed in the queue (accept(2)), not of the listening socket. */
static bool is_of_connection(int error)
{
	switch (error) {
	case ECONNABORTED:
	case EINTR:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return true;
	default:
		return false;
	}
}

static bool is_stream(int fd)
{
	int type = 0;
	socklen_t len = sizeof type;

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       (type == SOCK_STREAM || type == SOCK_SEQPACKET);
}

/* Of the errors of connections, EOPNOTSUPP is also that of a socket of the wrong type. */
static bool is_passed_over(int fd, int error)
{
	return is_of_connection(error) && (error != EOPNOTSUPP || is_stream(fd));
}

static ssize_t attempt_accept(struct async_loop *loop, struct async_task *task)
{
	struct async__fd *state = &loop->fds[task->u.io.fd];
	int fd, error;

	do
		fd = ASYNC__CALL(accept4(task->u.io.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	while (fd < 0 && is_passed_over(task->u.io.fd, errno));
	if (fd < 0) {
		error = errno == EWOULDBLOCK ? EAGAIN : errno;
		if (error == EAGAIN)
			state->flags &= ~(uint32_t)ASYNC__FD_MAYBE_READ;
		return -error;
	}
	error = async__fd_fresh(
		loop, fd, ASYNC__FD_NONBLOCK | (state->flags & (ASYNC__FD_SOCKET | ASYNC__FD_TCP)));
	if (error)
		close(fd);
	return error ? error : fd;
}

static const struct async__fd_op accept_op = {
	ASYNC__OP(accept_op.op, "async_accept", NULL, async__fd_cancel),
	.events = ASYNC_READABLE,
	.attempt = attempt_accept,
};

struct async_result_int async__accept(int fd) ASYNC__NAME(async_accept);

/* Unlike recv(2), accept4(2) has no flag for a single call that does not block. */
ASYNC__EXPORT struct async_result_int async__accept(int fd)
{
	int error = async__fd_nonblock(async__loop, fd);

	if (error)
		return async__done_int(async__loop, error);
	return async__narrow(async__fd_start(&accept_op, fd, NULL, 0));
}

/* The connection has been begun; it is decided when the socket is writable. */
static ssize_t attempt_connect(struct async_loop *loop, struct async_task *task)
{
	struct pollfd poller = {.fd = task->u.io.fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof error;
	int count;

	do
		count = ASYNC__CALL(poll(&poller, 1, 0));
	while (count < 0 && errno == EINTR);
	if (!count) {
		loop->fds[poller.fd].flags &= ~(uint32_t)ASYNC__FD_MAYBE_WRITE;
		return -EAGAIN;
	}
	if (ASYNC__CALL(getsockopt(poller.fd, SOL_SOCKET, SO_ERROR, &error, &len)))
		return -errno;
	return -error;
}

static const struct async__fd_op connect_op = {
	ASYNC__OP(connect_op.op, "async_connect", NULL, async__fd_cancel),
	.events = ASYNC_WRITABLE,
	.attempt = attempt_connect,
};

struct async_result_int async__connect(int fd, const struct sockaddr *address, socklen_t len)
	ASYNC__NAME(async_connect);

/* An interrupted call may have begun the connection; the next one tells. */
static int connect_now(int fd, const struct sockaddr *address, socklen_t len)
{
	bool again = false;
	int r;

	while ((r = ASYNC__CALL(connect(fd, address, len))) && errno == EINTR)
		again = true;
	if (!r || (again && errno == EISCONN))
		return 0;
	return again && errno == EALREADY ? -EINPROGRESS : -errno;
}

static int connect_begin(struct async_loop *loop, int fd, const struct sockaddr *address,
			 socklen_t len)
{
	int error;

	if (async__is_cancelled(loop->current))
		return -ECANCELED;
	error = async__fd_nonblock(loop, fd);
	if (error)
		return error;
	if (loop->fds[fd].waiter[1])
		return -EBUSY;
	return connect_now(fd, address, len);
}

ASYNC__EXPORT struct async_result_int async__connect(int fd, const struct sockaddr *address,
						     socklen_t len)
{
	struct async_loop *loop = async__loop;
	int error = connect_begin(loop, fd, address, len);

	if (error != -EINPROGRESS)
		return async__done_int(loop, error);
	/* There is nothing to read, and nothing to learn, before the next event. */
	loop->fds[fd].flags &= ~(uint32_t)(ASYNC__FD_MAYBE_READ | ASYNC__FD_MAYBE_WRITE);
	return async__narrow(async__fd_start(&connect_op, fd, NULL, 0));
}

/* Messages. How many bytes were to come or go is no matter here: only short transfers of
 * async_read and the like say that a direction is exhausted. */

static ssize_t message_result(struct async__fd *state, uint32_t maybe, ssize_t n)
{
	if (n >= 0)
		return n;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return -errno;
	state->flags &= ~maybe;
	return -EAGAIN;
}

static ssize_t attempt_recvmsg(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd, flags = (int)task->u.io.len | MSG_DONTWAIT;
	ssize_t n;

	do
		n = ASYNC__CALL(recvmsg(fd, task->u.io.buf, flags));
	while (n < 0 && errno == EINTR);
	/* The queue of errors says nothing of the data. */
	if (flags & MSG_ERRQUEUE && n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return message_result(&loop->fds[fd], ASYNC__FD_MAYBE_READ, n);
}

/* A datagram for a Unix socket that is full: the kernel does not tell when it has room again
 * unless the two are connected. */
static bool is_refused_for_good(const struct msghdr *message)
{
	const struct sockaddr *address = message->msg_name;

	return (errno == EAGAIN || errno == EWOULDBLOCK) && address &&
	       message->msg_namelen >= sizeof address->sa_family && address->sa_family == AF_UNIX;
}

static ssize_t attempt_sendmsg(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd, flags = (int)task->u.io.len | MSG_DONTWAIT | MSG_NOSIGNAL;
	const struct msghdr *message = task->u.io.buf;
	ssize_t n;

	do
		n = ASYNC__CALL(sendmsg(fd, message, flags));
	while (n < 0 && errno == EINTR);
	if (n < 0 && is_refused_for_good(message))
		return -ENOBUFS;
	return message_result(&loop->fds[fd], ASYNC__FD_MAYBE_WRITE, n);
}

static const struct async__fd_op recvmsg_op = {
	ASYNC__OP(recvmsg_op.op, "async_recvmsg", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_READABLE,
	.attempt = attempt_recvmsg,
};

static const struct async__fd_op sendmsg_op = {
	ASYNC__OP(sendmsg_op.op, "async_sendmsg", NULL, async__fd_cancel),
	.wide = true,
	.events = ASYNC_WRITABLE,
	.attempt = attempt_sendmsg,
};

struct async_result_ssize async__recvmsg(int fd, struct msghdr *message, int flags)
	ASYNC__NAME(async_recvmsg);
struct async_result_ssize async__sendmsg(int fd, const struct msghdr *message, int flags)
	ASYNC__NAME(async_sendmsg);

ASYNC__EXPORT struct async_result_ssize async__recvmsg(int fd, struct msghdr *message, int flags)
{
	struct async_loop *loop = async__loop;

	/* Nor do the data say anything of that queue. */
	if (flags & MSG_ERRQUEUE && !async__fd_know(loop, fd))
		loop->fds[fd].flags |= ASYNC__FD_MAYBE_READ;
	return async__fd_start(&recvmsg_op, fd, message, (size_t)flags);
}

ASYNC__EXPORT struct async_result_ssize async__sendmsg(int fd, const struct msghdr *message,
						       int flags)
{
	return async__fd_start(&sendmsg_op, fd, (void *)(uintptr_t)message, (size_t)flags);
}

/* u.io.len is the count of messages and, above it, the flags. */
#define COUNT(task) ((unsigned)((task)->u.io.len & 0xffff))
#define FLAGS(task) ((int)((task)->u.io.len >> 16))
#define MOST_MESSAGES 1024 /* UIO_MAXIOV, above which the kernel cuts off */
_Static_assert(sizeof(size_t) >= 8, "flags and a count fit in u.io.len");

static ssize_t attempt_recvmmsg(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd, flags = FLAGS(task) | MSG_DONTWAIT, n;

	do
		n = ASYNC__CALL(recvmmsg(fd, task->u.io.buf, COUNT(task), flags, NULL));
	while (n < 0 && errno == EINTR);
	return message_result(&loop->fds[fd], ASYNC__FD_MAYBE_READ, n);
}

static ssize_t attempt_sendmmsg(struct async_loop *loop, struct async_task *task)
{
	int fd = task->u.io.fd, flags = FLAGS(task) | MSG_DONTWAIT | MSG_NOSIGNAL, n;
	struct mmsghdr *messages = task->u.io.buf;

	do
		n = ASYNC__CALL(sendmmsg(fd, messages, COUNT(task), flags));
	while (n < 0 && errno == EINTR);
	if (n < 0 && is_refused_for_good(&messages[0].msg_hdr))
		return -ENOBUFS;
	return message_result(&loop->fds[fd], ASYNC__FD_MAYBE_WRITE, n);
}

static const struct async__fd_op recvmmsg_op = {
	ASYNC__OP(recvmmsg_op.op, "async_recvmmsg", NULL, async__fd_cancel),
	.events = ASYNC_READABLE,
	.attempt = attempt_recvmmsg,
};

static const struct async__fd_op sendmmsg_op = {
	ASYNC__OP(sendmmsg_op.op, "async_sendmmsg", NULL, async__fd_cancel),
	.events = ASYNC_WRITABLE,
	.attempt = attempt_sendmmsg,
};

struct async_result_int async__recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
	ASYNC__NAME(async_recvmmsg);
struct async_result_int async__sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
	ASYNC__NAME(async_sendmmsg);

static struct async_result_int several(const struct async__fd_op *op, int fd,
				       struct mmsghdr *messages, unsigned count, int flags)
{
	if (!count)
		return async__done_int(async__loop, -EINVAL);
	if (count > MOST_MESSAGES)
		count = MOST_MESSAGES;
	return async__narrow(
		async__fd_start(op, fd, messages, (size_t)(unsigned)flags << 16 | count));
}

ASYNC__EXPORT struct async_result_int async__recvmmsg(int fd, struct mmsghdr *messages,
						      unsigned count, int flags)
{
	return several(&recvmmsg_op, fd, messages, count, flags);
}

ASYNC__EXPORT struct async_result_int async__sendmmsg(int fd, struct mmsghdr *messages,
						      unsigned count, int flags)
{
	return several(&sendmmsg_op, fd, messages, count, flags);
}
