/* Unix sockets: stream, datagram and sequenced packets, abstract names, and the passing of
 * descriptors and credentials. See unix(7).
 *
 * A path that begins with '@' is an abstract name, without the '@'; other paths are files
 * ("./@x" for a file of that name). Paths have at most 107 bytes, else -ENAMETOOLONG; an
 * empty one gives -EINVAL. Types are SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM. Sockets
 * made here have O_NONBLOCK and FD_CLOEXEC set. What all functions of net.h may give is
 * possible here, too.
 */
#ifndef ASYNCC_UNIX_H
#define ASYNCC_UNIX_H

#include <asyncc.h>

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connects to the socket at path. While the listener has no room for more connections, it
 * tries again, ever less often. Gives the descriptor or the negative errno of connect(2):
 * -ENOENT, -ECONNREFUSED (nobody listens), -EPROTOTYPE (a socket of another type). When
 * cancelled, no descriptor is left behind. */
_Async int async_connect_unix(const char *path, int type);

/* Opens a socket that listens at path. A socket file that is left over, which nobody listens
 * at any more, is replaced. backlog is as in async_listen_tcp. Who may connect is up to the
 * permissions of the file: see umask(2). Gives the descriptor or the negative errno of
 * bind(2): -EADDRINUSE. Closing it leaves the file. */
_Async int async_listen_unix(const char *path, int type, int backlog);

/* Opens a datagram socket bound to path, in the same manner; NULL: to an abstract name that the
 * kernel chooses, so that it can be answered. */
_Async int async_bind_unix(const char *path);

/* The address of a path, for async_sendto. Not async. Gives 0, -EINVAL or -ENAMETOOLONG. */
struct sockaddr_un;
int async_unix_address(const char *path, struct sockaddr_un *address, unsigned *len);

/* Sends up to len bytes, at least one, as async_sendmsg does, and count descriptors with the
 * first of them, at most 253 (-EINVAL). They stay open here. When cancelled, nothing has been
 * sent. */
_Async ssize_t async_send_fds(int fd, const void *buf, size_t len, const int *fds, unsigned count);

/* Receives up to len bytes or a message, and the descriptors that came with it: as many as
 * *count, with FD_CLOEXEC set; others are closed. Sets *count to the number that came, which
 * may be more than there was room for. Gives the number of bytes, 0 at the end, or the negative
 * errno of recvmsg(2); *count is 0 then. When cancelled, nothing has been received. */
_Async ssize_t async_recv_fds(int fd, void *buf, size_t len, int *fds, unsigned *count);

struct async_credentials {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who was at the other end when it connected or listened. Not async. Gives 0 or the negative
 * errno of getsockopt(2). */
int async_peer_credentials(int fd, struct async_credentials *peer);

/* Receives up to len bytes or a message, and who sent it; the kernel vouches for that. Sets
 * SO_PASSCRED; what was sent before that has the pid 0. Gives the number of bytes, 0 at the
 * end, or the negative errno of recvmsg(2). Descriptors that came with it are closed. When
 * cancelled, nothing has been received. */
_Async ssize_t async_recv_credentials(int fd, void *buf, size_t len,
				      struct async_credentials *sender);

#ifdef __cplusplus
}
#endif

#endif
