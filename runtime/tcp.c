/* TCP: listening, accepting, connecting.
 */
#include "internal.h"

#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

static ssize_t attempt_accept(struct async_loop *loop, struct async_task *task)
{
	struct async__fd *state = &loop->fds[task->u.io.fd];
	int fd, error;

	do
		fd = ASYNC__CALL(accept4(task->u.io.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	while (fd < 0 && is_of_connection(errno));
	if (fd < 0) {
		error = errno == EWOULDBLOCK ? EAGAIN : errno;
		if (error == EAGAIN)
			state->flags &= ~(uint32_t)ASYNC__FD_MAYBE_READ;
		return -error;
	}
	error = async__fd_fresh(loop, fd, state->flags & (ASYNC__FD_SOCKET | ASYNC__FD_TCP));
	if (error)
		close(fd);
	return error ? error : fd;
}

static const struct async__fd_op accept_op = {
	ASYNC__OP(accept_op.op, "async_accept", NULL, async__fd_cancel),
	.events = ASYNC_READABLE,
	.attempt = attempt_accept,
};

/* Unlike recv(2), accept4(2) has no flag for a single call that does not block. */
static int unblock(struct async_loop *loop, int fd)
{
	int error = async__fd_know(loop, fd);

	if (error || loop->fds[fd].flags & ASYNC__FD_LISTENS)
		return error;
	error = async__fd_unblock(loop, fd);
	if (!error)
		loop->fds[fd].flags |= ASYNC__FD_LISTENS;
	return error;
}

struct async_result_int async__accept(int fd) ASYNC__NAME(async_accept);

ASYNC__EXPORT struct async_result_int async__accept(int fd)
{
	int error = unblock(async__loop, fd);

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

	if (poll(&poller, 1, 0) == 0) {
		loop->fds[poller.fd].flags &= ~(uint32_t)ASYNC__FD_MAYBE_WRITE;
		return -EAGAIN;
	}
	if (getsockopt(poller.fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

static const struct async__fd_op connect_op = {
	ASYNC__OP(connect_op.op, "connect", NULL, async__fd_cancel),
	.events = ASYNC_WRITABLE,
	.attempt = attempt_connect,
};

/* The frame of async_connect_tcp and async_listen_tcp. */
struct open {
	struct async_frame frame;
	int value; /* of the call awaited */
	int fd;
	int backlog;
	bool any; /* listen on every address */
	struct addrinfo *list, *address;
};

static const int one = 1;

/* A connection that is under way; other results are descriptors or errors. */
#define UNDER_WAY (-1 - INT_MAX)

static void drop(struct open *open)
{
	async__fd_forget(async__loop, open->fd);
	close(open->fd);
}

static int connect_address(struct open *open)
{
	const struct addrinfo *address = open->address;
	struct async_loop *loop = async__loop;
	int error;

	open->fd = ASYNC__CALL(socket(address->ai_family,
				      address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
				      address->ai_protocol));
	if (open->fd < 0)
		return -errno;
	setsockopt(open->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	error = async__fd_fresh(loop, open->fd, ASYNC__FD_SOCKET | ASYNC__FD_TCP);
	if (error)
		goto fail;
	if (ASYNC__CALL(connect(open->fd, address->ai_addr, address->ai_addrlen)) == 0)
		return open->fd;
	error = -errno;
	if (error != -EINPROGRESS && error != -EINTR)
		goto fail;
	/* There is nothing to read, and nothing to learn, before the first event. */
	loop->fds[open->fd].flags &= ~(uint32_t)(ASYNC__FD_MAYBE_READ | ASYNC__FD_MAYBE_WRITE);
	return UNDER_WAY;

fail:
	drop(open);
	return error;
}

/* Goes on after value, which says what became of the connection begun last. */
static struct async_result_int connect_run(struct open *open, int value)
{
	struct async_result_ssize wait;

	while (value < 0 && value != -ECANCELED && open->address) {
		value = connect_address(open);
		open->address = open->address->ai_next;
		if (value != UNDER_WAY)
			continue;
		wait = async__fd_start(&connect_op, open->fd, NULL, 0);
		if (wait.pending) {
			wait.pending->caller = &open->frame;
			return async__narrow(wait);
		}
		value = wait.value ? (int)wait.value : open->fd;
		if (value < 0)
			drop(open);
	}
	return (struct async_result_int){NULL, value};
}

static struct async_frame *open_end(struct open *open, struct async_result_int result)
{
	struct async_frame *caller = open->frame.caller;

	if (result.pending)
		return NULL;
	if (open->list)
		freeaddrinfo(open->list);
	*(int *)async__slot(caller) = result.value;
	async__frame_free(&open->frame, sizeof *open);
	return caller;
}

/* The same when the function ends in its first run. */
static struct async_result_int open_ended(struct open *open, struct async_result_int result)
{
	if (result.pending)
		return (struct async_result_int){&open->frame, 0};
	if (open->list)
		freeaddrinfo(open->list);
	async__frame_free(&open->frame, sizeof *open);
	return result;
}

static struct open *open_new(const struct async__op *op)
{
	struct open *open = (struct open *)(void *)async__frame_try(sizeof *open);

	if (open)
		*open = (struct open){.frame.point = &op->point};
	return open;
}

static struct async_frame *connect_decided(struct async_frame *frame)
{
	struct open *open = (struct open *)(void *)frame;

	if (open->value)
		drop(open);
	return open_end(open, connect_run(open, open->value ? open->value : open->fd));
}

static const struct async__op connecting_op =
	ASYNC__FUNCTION(connecting_op, "async_connect_tcp", struct open, value, connect_decided);

static struct async_result_int connect_begin(struct open *open, int error)
{
	if (error)
		return (struct async_result_int){NULL, error};
	open->frame.point = &connecting_op.point;
	open->address = open->list;
	return connect_run(open, -ENOENT);
}

static struct async_frame *connect_resolved(struct async_frame *frame)
{
	struct open *open = (struct open *)(void *)frame;

	return open_end(open, connect_begin(open, open->value));
}

static const struct async__op connect_resolving_op = ASYNC__FUNCTION(
	connect_resolving_op, "async_connect_tcp", struct open, value, connect_resolved);

struct async_result_int async__connect_tcp(const char *host, const char *service)
	ASYNC__NAME(async_connect_tcp);

ASYNC__EXPORT struct async_result_int async__connect_tcp(const char *host, const char *service)
{
	struct open *open = open_new(&connect_resolving_op);
	struct async_result_int result;

	if (!open)
		return async__done_int(async__loop, -ENOMEM);
	result = async__resolve(host, service, &open->list);
	if (result.pending)
		result.pending->caller = &open->frame;
	else
		result = connect_begin(open, result.value);
	return open_ended(open, result);
}

static int listen_address(const struct open *open, const struct addrinfo *address)
{
	static const int zero;
	int fd = ASYNC__CALL(socket(address->ai_family,
				    address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    address->ai_protocol));
	int error;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* Inherited by the connections accepted. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (open->any && address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
	if (ASYNC__CALL(bind(fd, address->ai_addr, address->ai_addrlen)) ||
	    listen(fd, open->backlog)) {
		error = -errno;
		goto fail;
	}
	error = async__fd_fresh(async__loop, fd,
				ASYNC__FD_SOCKET | ASYNC__FD_TCP | ASYNC__FD_LISTENS);
	if (error)
		goto fail;
	return fd;

fail:
	close(fd);
	return error;
}

/* For every address of the machine, an IPv6 socket does for both families, so it comes
 * first, whatever the order of the list. */
static struct async_result_int listen_run(struct open *open, int value)
{
	struct addrinfo *address;

	if (value)
		return (struct async_result_int){NULL, value};
	value = -ENOENT;
	for (address = open->list; address && value < 0 && open->any; address = address->ai_next)
		if (address->ai_family == AF_INET6)
			value = listen_address(open, address);
	for (address = open->list; address && value < 0; address = address->ai_next)
		if (!open->any || address->ai_family != AF_INET6)
			value = listen_address(open, address);
	return (struct async_result_int){NULL, value};
}

static struct async_frame *listen_resolved(struct async_frame *frame)
{
	struct open *open = (struct open *)(void *)frame;

	return open_end(open, listen_run(open, open->value));
}

static const struct async__op listening_op =
	ASYNC__FUNCTION(listening_op, "async_listen_tcp", struct open, value, listen_resolved);

struct async_result_int async__listen_tcp(const char *host, const char *service, int backlog)
	ASYNC__NAME(async_listen_tcp);

ASYNC__EXPORT struct async_result_int async__listen_tcp(const char *host, const char *service,
							int backlog)
{
	struct open *open = open_new(&listening_op);
	struct async_result_int result;

	if (!open)
		return async__done_int(async__loop, -ENOMEM);
	open->backlog = backlog > 0 ? backlog : INT_MAX;
	open->any = !host;
	result = async__resolve_passive(host, service, &open->list);
	if (result.pending)
		result.pending->caller = &open->frame;
	else
		result = listen_run(open, result.value);
	return open_ended(open, result);
}
