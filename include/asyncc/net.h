/* Descriptors and TCP.
 *
 * Descriptors are the kernel's own and work with its other calls too (getsockname,
 * setsockopt, shutdown). A loop remembers what it has learned about each descriptor
 * number that it has seen, so one that has been used with it is closed by async_close,
 * or given back by async_release_fd before anything else closes it. A descriptor is used
 * by one thread at a time.
 *
 * Reading and writing sockets never blocks, whatever their O_NONBLOCK flag. Listening
 * sockets and other descriptors that can be waited for (pipes, terminals) get O_NONBLOCK
 * set on first use; async_close and async_release_fd undo that, and for the standard
 * descriptors so does the end of the thread. Regular files are read and written by io_uring
 * or another thread (file.h). SIGPIPE is never raised.
 *
 * One task at a time may wait to read from a descriptor and one to write to it; another
 * one gets -EBUSY. When the descriptor is closed or released under a waiting task, that
 * wait ends with -EBADF.
 *
 * -EBADF and -EBUSY, and -ENOMEM when there is no memory for the loop's tables, -ENOSPC
 * when the user's limit on watched descriptors is reached (epoll_ctl(2)), and -ECANCELED
 * when the task has been cancelled are possible for every function here unless it says
 * otherwise, and are not repeated below.
 */
#ifndef ASYNCC_NET_H
#define ASYNCC_NET_H

#include <asyncc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads up to len bytes, as soon as there are some. Gives the number of bytes read, 0 at
 * the end of the stream, or the negative errno of read(2) or recv(2). When cancelled,
 * nothing has been read. */
_Async ssize_t async_read(int fd, void *buf, size_t len);

/* As async_read, but gives -ETIMEDOUT when nothing can be read within ms milliseconds;
 * nothing has been read then. A negative ms waits for ever. */
_Async ssize_t async_read_timeout(int fd, void *buf, size_t len, int64_t ms);

/* Reads until len bytes are there or the stream ends. Gives the number of bytes read, less
 * than len only at the end of the stream; or the negative errno of read(2) or recv(2). On
 * an error, and when cancelled, the number of bytes already read is not known; a stream
 * cannot be used further then. */
_Async ssize_t async_read_full(int fd, void *buf, size_t len);

/* Writes up to len bytes, as soon as there is room for some. Gives the number of bytes
 * written, which may be less than len, or the negative errno of write(2) or send(2):
 * -EPIPE when the peer has closed. When cancelled, nothing has been written. */
_Async ssize_t async_write(int fd, const void *buf, size_t len);

/* Writes all of len bytes. Gives len, or the negative errno of write(2) or send(2). On an
 * error, and when cancelled, the number of bytes already written is not known. */
_Async ssize_t async_write_full(int fd, const void *buf, size_t len);

/* As async_read and async_write, into and from several buffers at once: readv(2), writev(2).
 * count is from 1 to IOV_MAX, else -EINVAL. */
struct iovec;
_Async ssize_t async_readv(int fd, const struct iovec *parts, int count);
_Async ssize_t async_writev(int fd, const struct iovec *parts, int count);

/* Writes all of several buffers, and changes the array as it goes on: on an error, and when
 * cancelled, it describes what has not been written yet. Gives the number of bytes written
 * in all, or the negative errno of writev(2). */
_Async ssize_t async_writev_full(int fd, struct iovec *parts, int count);

/* Sends up to len bytes of the file in to out, a socket or a pipe, without copying them
 * through the program: sendfile(2). With an offset, reads from there and moves it on, the
 * file's own position stays; without (NULL), from that. Gives the number of bytes sent as
 * soon as there is room for some, 0 at the end of the file, or the negative errno:
 * -EINVAL for files that cannot be sent this way. When cancelled, nothing has been sent. */
_Async ssize_t async_sendfile(int out, int in, off_t *offset, size_t len);

