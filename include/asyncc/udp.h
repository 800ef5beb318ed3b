/* UDP. Datagrams are received and sent by async_recvfrom, async_sendto, async_recvmmsg and
 * the like (net.h), on a connected socket by async_read and async_write too. What all
 * functions of net.h may give is possible here, too.
 */
#ifndef ASYNCC_UDP_H
#define ASYNCC_UDP_H

#include <asyncc.h>
#include <asyncc/net.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_socket_options;

/* Opens a UDP socket bound to host (NULL for every address of the machine, IPv4 and IPv6) and
 * service ("0" lets the kernel choose), the first address that works. options may be NULL.
 * Gives the descriptor, or the negative errno of socket(2) or bind(2), or of the lookup. */
_Async int async_bind_udp(const char *host, const char *service,
			  const struct async_socket_options *options);

/* Opens a UDP socket connected to host and service, the first address to which there is a
 * route: it sends there and receives from there, and tells of refusals (-ECONNREFUSED) at the
 * next call. options may be NULL. Gives as above, or the negative errno of connect(2). */
_Async int async_connect_udp(const char *host, const char *service,
			     const struct async_socket_options *options);

/* Sends len bytes as datagrams of segment bytes, the last one perhaps shorter, to an address, or
 * where the socket is connected to (NULL): many with one call where the kernel can cut them
 * (UDP_SEGMENT in udp(7), Linux 4.18), else by sendmmsg(2). Gives the number of bytes sent,
 * which may be less than len, a multiple of segment then; or the negative errno of sendmsg(2),
 * or -EINVAL for a segment of 0. When cancelled, nothing has been sent, or the number says
 * what has. */
_Async ssize_t async_send_segments(int fd, const void *buf, size_t len, size_t segment,
				   const struct sockaddr *address, unsigned address_len);

#ifdef __cplusplus
}
#endif

#endif
