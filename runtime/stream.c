/* Buffered streams.
 *
 * What was read and not taken yet is data[start..end) of the input buffer, with room for a
 * zero byte behind it; what was taken to be written and not sent yet is the same of the
 * output buffer. All that a call reads goes through the input buffer, or comes back there
 * when the call fails; a write that fails half-way leaves its rest in the output buffer and
 * counts as done, so that the failure meets the next call. So no byte is lost or sent twice
 * by a cancellation. Should there be no memory for that, the direction fails for good.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FIRST_BUFFER 4096
#define LEAST_READ 1024   /* worth a call */
#define KEPT_BUFFER 65536 /* larger ones are freed when empty */
#define MOST_OUTPUT 16384 /* longer writes are not copied */
#define MOST_PARTS 16     /* to the transport at once */
#define MOST_WRITTEN 1024 /* parts in one call */
#define LIMIT 65536
#define PRINTED 256 /* room to try printing in */
#define RETRY_MS 50 /* to accept, when something was lacking */

struct buffer {
	char *data;
	size_t start, end, capacity;
};

struct async_stream {
	const struct async_stream_kind *kind;
	void *transport;
	struct buffer in, out;
	size_t limit;
	int in_error, out_error; /* what was in a buffer is lost */
	bool reading, writing;
	int fds[2]; /* the transport of a stream over descriptors */
	struct async__fault *fault;
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t length(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

static char *head(const struct buffer *buffer)
{
	return buffer->data + buffer->start;
}

static void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){NULL, 0, 0, 0};
}

static void move_down(struct buffer *buffer)
{
	size_t len = length(buffer);

	if (buffer->start && len)
		memmove(buffer->data, head(buffer), len);
	buffer->start = 0;
	buffer->end = len;
}

/* Sees to it that there is room for so many bytes, and one more, behind the end. */
static bool reserve(struct buffer *buffer, size_t room)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_BUFFER / 2;
	size_t wanted;
	char *data;

	if (buffer->capacity - buffer->end > room)
		return true;
	move_down(buffer);
	if (buffer->capacity - buffer->end > room)
		return true;
	if (__builtin_add_overflow(buffer->end, room, &wanted) || wanted >= SSIZE_MAX)
		return false;
	do
		capacity = capacity < SSIZE_MAX / 2 ? capacity * 2 : SSIZE_MAX;
	while (capacity <= wanted);
	data = async__realloc(buffer->data, capacity);
	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

static bool append(struct buffer *buffer, const void *data, size_t len)
{
	if (!reserve(buffer, len))
		return false;
	if (len)
		memcpy(buffer->data + buffer->end, data, len);
	buffer->end += len;
	return true;
}

static void skip(struct buffer *buffer, size_t len)
{
	buffer->start += len;
}

static size_t take(struct buffer *buffer, void *to, size_t len)
{
	len = smaller(len, length(buffer));
	if (len)
		memcpy(to, head(buffer), len);
	skip(buffer, len);
	return len;
}

/* Begins an operation in one direction, which ends by clearing *busy. */
static async int enter(bool *busy)
{
	int error;

	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	if (*busy)
		return -EBUSY;
	*busy = true;
	return 0;
}

static async ssize_t transport_read(struct async_stream *stream, void *buf, size_t len)
{
	int error;

	if (stream->in_error)
		return stream->in_error;
	if (!stream->kind->read)
		return -EBADF;
	if (unlikely(stream->fault)) {
		error = async__fault_error(stream->fault);
		if (error)
			return error;
		len = async__fault_limit(stream->fault, 0, len);
	}
	return await stream->kind->read(stream->transport, buf, len);
}

static int faulty_parts(struct async_stream *stream, struct iovec *parts, int *count)
{
	int error = async__fault_error(stream->fault);
	size_t len = async__fault_limit(stream->fault, 1, parts[0].iov_len);

	if (len < parts[0].iov_len) {
		parts[0].iov_len = len;
		*count = 1;
	}
	return error;
}

static async ssize_t transport_write(struct async_stream *stream, struct iovec *parts, int count)
{
	ssize_t n;

	if (stream->out_error)
		return stream->out_error;
	if (!stream->kind->write)
		return -EBADF;
	if (unlikely(stream->fault)) {
		n = faulty_parts(stream, parts, &count);
		if (n)
			return n;
	}
	n = await stream->kind->write(stream->transport, parts, count);
	return n ? n : -EIO;
}

