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

/* Opens a socket that listens for TCP connections on host (a name or an address; NULL for
 * every address of the machine, IPv4 and IPv6) and service (a port number or a name from
 * /etc/services; "0" lets the kernel choose, and getsockname(2) tells). With several
 * addresses, the first that works is taken. backlog is as in listen(2), 0 for the largest
 * that is allowed. Addresses in use by closed connections do not hinder, and accepted
 * connections have TCP_NODELAY set. Gives the descriptor, or the negative errno of
 * socket(2), bind(2) or listen(2) for the last address tried; errors of name resolution
 * as in async_connect_tcp. */
_Async int async_listen_tcp(const char *host, const char *service, int backlog);

/* Waits for a connection to a listening socket and accepts it. Gives its descriptor, with
 * O_NONBLOCK and FD_CLOEXEC set, or the negative errno of accept(2): -EMFILE or -ENFILE
 * when there are too many descriptors, where the connection stays in the queue; a server
 * then closes something or sleeps before it tries again. Connections that failed before
 * they were accepted are passed over. When cancelled, none has been accepted. */
_Async int async_accept(int fd);

/* Connects to host (a name or an address; NULL for this machine) and service (a port
 * number or a name). Names are looked up by getaddrinfo(3) on another thread; numbers
 * take no detour. All addresses are tried in turn. The connection has O_NONBLOCK,
 * FD_CLOEXEC and TCP_NODELAY set. Gives its descriptor, or the negative errno of
 * socket(2) or connect(2) for the last address tried, such as -ECONNREFUSED; or, when
 * the name cannot be looked up: -ENOENT (no such name, or none with an address),
 * -ESRCH (no such service), -EAGAIN (the name servers cannot tell now), -EREMOTEIO (they
 * failed for good), -ENOMEM, or the negative errno of another failure. When cancelled, no
 * descriptor is left behind. */
_Async int async_connect_tcp(const char *host, const char *service);

/* Looks up the addresses for TCP connections to host and service, as async_connect_tcp
 * does. Gives 0 and a list to be freed by freeaddrinfo(3), or an error of the lookup as
 * above, with the list set to NULL. */
struct addrinfo;
_Async int async_resolve(const char *host, const char *service, struct addrinfo **list);

#ifdef __cplusplus
}
#endif

#endif
