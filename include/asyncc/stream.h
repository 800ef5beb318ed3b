/* Buffered streams over anything that bytes come from and go to: sockets, pipes, terminals,
 * files, memory, and what programs and other modules make (struct async_stream_kind).
 *
 *     struct async_stream *stream;
 *     char *line;
 *     ssize_t n;
 *
 *     if ((error = await async_open_connection("localhost", "7000", &stream)))
 *             return error;
 *     await async_stream_printf(stream, "hello %s\r\n", name);
 *     await async_stream_flush(stream);
 *     while ((n = await async_stream_read_line(stream, &line)) >= 0)
 *             puts(line);
 *     await async_stream_close(stream);
 *
 * Reading and writing are independent of each other: one task at a time may read and one
 * may write, another one gets -EBUSY. A stream belongs to one thread.
 *
 * Reading: what is given as a pointer is in the stream's own buffer, and good until the next
 * call that reads. Nothing gets lost: when a call fails, for an error, the end of the stream
 * or a cancellation, what it had read stays in the buffer for the next one. The end of the
 * stream is a result of 0 for async_stream_read, and -ENODATA for those that want more than
 * there is; what is left can be read then. More than the limit without the end that was
 * looked for is -EMSGSIZE.
 *
 * Writing takes all or nothing: a call that fails has taken nothing of what it was given,
 * and what calls before it took is still to be sent. What was taken is sent when there is
 * enough of it, by async_stream_flush and by closing; so flush before waiting for an answer.
 * A call waits while the buffer is full and the other side does not read: that is all the
 * flow control there is to know. For time limits, see ASYNC_TIMEOUT.
 *
 * -EBUSY, -ECANCELED and -ENOMEM are possible for every async function here, and so are the
 * errors of what the stream is over, such as -ECONNRESET of a socket; they are not repeated
 * below.
 */
#ifndef ASYNCC_STREAM_H
#define ASYNCC_STREAM_H

#include <asyncc.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_stream;
struct iovec;

/* What a stream is over. The functions get the transport that async_stream_new was given. At
 * most one call of read and one of write, flush or shutdown is under way at a time; close is
 * called once, when no other is, and also in a cancelled task. Each gives a negative errno on
 * failure. Cancelled calls give -ECANCELED; then and on other errors, read has taken and
 * write has passed on nothing, or the transport must give the same error from then on. */
struct async_stream_kind {
	const char *name;
	/* Reads up to len bytes, as soon as there are some: their number, 0 at the end. NULL: a
	 * stream that cannot be read gives -EBADF. */
	_Async ssize_t (*read)(void *transport, void *buf, size_t len);
	/* Writes some of count parts, at least one byte: their number. The parts are not empty,
	 * and there are at most 16. NULL: -EBADF. */
	_Async ssize_t (*write)(void *transport, const struct iovec *parts, int count);
	/* Ends writing: the other side reads the end. NULL: -EOPNOTSUPP. */
	_Async int (*shutdown)(void *transport);
	/* Closes, without waiting in a cancelled task, and frees the transport. */
	_Async int (*close)(void *transport);
	/* The descriptor to which what is written goes as it is, for async_stream_send_file,
	 * or -1. NULL: there is none. */
	int (*fd)(void *transport);
	/* Passes on what write has taken and kept; called in the place of a write, when all of the
	 * stream has been written. May be called again after it has failed. NULL: write keeps
	 * nothing. */
	_Async int (*flush)(void *transport);
};

/* Opening. A stream owns what it is over, and closing it closes that; when there is no memory
 * for the stream, NULL, the caller still owns it. None of these is async unless it says so. */

struct async_stream *async_stream_new(const struct async_stream_kind *kind, void *transport);
/* Over a descriptor of any kind, or over one to read from and one to write to; -1: none. */
struct async_stream *async_stream_of_fd(int fd);
struct async_stream *async_stream_of_fds(int in, int out);
/* Two streams in memory: what is written to one is read from the other. A side that has not
 * read capacity bytes makes the other one wait. Gives 0 or -ENOMEM. When one side is closed,
 * the other reads the end, and gets -EPIPE for writing. */
int async_stream_pair(struct async_stream *pair[2], size_t capacity);

/* Connects as async_connect_tcp or async_connect_unix does. Gives 0 and a stream, or an error
 * and NULL. */
_Async int async_open_connection(const char *host, const char *service,
				 struct async_stream **stream);
_Async int async_open_unix_connection(const char *path, struct async_stream **stream);
/* Opens a file as async_open does (file.h). A file has one position, for reading and for writing:
 * to do both, open it twice. */