/* Reads what comes into the buffer. */
static async ssize_t fill(struct async_stream *stream, size_t room)
{
	struct buffer *in = &stream->in;
	ssize_t n;

	if (!length(in) && in->capacity > KEPT_BUFFER)
		buffer_free(in);
	if (!reserve(in, room > LEAST_READ ? room : LEAST_READ))
		return -ENOMEM;
	n = await transport_read(stream, in->data + in->end, in->capacity - in->end - 1);
	if (n > 0)
		in->end += (size_t)n;
	return n;
}

static async ssize_t read_some(struct async_stream *stream, void *buf, size_t len)
{
	ssize_t n;

	if (!len)
		return 0;
	if (!length(&stream->in) && len >= FIRST_BUFFER)
		return await transport_read(stream, buf, len);
	if (!length(&stream->in)) {
		n = await fill(stream, 1);
		if (n <= 0)
			return n;
	}
	return (ssize_t)take(&stream->in, buf, len);
}

ASYNC__EXPORT async ssize_t async_stream_read(struct async_stream *stream, void *buf, size_t len)
{
	ssize_t n = await enter(&stream->reading);

	if (n)
		return n;
	n = await read_some(stream, buf, len);
	stream->reading = false;
	return n;
}

/* Reads until so many bytes are in the buffer: 0 or an error. */
static async ssize_t gather(struct async_stream *stream, size_t len)
{
	ssize_t n;

	while (length(&stream->in) < len) {
		n = await fill(stream, len - length(&stream->in));
		if (n <= 0)
			return n ? n : -ENODATA;
	}
	return 0;
}

static ssize_t put_back(struct async_stream *stream, const void *data, size_t len, ssize_t error)
{
	if (!append(&stream->in, data, len))
		stream->in_error = -ENOMEM;
	return error;
}

/* Long ones go to where they are wanted at once. */
static async ssize_t read_straight(struct async_stream *stream, char *buf, size_t len)
{
	size_t done = take(&stream->in, buf, len);
	ssize_t n;

	while (done < len) {
		n = await transport_read(stream, buf + done, len - done);
		if (n <= 0)
			return put_back(stream, buf, done, n ? n : -ENODATA);
		done += (size_t)n;
	}
	return (ssize_t)len;
}

static async ssize_t read_exactly(struct async_stream *stream, void *buf, size_t len)
{
	ssize_t error;

	if (len > SSIZE_MAX)
		return -EINVAL;
	if (len > MOST_OUTPUT)
		return await read_straight(stream, buf, len);
	error = await gather(stream, len);
	return error ? error : (ssize_t)take(&stream->in, buf, len);
}

ASYNC__EXPORT async ssize_t async_stream_read_exactly(struct async_stream *stream, void *buf,
						      size_t len)
{
	ssize_t n = await enter(&stream->reading);

	if (n)
		return n;
	n = await read_exactly(stream, buf, len);
	stream->reading = false;
	return n;
}

/* The length up to and with the separator, which is not taken yet. */
static async ssize_t find(struct async_stream *stream, const void *separator, size_t len)
{
	struct buffer *in = &stream->in;
	size_t searched = 0;
	const char *found;
	ssize_t n;

	for (;;) {
		found = NULL;
		if (length(in) > searched)
			found = memmem(head(in) + searched, length(in) - searched, separator, len);
		if (found && (size_t)(found - head(in)) + len <= stream->limit)
			return found - head(in) + (ssize_t)len;
		if (found || length(in) >= stream->limit)
			return -EMSGSIZE;
		searched = length(in) >= len ? length(in) - len + 1 : 0;
		n = await fill(stream, 1);
		if (n <= 0)
			return n ? n : -ENODATA;
	}
}