/* Moves up to len bytes from in to out, one of which is a pipe, without copying them
 * through the program: splice(2). Waits until in has some and out has room. Gives the
 * number of bytes moved, 0 at the end of in, or the negative errno. When cancelled, nothing
 * has been moved. Other tasks may not wait to read from in or to write to out. */
_Async ssize_t async_splice(int in, int out, size_t len);

/* Closes a descriptor; tasks waiting for it get -EBADF. Works in a cancelled task as in
 * any other. Gives 0 or the negative errno of close(2); the descriptor is closed in any
 * case but -EBADF. */
_Async int async_close(int fd);

#define ASYNC_READABLE 1
#define ASYNC_WRITABLE 2

/* Waits until the descriptor can be read from (ASYNC_READABLE), written to
 * (ASYNC_WRITABLE) or either (both), for libraries that do their own reading and writing.
 * Gives the conditions that hold; errors and hang-ups count as both, so that the next call
 * on the descriptor tells. Sees every change of the descriptor, so it may be closed
 * and opened anew by its library between two waits, but not during one. Gives -EINVAL
 * when events names no condition or an unknown one. */
_Async int async_wait_fd(int fd, int events);

/* Makes this thread's loop forget an open descriptor: it is no longer watched, tasks
 * waiting for it get -EBADF, and it is as it was before its first use here. For
 * handing it to another thread or to a library that will close it. Not async; does nothing
 * for a descriptor that the loop does not know. */
void async_release_fd(int fd);

/* Messages: as recvmsg(2), sendmsg(2), recvmmsg(2) and sendmmsg(2), with flags as there;
 * they wait until something can be received or sent, whatever the flags, and never raise
 * SIGPIPE. With MSG_ERRQUEUE, they wait for something in that queue. Descriptors received get
 * FD_CLOEXEC only with MSG_CMSG_CLOEXEC. The last two give the number of messages, at least
 * one and at most count or 1024; -EINVAL for a count of 0. When cancelled, nothing has been
 * received or sent. A datagram for a Unix socket that is full waits when the two are
 * connected; else the result is -ENOBUFS, as the kernel does not tell when there is room. */
struct mmsghdr;
struct msghdr;
struct sockaddr;
_Async ssize_t async_recvmsg(int fd, struct msghdr *message, int flags);
_Async ssize_t async_sendmsg(int fd, const struct msghdr *message, int flags);
_Async int async_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
_Async int async_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);

/* As recvfrom(2) and sendto(2), in the same manner: one message, or for a stream as
 * async_read and async_write. address may be NULL; *len is its size, and then its length. */
_Async ssize_t async_recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *address,
			      unsigned *len);
_Async ssize_t async_sendto(int fd, const void *buf, size_t size, int flags,
			    const struct sockaddr *address, unsigned len);

/* Connects a socket of any kind: connect(2). Gives 0 or the negative errno; -EAGAIN for a
 * Unix socket whose listener has no room, of which the kernel does not tell. When cancelled,
 * the connection may still come about, unless the socket is closed. */
_Async int async_connect(int fd, const struct sockaddr *address, unsigned len);

/* How sockets are made; zeroes are the usual way. Sizes, times and counts that the kernel
 * does not accept are passed over; see socket(7), tcp(7). */
struct async_socket_options {
	int family;             /* AF_INET or AF_INET6 only; 0: either */
	int backlog;            /* of listen(2); 0: the largest that is allowed */
	const char *local_host; /* where to connect from; NULL: anywhere */
	const char *local_service;
	int attempt_delay_ms; /* to the try of the next address: see async_connect_tcp */
	int keep_alive_s;     /* probe peers silent for so long; 0: never */
	int keep_alive_interval_s, keep_alive_count;
	int user_timeout_ms;             /* end connections whose data nobody has confirmed */
	int receive_buffer, send_buffer; /* bytes */
	bool delay;                      /* Nagle's algorithm: TCP_NODELAY is not set */
	bool reset_on_close; /* closing throws away what was not sent and resets the connection */
	bool reuse_port;     /* several sockets may listen at, or be bound to, one address */
	bool v6_only;        /* IPv6 sockets do not serve IPv4 */
	bool broadcast;      /* datagrams may go to broadcast addresses */
};

