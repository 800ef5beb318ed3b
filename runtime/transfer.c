/* Transfers of more than one call: all of several buffers, from file to socket, through a
 * pipe, and messages with an address.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Takes n bytes off the parts, and gives how many parts are used up. */
static int advance(struct iovec *parts, int count, size_t n)
{
	int i = 0;

	while (i < count && n >= parts[i].iov_len) {
		n -= parts[i].iov_len;
		parts[i].iov_base = (char *)parts[i].iov_base + parts[i].iov_len;
		parts[i++].iov_len = 0;
	}
	if (n) {
		parts[i].iov_base = (char *)parts[i].iov_base + n;
		parts[i].iov_len -= n;
	}
	return i;
}

ASYNC__EXPORT async ssize_t async_writev_full(int fd, struct iovec *parts, int count)
{
	ssize_t n, done = 0;
	int used;

	while (count > 0) {
		n = await async_writev(fd, parts, count);
		if (n < 0)
			return n;
		done += n;
		used = advance(parts, count, (size_t)n);
		parts += used;
		count -= used;
	}
	return done;
}

ASYNC__EXPORT async ssize_t async_sendfile(int out, int in, off_t *offset, size_t len)
{
	struct async__sendfile what = {in, offset, len};

	return await async__sendfile(out, &what);
}

static ssize_t splice_now(int in, int out, size_t len)
{
	struct async__quiet quiet;
	ssize_t n;
	int error;

	async__quiet_begin(&quiet);
	do
		n = ASYNC__CALL(
			splice(in, NULL, out, NULL, len, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
	while (n < 0 && errno == EINTR);
	error = errno;
	async__quiet_end(&quiet, n < 0 && error == EPIPE);
	return n < 0 ? -error : n;
}

static bool is_ready(int fd, short events)
{
	struct pollfd poller = {.fd = fd, .events = events};

	return poll(&poller, 1, 0) > 0;
}

/* Waits for the side that is not ready. When both seem to be, as for urgent data, which cannot
 * be spliced, time must tell. */
static async int wait_for_either(int in, int out)
{
	int events;

	if (!is_ready(in, POLLIN))
		events = await async_wait_fd(in, ASYNC_READABLE);
	else if (!is_ready(out, POLLOUT))
		events = await async_wait_fd(out, ASYNC_WRITABLE);
	else
		events = await async_sleep_ms(1);
	return events < 0 ? events : 0;
}

ASYNC__EXPORT async ssize_t async_splice(int in, int out, size_t len)
{
	ssize_t n;
	int error = async__fd_nonblock(async__loop, in);

	if (!error)
		error = async__fd_nonblock(async__loop, out);
	if (!error && async__checkpoint_due())
		error = await async__checkpoint();
	while (!error) {
		n = splice_now(in, out, len);
		if (n != -EAGAIN)
			return n;
		error = await wait_for_either(in, out);
	}
	return error;
}

ASYNC__EXPORT async ssize_t async_recvfrom(int fd, void *buf, size_t size, int flags,
					   struct sockaddr *address, socklen_t *len)
{
	struct iovec part = {buf, size};
	struct msghdr message = {
		.msg_name = address,
		.msg_namelen = address ? *len : 0,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t n = await async_recvmsg(fd, &message, flags);

	if (n >= 0 && address)
		*len = message.msg_namelen;
	return n;
}

ASYNC__EXPORT async ssize_t async_sendto(int fd, const void *buf, size_t size, int flags,
					 const struct sockaddr *address, socklen_t len)
{
	struct iovec part = {(void *)(uintptr_t)buf, size};
	struct msghdr message = {
		.msg_name = (void *)(uintptr_t)address,
		.msg_namelen = len,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	return await async_sendmsg(fd, &message, flags);
}
