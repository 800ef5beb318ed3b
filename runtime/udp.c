/* UDP: opening sockets, and sending many datagrams at once.
 *
 * Where the kernel can, one call hands over a row of datagrams that it cuts up itself. Not
 * every device can send these (EIO), so each row that fails is sent the other way.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define MOST_SEGMENTS 64 /* UDP_MAX_SEGMENTS of the first kernels that have it */
#define MOST_BYTES 65000 /* in one row: less than the longest datagram with any headers */

static int bind_address(const struct addrinfo *address, const struct async_socket_options *options,
			bool any)
{
	int fd = async__socket_open(address, options), v6_only = options->v6_only, error;

	if (fd < 0)
		return fd;
	if (address->ai_family == AF_INET6 && (any || v6_only))
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
	if (!ASYNC__CALL(bind(fd, address->ai_addr, address->ai_addrlen)))
		return fd;
	error = -errno;
	async__socket_discard(fd);
	return error;
}

static struct addrinfo hints_for(const struct async_socket_options *options, int flags)
{
	return (struct addrinfo){
		.ai_family = options->family,
		.ai_socktype = SOCK_DGRAM,
		.ai_protocol = IPPROTO_UDP,
		.ai_flags = flags,
	};
}

ASYNC__EXPORT async int async_bind_udp(const char *host, const char *service,
				       const struct async_socket_options *options)
{
	const struct async_socket_options *used = options ? options : &async__no_options;
	struct addrinfo hints = hints_for(used, AI_PASSIVE), *list;
	const struct addrinfo *address;
	int fd = await async_getaddrinfo(host, service, &hints, &list);

	if (fd)
		return fd;
	fd = -ENOENT;
	/* For every address, an IPv6 socket does for both families. */
	for (address = list; address && fd < 0 && !host; address = address->ai_next)
		if (address->ai_family == AF_INET6)
			fd = bind_address(address, used, true);
	for (address = list; address && fd < 0; address = address->ai_next)
		if (host || address->ai_family != AF_INET6)
			fd = bind_address(address, used, !host);
	freeaddrinfo(list);
	return fd;
}

static async int connect_first(const struct addrinfo *list, const struct addrinfo *local,
			       const struct async_socket_options *options)
{
	int fd, error = -ENOENT;

	for (; list && error && error != -ECANCELED; list = list->ai_next) {
		fd = async__socket_open(list, options);
		if (fd < 0) {
			error = fd;
			continue;
		}
		error = async__socket_bind_local(fd, list->ai_family, local);
		if (!error)
			error = await async_connect(fd, list->ai_addr, list->ai_addrlen);
		if (!error)
			return fd;
		async__socket_discard(fd);
	}
	return error;
}

ASYNC__EXPORT async int async_connect_udp(const char *host, const char *service,
					  const struct async_socket_options *options)
{
	const struct async_socket_options *used = options ? options : &async__no_options;
	struct addrinfo hints = hints_for(used, 0), *local, *list;
	int fd = await async__local_addresses(used, SOCK_DGRAM, &local);

	if (fd)
		return fd;
	fd = await async_getaddrinfo(host, service, &hints, &list);
	if (!fd) {
		fd = await connect_first(list, local, used);
		freeaddrinfo(list);
	}
	if (local)
		freeaddrinfo(local);
	return fd;
}

/* A row of datagrams of one size, and what it takes to send it either way. */
struct row {
	struct msghdr message;
	struct iovec part;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
	struct iovec parts[MOST_SEGMENTS];
	struct mmsghdr messages[MOST_SEGMENTS];
};

static size_t row_length(size_t len, size_t segment)
{
	size_t most = segment < MOST_BYTES ? MOST_BYTES / segment : 1;

	if (most > MOST_SEGMENTS)
		most = MOST_SEGMENTS;
	return len / most >= segment ? most * segment : len;
}

static void lay_out(struct row *row, const char *buf, size_t len, uint16_t segment,
		    const struct msghdr *to)
{
	struct cmsghdr *header;

	row->part = (struct iovec){(void *)(uintptr_t)buf, len};
	row->message = *to;
	row->message.msg_iov = &row->part;
	row->message.msg_iovlen = 1;
	row->message.msg_control = row->control;
	row->message.msg_controllen = sizeof row->control;
	header = CMSG_FIRSTHDR(&row->message);
	header->cmsg_level = IPPROTO_UDP;
	header->cmsg_type = UDP_SEGMENT;
	header->cmsg_len = CMSG_LEN(sizeof segment);
	memcpy(CMSG_DATA(header), &segment, sizeof segment);
}

static unsigned lay_out_singly(struct row *row, const char *buf, size_t len, size_t segment,
			       const struct msghdr *to)
{
	unsigned n = 0;

	for (size_t at = 0; at < len; at += segment, n++) {
		size_t left = len - at;

		row->parts[n] = (struct iovec){(void *)(uintptr_t)(buf + at),
					       left < segment ? left : segment};
		row->messages[n].msg_hdr = *to;
		row->messages[n].msg_hdr.msg_iov = &row->parts[n];
		row->messages[n].msg_hdr.msg_iovlen = 1;
	}
	return n;
}

static async ssize_t send_singly(int fd, struct row *row, const char *buf, size_t len,
				 size_t segment, const struct msghdr *to)
{
	unsigned count = lay_out_singly(row, buf, len, segment, to);
	int n = await async_sendmmsg(fd, row->messages, count, 0);

	if (n < 0)
		return n;
	return (unsigned)n == count ? (ssize_t)len : (ssize_t)((size_t)n * segment);
}

static bool is_for_lack_of_support(ssize_t error)
{
	return error == -EIO || error == -EINVAL || error == -ENOPROTOOPT || error == -EOPNOTSUPP ||
	       error == -EMSGSIZE;
}

static async ssize_t send_row(int fd, struct row *row, const char *buf, size_t len, size_t segment,
			      const struct msghdr *to)
{
	ssize_t n = -EOPNOTSUPP;

	if (len > segment) {
		lay_out(row, buf, len, (uint16_t)segment, to);
		n = await async_sendmsg(fd, &row->message, 0);
	}
	return is_for_lack_of_support(n) ? await send_singly(fd, row, buf, len, segment, to) : n;
}

ASYNC__EXPORT async ssize_t async_send_segments(int fd, const void *buf, size_t len, size_t segment,
						const struct sockaddr *address,
						socklen_t address_len)
{
	struct msghdr to = {.msg_name = (void *)(uintptr_t)address, .msg_namelen = address_len};
	struct row *row;
	size_t done = 0;
	ssize_t n = 0;

	if (!segment)
		return -EINVAL;
	row = async__alloc_zero(sizeof *row);
	if (!row)
		return -ENOMEM;
	while (done < len && n >= 0) {
		n = await send_row(fd, row, (const char *)buf + done,
				   row_length(len - done, segment), segment, &to);
		done += n > 0 ? (size_t)n : 0;
	}
	free(row);
	return done || n >= 0 ? (ssize_t)done : n;
}