/* Opens a socket that listens for TCP connections on host (a name or an address; NULL for
 * every address of the machine, IPv4 and IPv6) and service (a port number or a name from
 * /etc/services; "0" lets the kernel choose, and getsockname(2) tells). With several
 * addresses, the first that works is taken. backlog is as in listen(2), 0 for the largest
 * that is allowed. Addresses in use by closed connections do not hinder, and accepted
 * connections have TCP_NODELAY set. Gives the descriptor, or the negative errno of
 * socket(2), bind(2) or listen(2) for the last address tried; errors of name resolution
 * as in async_getaddrinfo. */
_Async int async_listen_tcp(const char *host, const char *service, int backlog);
/* The same with options, which accepted connections inherit. */
_Async int async_listen_tcp_with(const char *host, const char *service,
				 const struct async_socket_options *options);

/* Listening sockets that the service manager has opened and passed to this process
 * (sd_listen_fds(3)): their number, 0 when there are none, or -EINVAL when the environment
 * is malformed. They are the descriptors from ASYNC_PASSED_FDS on, get FD_CLOEXEC set, and
 * are accepted from like all others. Not async; may be called on any thread, as often as
 * wanted, but changes to the environment count. */
#define ASYNC_PASSED_FDS 3
int async_passed_fds(void);
/* The one with that name (FileDescriptorName= in systemd.socket(5)), the first of several; or
 * -ENOENT. */
int async_passed_fd(const char *name);

/* Waits for a connection to a listening socket and accepts it. Gives its descriptor, with
 * O_NONBLOCK and FD_CLOEXEC set, or the negative errno of accept(2): -EMFILE or -ENFILE
 * when there are too many descriptors, where the connection stays in the queue; a server
 * then closes something or sleeps before it tries again. Connections that failed before
 * they were accepted are passed over. When cancelled, none has been accepted. */
_Async int async_accept(int fd);

/* Connects to host (a name or an address; NULL for this machine) and service (a port
 * number or a name), looked up by async_getaddrinfo. Several addresses are tried as RFC 8305
 * says: IPv6 and IPv4 in turn, each 250 milliseconds (attempt_delay_ms) after the one before
 * or as soon as that has failed, and the first that connects is taken; with a negative
 * attempt_delay_ms, only when the one before has failed. The connection has O_NONBLOCK,
 * FD_CLOEXEC and TCP_NODELAY set. Gives its descriptor, or the negative errno of
 * socket(2) or connect(2) for the last address that failed, such as -ECONNREFUSED;
 * -EADDRNOTAVAIL when there is no local address of that family; or an error of the lookup.
 * When cancelled, no descriptor is left behind. */
_Async int async_connect_tcp(const char *host, const char *service);
_Async int async_connect_tcp_with(const char *host, const char *service,
				  const struct async_socket_options *options);
/* The same for a list of addresses, of async_getaddrinfo or of the program's own making;
 * -ENOENT for an empty one. options may be NULL. */
struct addrinfo;
_Async int async_connect_any(const struct addrinfo *list,
			     const struct async_socket_options *options);

/* Closes a connection when the peer has: ends writing (shutdown(2)), reads and drops what
 * still comes until the peer's end, for at most ms milliseconds, and closes. So a last
 * message is not lost to the reset that closing with unread data makes. (SO_LINGER would
 * block the thread.) Gives 0, -ETIMEDOUT, or the negative errno; the descriptor is closed in
 * any case but -EBADF. */
_Async int async_close_lingering(int fd, int64_t ms);

#ifdef __cplusplus
}
#endif

#endif