_Async int async_open_file(const char *path, int flags, mode_t mode, struct async_stream **stream);
/* Over the pipes to a process (process.h): reads its standard output and writes to its standard
 * input, which async_stream_shutdown closes. The stream owns them from then on. */
struct async_process;
struct async_stream *async_process_stream(struct async_process *process);

/* Accepts connections from a listening socket, and for each starts a task that calls handler
 * with a stream and arg, and closes the stream then. Goes on until it is cancelled or
 * accepting fails for good; then the handlers are cancelled too, and have ended when it
 * returns. Without descriptors or memory for more connections it waits until there are some
 * again. Gives -ECANCELED or the negative errno of async_accept. The listening socket stays
 * open. */
_Async int async_serve(int listener, _Async void (*handler)(struct async_stream *stream, void *arg),
		       void *arg);

/* Flushes, closes what the stream is over and frees the stream, whatever the result. Gives 0 or
 * the first error. In a cancelled task it does not wait; what was not sent is lost then. */
_Async int async_stream_close(struct async_stream *stream);

/* Reading. */

/* Reads up to len bytes, as soon as there are some. Gives their number, 0 at the end. */
_Async ssize_t async_stream_read(struct async_stream *stream, void *buf, size_t len);
/* Reads len bytes, however many. Gives len or -ENODATA. */
_Async ssize_t async_stream_read_exactly(struct async_stream *stream, void *buf, size_t len);
/* Reads a line, and gives its length without its end, "\n" or "\r\n", in whose place there is
 * a zero byte. What stands behind the last end of line is a line too, when it is not empty.
 * -ENODATA at the end, -EMSGSIZE. */
_Async ssize_t async_stream_read_line(struct async_stream *stream, char **line);
/* Reads until a separator of len bytes, and gives the number of bytes, the separator included.
 * -ENODATA when the stream ends before; -EMSGSIZE; -EINVAL for an empty separator. */
_Async ssize_t async_stream_read_until(struct async_stream *stream, const void *separator,
				       size_t len, char **data);
/* Reads all that comes until the end, at most limit bytes, and gives their number; a zero byte
 * stands behind them. -EMSGSIZE when there are more. */
_Async ssize_t async_stream_read_all(struct async_stream *stream, size_t limit, char **data);
/* Sees to it that at least len bytes are in the buffer, or all until the end, and gives how many
 * are there, without taking them. -EMSGSIZE when len is above the limit. */
_Async ssize_t async_stream_peek(struct async_stream *stream, size_t len, char **data);
/* Takes n of the bytes that are in the buffer, at most all. Not async. */
void async_stream_skip(struct async_stream *stream, size_t n);
/* How many bytes are in the buffer. Not async. */
size_t async_stream_buffered(const struct async_stream *stream);
/* Sets the limit of lines and the like, at first 65536 bytes. Not async. */
void async_stream_set_limit(struct async_stream *stream, size_t limit);

/* Writing. */

/* Writes len bytes, all of some parts, or a text as printf(3) does. Gives the number of bytes
 * or a negative errno: -EINVAL for more than 1024 parts; of vsnprintf(3). */
_Async ssize_t async_stream_write(struct async_stream *stream, const void *buf, size_t len);
_Async ssize_t async_stream_writev(struct async_stream *stream, const struct iovec *parts,
				   int count);
_Async ssize_t async_stream_printf(struct async_stream *stream, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
_Async ssize_t async_stream_vprintf(struct async_stream *stream, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Sends what was written. Gives 0 or a negative errno. When it fails, what was not sent yet is
 * still to be sent. */
_Async int async_stream_flush(struct async_stream *stream);
/* Flushes and ends writing: the other side reads the end; reading goes on. Gives 0 or a
 * negative errno, -EOPNOTSUPP when that is not possible. */
_Async int async_stream_shutdown(struct async_stream *stream);

/* Writes to one stream what comes from another, until its end or max bytes, and flushes. Gives
 * the number of bytes, or the first error; everything that was taken from the one has been
 * written to the other then, too. */
_Async int64_t async_stream_copy(struct async_stream *to, struct async_stream *from, uint64_t max);
/* Flushes, and sends up to len bytes of a file from *offset on, which moves on; by sendfile(2)
 * where the stream goes to a descriptor as it is. Gives the number of bytes, less than len at
 * the end of the file, or the first error. */
_Async int64_t async_stream_send_file(struct async_stream *stream, int file, off_t *offset,
				      uint64_t len);

/* What the stream is over: the transport, or NULL when it is not of that kind. Not async. */
void *async_stream_transport(const struct async_stream *stream,
			     const struct async_stream_kind *kind);
/* The descriptor that is read from, or written to when there is none, of a stream over
 * descriptors, for setsockopt(2) and the like; -1 for other streams. Not async. */
int async_stream_fd(const struct async_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