/* Ends a line of n bytes by a zero byte, and gives its length. */
static ssize_t trim(char *line, ssize_t n)
{
	if (n && line[n - 1] == '\n')
		n--;
	else
		return n;
	if (n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return n;
}

static async ssize_t read_line(struct async_stream *stream, char **line)
{
	struct buffer *in = &stream->in;
	ssize_t n = await find(stream, "\n", 1);

	if (n == -ENODATA && length(in)) {
		n = (ssize_t)length(in);
		in->data[in->end] = '\0';
	}
	if (n < 0)
		return n;
	*line = head(in);
	skip(in, (size_t)n);
	return trim(*line, n);
}

ASYNC__EXPORT async ssize_t async_stream_read_line(struct async_stream *stream, char **line)
{
	ssize_t n = await enter(&stream->reading);

	if (n)
		return n;
	n = await read_line(stream, line);
	stream->reading = false;
	return n;
}

ASYNC__EXPORT async ssize_t async_stream_read_until(struct async_stream *stream,
						    const void *separator, size_t len, char **data)
{
	ssize_t n = len ? await enter(&stream->reading) : -EINVAL;

	if (n)
		return n;
	n = await find(stream, separator, len);
	stream->reading = false;
	if (n < 0)
		return n;
	*data = head(&stream->in);
	skip(&stream->in, (size_t)n);
	return n;
}

static async ssize_t read_all(struct async_stream *stream, size_t limit, char **data)
{
	struct buffer *in = &stream->in;
	ssize_t n;

	do {
		if (length(in) > limit)
			return -EMSGSIZE;
		n = await fill(stream, 1);
	} while (n > 0);
	if (n < 0)
		return n;
	n = (ssize_t)length(in);
	*data = head(in);
	in->data[in->end] = '\0';
	skip(in, (size_t)n);
	return n;
}

ASYNC__EXPORT async ssize_t async_stream_read_all(struct async_stream *stream, size_t limit,
						  char **data)
{
	ssize_t n = await enter(&stream->reading);

	if (n)
		return n;
	n = await read_all(stream, limit, data);
	stream->reading = false;
	return n;
}

ASYNC__EXPORT async ssize_t async_stream_peek(struct async_stream *stream, size_t len, char **data)
{
	ssize_t n = len > stream->limit ? -EMSGSIZE : await enter(&stream->reading);

	if (n)
		return n;
	n = await gather(stream, len);
	stream->reading = false;
	if (n && n != -ENODATA)
		return n;
	*data = head(&stream->in);
	return (ssize_t)length(&stream->in);
}

ASYNC__EXPORT void async_stream_skip(struct async_stream *stream, size_t n)
{
	skip(&stream->in, smaller(n, length(&stream->in)));
}

ASYNC__EXPORT size_t async_stream_buffered(const struct async_stream *stream)
{
	return length(&stream->in);
}

ASYNC__EXPORT void async_stream_set_limit(struct async_stream *stream, size_t limit)
{
	stream->limit = limit;
}

static async int send_buffer(struct async_stream *stream)
{
	struct buffer *out = &stream->out;
	struct iovec part;
	ssize_t n;

	while (length(out)) {
		part = (struct iovec){head(out), length(out)};
		n = await transport_write(stream, &part, 1);
		if (n < 0)
			return (int)n;
		skip(out, (size_t)n);
	}
	if (out->capacity > KEPT_BUFFER)
		buffer_free(out);
	if (stream->out_error || !stream->kind->flush)
		return stream->out_error;
	return await stream->kind->flush(stream->transport);
}

/* Parts on their way: those from first on, without the first bytes of that. */
struct parts {
	const struct iovec *list;
	int count;
	size_t first, skipped, left;
};

static void parts_skip(struct parts *parts, size_t n)
{
	parts->left -= n;
	n += parts->skipped;
	while (parts->first < (size_t)parts->count && n >= parts->list[parts->first].iov_len)
		n -= parts->list[parts->first++].iov_len;
	parts->skipped = n;
}

/* What comes next: the rest of the buffer and of the parts. */
static int next_parts(const struct buffer *out, const struct parts *parts, struct iovec *next)
{
	size_t skipped = parts->skipped;
	int n = 0;

	if (length(out))
		next[n++] = (struct iovec){head(out), length(out)};
	for (int i = (int)parts->first; i < parts->count && n < MOST_PARTS; i++) {
		if (parts->list[i].iov_len > skipped)
			next[n++] = (struct iovec){(char *)parts->list[i].iov_base + skipped,
						   parts->list[i].iov_len - skipped};
		skipped = 0;
	}
	return n;
}

/* Takes the rest of the parts. */
static bool keep(struct buffer *out, struct parts *parts)
{
	struct iovec next[MOST_PARTS];
	struct buffer none = {NULL, 0, 0, 0};

	if (!reserve(out, parts->left))
		return false;
	while (parts->left) {
		int n = next_parts(&none, parts, next);

		for (int i = 0; i < n; i++) {
			append(out, next[i].iov_base, next[i].iov_len);
			parts_skip(parts, next[i].iov_len);
		}
	}
	return true;
}

/* Sends the buffer and the parts. Fails only while nothing of the parts has been sent. */
static async ssize_t send_parts(struct async_stream *stream, struct parts *parts)
{
	struct iovec next[MOST_PARTS];
	size_t all = parts->left, buffered;
	ssize_t n;

	while (parts->left) {
		n = await transport_write(stream, next, next_parts(&stream->out, parts, next));
		if (n < 0 && parts->left == all)
			return n;
		if (n < 0)
			break;
		buffered = smaller((size_t)n, length(&stream->out));
		skip(&stream->out, buffered);
		parts_skip(parts, (size_t)n - buffered);
	}
	if (parts->left && !keep(&stream->out, parts))
		stream->out_error = -ENOMEM;
	return (ssize_t)all;
}

static async ssize_t write_parts(struct async_stream *stream, const struct iovec *list, int count)
{
	struct parts parts = {.list = list, .count = count};

	for (int i = 0; i < count; i++)
		if (__builtin_add_overflow(parts.left, list[i].iov_len, &parts.left))
			return -EINVAL;
	if (parts.left > SSIZE_MAX)
		return -EINVAL;
	if (stream->out_error)
		return stream->out_error;
	if (parts.left + length(&stream->out) > MOST_OUTPUT)
		return await send_parts(stream, &parts);
	count = (int)parts.left;
	return keep(&stream->out, &parts) ? count : -ENOMEM;
}

ASYNC__EXPORT async ssize_t async_stream_writev(struct async_stream *stream,
						const struct iovec *parts, int count)
{
	ssize_t n = count < 0 || count > MOST_WRITTEN ? -EINVAL : await enter(&stream->writing);

	if (n)
		return n;
	n = await write_parts(stream, parts, count);
	stream->writing = false;
	return n;
}

/* A short write that nothing hinders: -EAGAIN when something does. Fuel tells that the task is
 * not cancelled. */
static ssize_t write_at_once(struct async_stream *stream, const void *buf, size_t len)
{
	if (stream->writing || stream->out_error || async__fuel <= 0 ||
	    len > MOST_OUTPUT - smaller(length(&stream->out), MOST_OUTPUT))
		return -EAGAIN;
	async__fuel--;
	return append(&stream->out, buf, len) ? (ssize_t)len : -ENOMEM;
}

static async ssize_t write_otherwise(struct async_stream *stream, const void *buf, size_t len)
{
	struct iovec part = {(void *)(uintptr_t)buf, len};

	return await async_stream_writev(stream, &part, 1);
}

ASYNC__EXPORT async ssize_t async_stream_write(struct async_stream *stream, const void *buf,
					       size_t len)
{
	ssize_t n = write_at_once(stream, buf, len);

	return n != -EAGAIN ? n : await write_otherwise(stream, buf, len);
}

static ssize_t print_at_once(struct async_stream *stream, const char *format, va_list args)
{
	struct buffer *out = &stream->out;
	size_t room;
	int n;

	if (stream->writing || stream->out_error || async__fuel <= 0 ||
	    length(out) + PRINTED > MOST_OUTPUT || !reserve(out, PRINTED))
		return -EAGAIN;
	room = smaller(out->capacity - out->end, MOST_OUTPUT - length(out));
	n = vsnprintf(out->data + out->end, room, format, args);
	if (n >= 0 && (size_t)n >= room)
		return -EAGAIN;
	async__fuel--;
	out->end += n < 0 ? 0 : (size_t)n;
	return n < 0 ? -errno : n;
}

/* Prints into the buffer, or into text, to be written and freed: -EAGAIN then. */
static ssize_t print(struct async_stream *stream, const char *format, va_list args, char **text,
		     size_t *len)
{
	va_list again;
	ssize_t n;

	va_copy(again, args);
	n = print_at_once(stream, format, again);
	va_end(again);
	if (n != -EAGAIN)
		return n;
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return -errno;
	*len = (size_t)n;
	*text = async__alloc(*len + 1);
	if (!*text)
		return -ENOMEM;
	vsnprintf(*text, *len + 1, format, args);
	return -EAGAIN;
}

static async ssize_t write_text(struct async_stream *stream, char *text, size_t len)
{
	ssize_t n = await async_stream_write(stream, text, len);

	free(text);
	return n;
}

ASYNC__EXPORT async ssize_t async_stream_printf(struct async_stream *stream, const char *format,
						...)
{
	va_list args;
	char *text;
	size_t len;
	ssize_t n;

	va_start(args, format);
	n = print(stream, format, args, &text, &len);
	va_end(args);
	return n != -EAGAIN ? n : await write_text(stream, text, len);
}

ASYNC__EXPORT async ssize_t async_stream_vprintf(struct async_stream *stream, const char *format,
						 va_list args)
{
	char *text;
	size_t len;
	ssize_t n = print(stream, format, args, &text, &len);

	return n != -EAGAIN ? n : await write_text(stream, text, len);
}

ASYNC__EXPORT async int async_stream_flush(struct async_stream *stream)
{
	int error = await enter(&stream->writing);

	if (error)
		return error;
	error = await send_buffer(stream);
	stream->writing = false;
	return error;
}

static async int flush_and_shut(struct async_stream *stream)
{
	int error = await send_buffer(stream);

	if (error)
		return error;
	if (!stream->kind->shutdown)
		return -EOPNOTSUPP;
	return await stream->kind->shutdown(stream->transport);
}

ASYNC__EXPORT async int async_stream_shutdown(struct async_stream *stream)
{
	int error = await enter(&stream->writing);

	if (error)
		return error;
	error = await flush_and_shut(stream);
	stream->writing = false;
	return error;
}

ASYNC__EXPORT async int async_stream_close(struct async_stream *stream)
{
	int error, closed;

	if (stream->reading || stream->writing)
		return -EBUSY;
	stream->reading = stream->writing = true;
	error = await send_buffer(stream);
	closed = await stream->kind->close(stream->transport);
	free(stream->fault);
	buffer_free(&stream->in);
	buffer_free(&stream->out);
	free(stream);
	return error ? error : closed;
}

ASYNC__EXPORT async int64_t async_stream_copy(struct async_stream *to, struct async_stream *from,
					      uint64_t max)
{
	uint64_t done = 0;
	ssize_t n;
	char *data;

	while (done < max) {
		n = await async_stream_peek(from, 1, &data);
		if (n < 0)
			return n;
		if (!n)
			break;
		if ((uint64_t)n > max - done)
			n = (ssize_t)(max - done);
		n = await async_stream_write(to, data, (size_t)n);
		if (n < 0)
			return n;
		async_stream_skip(from, (size_t)n);
		done += (uint64_t)n;
	}
	n = await async_stream_flush(to);
	return n ? n : (int64_t)done;
}

/* Reads of a file and writes, where sendfile is not possible. */
static async int64_t copy_file(struct async_stream *stream, int file, off_t *offset, uint64_t len)
{
	uint64_t done = 0;
	ssize_t n = 0;
	char *data = async__alloc(MOST_OUTPUT);

	if (!data)
		return -ENOMEM;
	while (done < len) {
		n = await async_pread(file, data, smaller(len - done, MOST_OUTPUT), *offset);
		if (n > 0)
			n = await async_stream_write(stream, data, (size_t)n);
		if (n <= 0)
			break;
		*offset += n;
		done += (uint64_t)n;
	}
	free(data);
	if (n >= 0)
		n = await async_stream_flush(stream);
	return n < 0 ? n : (int64_t)done;
}

static async int64_t send_file(int out, int file, off_t *offset, uint64_t len)
{
	uint64_t done = 0;
	ssize_t n;

	while (done < len) {
		n = await async_sendfile(out, file, offset, smaller(len - done, INT_MAX));
		if (n < 0)
			return n;
		if (!n)
			break;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

ASYNC__EXPORT async int64_t async_stream_send_file(struct async_stream *stream, int file,
						   off_t *offset, uint64_t len)
{
	int out = stream->kind->fd ? stream->kind->fd(stream->transport) : -1;
	int64_t n = out < 0 ? -EINVAL : await enter(&stream->writing);

	if (!n) {
		n = await send_buffer(stream);
		if (!n)
			n = await send_file(out, file, offset, len);
		stream->writing = false;
	}
	return n == -EINVAL ? await copy_file(stream, file, offset, len) : n;
}

/* Opening */

ASYNC__EXPORT struct async_stream *async_stream_new(const struct async_stream_kind *kind,
						    void *transport)
{
	struct async_stream *stream = async__alloc_zero(sizeof *stream);

	if (!stream)
		return NULL;
	stream->kind = kind;
	stream->transport = transport;
	stream->limit = LIMIT;
	stream->fds[0] = stream->fds[1] = -1;
	return stream;
}

ASYNC__EXPORT void *async_stream_transport(const struct async_stream *stream,
					   const struct async_stream_kind *kind)
{
	return stream->kind == kind ? stream->transport : NULL;
}

struct async__fault **async__stream_fault(struct async_stream *stream)
{
	return &stream->fault;
}

static async ssize_t fds_read(void *transport, void *buf, size_t len)
{
	const int *fds = transport;

	return await async_read(fds[0], buf, len);
}

static async ssize_t fds_write(void *transport, const struct iovec *parts, int count)
{
	const int *fds = transport;

	if (count == 1)
		return await async_write(fds[1], parts->iov_base, parts->iov_len);
	return await async_writev(fds[1], parts, count);
}

/* Where reading is by another descriptor, the one for writing need not be a socket. */
static async int fds_shutdown(void *transport)
{
	int *fds = transport, out = fds[1];

	if (out < 0)
		return -EBADF;
	if (!ASYNC__CALL(shutdown(out, SHUT_WR)))
		return 0;
	if (errno != ENOTSOCK)
		return -errno;
	if (out == fds[0])
		return -EOPNOTSUPP;
	fds[1] = -1;
	return await async_close(out);
}

static async int fds_close(void *transport)
{
	int *fds = transport, in = fds[0], out = fds[1];
	int error = in >= 0 ? await async_close(in) : 0, second = 0;

	if (out >= 0 && out != in)
		second = await async_close(out);
	return error ? error : second;
}

static int fds_fd(void *transport)
{
	const int *fds = transport;

	return fds[1];
}

static const struct async_stream_kind fds_kind = {
	"descriptor", fds_read, fds_write, fds_shutdown, fds_close, fds_fd, NULL,
};

ASYNC__EXPORT struct async_stream *async_stream_of_fds(int in, int out)
{
	struct async_stream *stream = async_stream_new(&fds_kind, NULL);

	if (!stream)
		return NULL;
	stream->transport = stream->fds;
	stream->fds[0] = in;
	stream->fds[1] = out;
	return stream;
}

ASYNC__EXPORT struct async_stream *async_stream_of_fd(int fd)
{
	return async_stream_of_fds(fd, fd);
}

ASYNC__EXPORT int async_stream_fd(const struct async_stream *stream)
{
	return stream->fds[0] >= 0 ? stream->fds[0] : stream->fds[1];
}

/* A stream over a new descriptor, which is closed without memory for it. */
static async int stream_over(int fd, struct async_stream **stream)
{
	*stream = fd < 0 ? NULL : async_stream_of_fd(fd);
	if (fd < 0)
		return fd;
	if (*stream)
		return 0;
	await async_close(fd);
	return -ENOMEM;
}

ASYNC__EXPORT async int async_open_connection(const char *host, const char *service,
					      struct async_stream **stream)
{
	return await stream_over(await async_connect_tcp(host, service), stream);
}

ASYNC__EXPORT async int async_open_unix_connection(const char *path, struct async_stream **stream)
{
	return await stream_over(await async_connect_unix(path, SOCK_STREAM), stream);
}

ASYNC__EXPORT async int async_open_file(const char *path, int flags, mode_t mode,
					struct async_stream **stream)
{
	return await stream_over(await async_open(path, flags, mode), stream);
}

ASYNC__EXPORT struct async_stream *async_process_stream(struct async_process *process)
{
	struct async_stream *stream = async_stream_of_fds(process->out, process->in);

	if (!stream)
		return NULL;
	/* A terminal may be the third end too. */
	if (process->err == process->out || process->err == process->in)
		process->err = -1;
	process->in = process->out = -1;
	return stream;
}

typedef async void connection_handler(struct async_stream *stream, void *arg);

static async void serve_one(struct async_stream *stream, connection_handler *handler, void *arg)
{
	await handler(stream, arg);
	await async_stream_close(stream);
}

static async int serve_next(int listener, struct async_group *group, connection_handler *handler,
			    void *arg)
{
	struct async_stream *stream;
	int fd = await async_accept(listener), error;

	if (fd < 0)
		return fd;
	error = await stream_over(fd, &stream);
	if (error)
		return error;
	error = async_group_start(group, serve_one(stream, handler, arg));
	if (error)
		await async_stream_close(stream);
	return error;
}

static bool is_lack(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOBUFS;
}

ASYNC__EXPORT async int async_serve(int listener, connection_handler *handler, void *arg)
{
	struct async_group group;
	int error = async_group_open(&group);

	while (!error) {
		error = await serve_next(listener, &group, handler, arg);
		if (is_lack(error))
			error = await async_sleep_ms(RETRY_MS);
	}
	async_group_cancel(&group);
	await async_group_close(&group);
	return error;
}
