/* Unix sockets.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST_RETRY_MS 64
#define MOST_FDS 253 /* SCM_MAX_FD in the kernel */

ASYNC__EXPORT int async_unix_address(const char *path, struct sockaddr_un *address, socklen_t *len)
{
	size_t size = strlen(path);

	if (!size)
		return -EINVAL;
	if (size >= sizeof address->sun_path)
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, size);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	/* An abstract name is as long as it is; that of a file ends with a zero byte. */
	if (*path == '@')
		address->sun_path[0] = '\0';
	else
		++*len;
	return 0;
}

static int unix_socket(int type)
{
	int fd = ASYNC__CALL(socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), error;

	if (fd < 0)
		return -errno;
	error = async__fd_fresh(async__loop, fd, ASYNC__FD_SOCKET | ASYNC__FD_NONBLOCK);
	if (error)
		close(fd);
	return error ? error : fd;
}

ASYNC__EXPORT async int async_connect_unix(const char *path, int type)
{
	struct sockaddr_un address;
	socklen_t len;
	int fd, ms = 1, error = async_unix_address(path, &address, &len);

	if (error)
		return error;
	fd = unix_socket(type);
	if (fd < 0)
		return fd;
	while ((error = await async_connect(fd, (struct sockaddr *)&address, len)) == -EAGAIN) {
		error = await async_sleep_ms(ms);
		if (error)
			break;
		ms = ms < LONGEST_RETRY_MS ? ms * 2 : ms;
	}
	if (!error)
		return fd;
	await async_close(fd);
	return error;
}

/* Gives 0 if the file is a socket that nobody has any more. A connection of another type is
 * refused in any case, so somebody who listens there sees nothing of this. */
static async int left_over(const struct sockaddr_un *address, socklen_t len, int type)
{
	struct stat status;
	int fd, error;

	if (!address->sun_path[0] || stat(address->sun_path, &status) || !S_ISSOCK(status.st_mode))
		return -EADDRINUSE;
	fd = unix_socket(type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM);
	if (fd < 0)
		return fd;
	error = await async_connect(fd, (const struct sockaddr *)address, len);
	await async_close(fd);
	if (error == -ECONNREFUSED)
		return 0;
	return error == -ECANCELED || error == -ENOMEM ? error : -EADDRINUSE;
}

static async int bind_path(int fd, const char *path, int type)
{
	struct sockaddr_un address;
	socklen_t len;
	int error = async_unix_address(path, &address, &len);

	if (error)
		return error;
	if (!ASYNC__CALL(bind(fd, (struct sockaddr *)&address, len)))
		return 0;
	error = -errno;
	if (error != -EADDRINUSE)
		return error;
	error = await left_over(&address, len, type);
	if (error)
		return error;
	if (unlink(address.sun_path))
		return -EADDRINUSE;
	return ASYNC__CALL(bind(fd, (struct sockaddr *)&address, len)) ? -errno : 0;
}

static async int bound_socket(const char *path, int type)
{
	int fd, error;

	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	fd = unix_socket(type);
	if (fd < 0)
		return fd;
	error = await bind_path(fd, path, type);
	if (error)
		async__socket_discard(fd);
	return error ? error : fd;
}

ASYNC__EXPORT async int async_listen_unix(const char *path, int type, int backlog)
{
	int fd = await bound_socket(path, type), error;

	if (fd < 0 || !ASYNC__CALL(listen(fd, backlog > 0 ? backlog : INT_MAX)))
		return fd;
	error = -errno;
	async__socket_discard(fd);
	return error;
}

/* Binds to a name that the kernel chooses. */
static int autobound_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = unix_socket(SOCK_DGRAM), error;

	if (fd < 0 ||
	    !ASYNC__CALL(bind(fd, (struct sockaddr *)&address, sizeof address.sun_family)))
		return fd;
	error = -errno;
	async__socket_discard(fd);
	return error;
}

ASYNC__EXPORT async int async_bind_unix(const char *path)
{
	int error;

	if (path)
		return await bound_socket(path, SOCK_DGRAM);
	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	return autobound_socket();
}

/* A message with room for ancillary data. */
struct parcel {
	struct msghdr message;
	struct iovec part;
	_Alignas(struct cmsghdr) char control[];
};

static struct parcel *parcel_new(const void *buf, size_t len, size_t control)
{
	struct parcel *parcel = async__alloc_zero(sizeof *parcel + control);

	if (!parcel)
		return NULL;
	parcel->part = (struct iovec){(void *)(uintptr_t)buf, len};
	parcel->message = (struct msghdr){
		.msg_iov = &parcel->part,
		.msg_iovlen = 1,
		.msg_control = control ? parcel->control : NULL,
		.msg_controllen = control,
	};
	return parcel;
}

static void put_fds(struct parcel *parcel, const int *fds, unsigned count)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(&parcel->message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof *fds);
	memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
}

ASYNC__EXPORT async ssize_t async_send_fds(int fd, const void *buf, size_t len, const int *fds,
					   unsigned count)
{
	struct parcel *parcel;
	ssize_t n;

	if (!len || count > MOST_FDS)
		return -EINVAL;
	parcel = parcel_new(buf, len, count ? CMSG_SPACE(count * sizeof *fds) : 0);
	if (!parcel)
		return -ENOMEM;
	if (count)
		put_fds(parcel, fds, count);
	n = await async_sendmsg(fd, &parcel->message, 0);
	free(parcel);
	return n;
}

static void take_fd(int fd, int *fds, unsigned room, unsigned *count)
{
	if (*count < room)
		fds[*count] = fd;
	else
		close(fd);
	++*count;
}

/* Takes all descriptors of a message, those for which there is no room too. */
static void take_fds(struct parcel *parcel, int *fds, unsigned room, unsigned *count)
{
	struct msghdr *message = &parcel->message;
	int fd;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
		if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof fd) <= at->cmsg_len; i++) {
			memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
			take_fd(fd, fds, room, count);
		}
	}
}

static const struct ucred *find_credentials(struct parcel *parcel)
{
	struct msghdr *message = &parcel->message;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at))
		if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_CREDENTIALS)
			return (const void *)CMSG_DATA(at);
	return NULL;
}

#define MOST_CONTROL (CMSG_SPACE(MOST_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred)))

ASYNC__EXPORT async ssize_t async_recv_fds(int fd, void *buf, size_t len, int *fds, unsigned *count)
{
	unsigned room = *count;
	struct parcel *parcel = parcel_new(buf, len, MOST_CONTROL);
	ssize_t n;

	*count = 0;
	if (!parcel)
		return -ENOMEM;
	n = await async_recvmsg(fd, &parcel->message, MSG_CMSG_CLOEXEC);
	if (n >= 0)
		take_fds(parcel, fds, room, count);
	free(parcel);
	return n;
}

ASYNC__EXPORT int async_peer_credentials(int fd, struct async_credentials *peer)
{
	struct ucred credentials;
	socklen_t len = sizeof credentials;

	if (ASYNC__CALL(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len)))
		return -errno;
	*peer = (struct async_credentials){credentials.pid, credentials.uid, credentials.gid};
	return 0;
}

static void take_credentials(struct parcel *parcel, struct async_credentials *sender)
{
	const struct ucred *found = find_credentials(parcel);
	unsigned count = 0;

	take_fds(parcel, NULL, 0, &count);
	if (found)
		*sender = (struct async_credentials){found->pid, found->uid, found->gid};
}

ASYNC__EXPORT async ssize_t async_recv_credentials(int fd, void *buf, size_t len,
						   struct async_credentials *sender)
{
	static const int one = 1;
	struct parcel *parcel;
	ssize_t n;

	*sender = (struct async_credentials){0, (uid_t)-1, (gid_t)-1};
	if (ASYNC__CALL(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one)))
		return -errno;
	parcel = parcel_new(buf, len, MOST_CONTROL);
	if (!parcel)
		return -ENOMEM;
	n = await async_recvmsg(fd, &parcel->message, MSG_CMSG_CLOEXEC);
	if (n >= 0)
		take_credentials(parcel, sender);
	free(parcel);
	return n;
}
