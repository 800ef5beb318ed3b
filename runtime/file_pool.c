/* Files: what takes several system calls, or one that io_uring does not have. A thread of
 * the pool makes them all in one go; the longer ones look between two of them whether
 * their task has been cancelled.
 */
#include "internal.h"

#include <asyncc/file.h>

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is copied between two looks. */
#define PIECE ASYNC__FILE_PIECE
#define FIRST_READ 4096

#define RESULT(type, name, ...)                                                                    \
	struct async_result_##type async__##name(__VA_ARGS__) ASYNC__NAME(async_##name);           \
	ASYNC__EXPORT struct async_result_##type async__##name(__VA_ARGS__)

static bool unwanted(struct async__blocking *blocking)
{
	return atomic_load_explicit(&blocking->unwanted, memory_order_relaxed);
}

/* Names */

struct name_job {
	struct async__blocking blocking;
	const char *path;
	char *to;
	size_t size;
};

static struct async_result_int name_start(const struct async__op *function,
					  ssize_t (*call)(struct async__blocking *),
					  const char *path, char *to, size_t size)
{
	int error;
	struct name_job *job = (struct name_job *)(void *)async__blocking_begin(
		function, sizeof *job, call, &error);

	if (!job)
		return async__done_int(async__loop, error);
	job->path = path;
	job->to = to;
	job->size = size;
	return async__narrow(async__blocking_start(&job->blocking));
}

static ssize_t readlink_call(struct async__blocking *blocking)
{
	struct name_job *job = (struct name_job *)(void *)blocking;
	ssize_t n = readlink(job->path, job->to, job->size);

	if (n < 0)
		return -errno;
	if ((size_t)n == job->size)
		return -ERANGE;
	job->to[n] = '\0';
	return n;
}

static const struct async__op readlink_op = ASYNC__BLOCKING(readlink_op, "async_readlink");

RESULT(int, readlink, const char *path, char *to, size_t size)
{
	if (!size)
		return async__done_int(async__loop, -ERANGE);
	return name_start(&readlink_op, readlink_call, path, to, size);
}

static ssize_t mkstemp_call(struct async__blocking *blocking)
{
	int fd = mkostemp(((struct name_job *)(void *)blocking)->to, O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static const struct async__op mkstemp_op = ASYNC__BLOCKING(mkstemp_op, "async_mkstemp");

RESULT(int, mkstemp, char *name_template)
{
	return name_start(&mkstemp_op, mkstemp_call, NULL, name_template, 0);
}

static ssize_t mkdtemp_call(struct async__blocking *blocking)
{
	return mkdtemp(((struct name_job *)(void *)blocking)->to) ? 0 : -errno;
}

static const struct async__op mkdtemp_op = ASYNC__BLOCKING(mkdtemp_op, "async_mkdtemp");

RESULT(int, mkdtemp, char *name_template)
{
	return name_start(&mkdtemp_op, mkdtemp_call, NULL, name_template, 0);
}

/* Makes a file whose name is path and more. Gives a descriptor, and the name, from malloc. */
static int open_beside(const char *path, mode_t mode, char **name)
{
	uint64_t number;
	int fd;

	*name = malloc(strlen(path) + sizeof ".0123456789abcdef");
	if (!*name)
		return -ENOMEM;
	do {
		if (getrandom(&number, sizeof number, 0) != sizeof number)
			number = async_now_ns();
		sprintf(*name, "%s.%016" PRIx64, path, number);
		fd = open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST);
	if (fd >= 0)
		return fd;
	fd = -errno;
	free(*name);
	return fd;
}

/* Where there are no files without names: one whose name is removed at once. */
static int open_unnamed(const char *dir)
{
	char *path, *name;
	int fd;

	if (asprintf(&path, "%s/asyncc", dir) < 0)
		return -ENOMEM;
	fd = open_beside(path, 0600, &name);
	free(path);
	if (fd < 0)
		return fd;
	unlink(name);
	free(name);
	return fd;
}

static ssize_t tmpfile_call(struct async__blocking *blocking)
{
	const char *dir = ((struct name_job *)(void *)blocking)->path;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* What file systems without such files say, and kernels. */
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -errno;
	return open_unnamed(dir);
}

static const struct async__op tmpfile_op = ASYNC__BLOCKING(tmpfile_op, "async_tmpfile");

RESULT(int, tmpfile, const char *dir)
{
	if (!dir)
		dir = getenv("TMPDIR");
	return name_start(&tmpfile_op, tmpfile_call, dir && *dir ? dir : "/tmp", NULL, 0);
}

/* Whole files */

struct content_job {
	struct async__blocking blocking;
	const char *path;
	char **to;
	size_t limit;
	const char *from;
	size_t len;
	mode_t mode;
};

struct content {
	char *data;
	size_t len, size;
};

/* Makes room for one byte more than there is in all, as far as that is known. */
static int content_grow(struct content *content, size_t expected)
{
	size_t size = content->size ? content->size * 2 : FIRST_READ;
	char *data;

	if (expected + 2 > size)
		size = expected + 2;
	data = realloc(content->data, size);
	if (!data)
		return -ENOMEM;
	content->data = data;
	content->size = size;
	return 0;
}

static ssize_t content_read(struct async__blocking *blocking, int fd, struct content *content,
			    size_t most)
{
	size_t room;
	ssize_t n;

	for (;;) {
		if (unwanted(blocking))
			return -ECANCELED;
		if (content->size - content->len < 2 && content_grow(content, 0))
			return -ENOMEM;
		room = content->size - content->len - 1;
		n = read(fd, content->data + content->len, room < PIECE ? room : PIECE);
		if (n <= 0)
			return n ? -errno : 0;
		content->len += (size_t)n;
		if (content->len > most)
			return -EFBIG;
	}
}

static ssize_t read_all(struct content_job *job, int fd)
{
	size_t most = job->limit ? job->limit : SSIZE_MAX;
	struct content content = {0};
	struct stat status;
	ssize_t error = fstat(fd, &status) ? -errno : 0;

	if (!error && S_ISREG(status.st_mode) && (uint64_t)status.st_size > most)
		error = -EFBIG;
	if (!error)
		error = content_grow(&content,
				     S_ISREG(status.st_mode) ? (size_t)status.st_size : 0);
	if (!error)
		error = content_read(&job->blocking, fd, &content, most);
	if (error) {
		free(content.data);
		return error;
	}
	content.data[content.len] = '\0';
	*job->to = content.data;
	return (ssize_t)content.len;
}

static ssize_t read_file_call(struct async__blocking *blocking)
{
	struct content_job *job = (struct content_job *)(void *)blocking;
	int fd = open(job->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read_all(job, fd);
	close(fd);
	return n;
}

static const struct async__op read_file_op = ASYNC__BLOCKING(read_file_op, "async_read_file");

RESULT(ssize, read_file, const char *path, char **data, size_t limit)
{
	int error;
	struct content_job *job = (struct content_job *)(void *)async__blocking_begin(
		&read_file_op, sizeof *job, read_file_call, &error);

	*data = NULL;
	if (!job)
		return async__done_ssize(async__loop, error);
	job->blocking.wide = true;
	job->path = path;
	job->to = data;
	job->limit = limit;
	return async__blocking_start(&job->blocking);
}

static int write_all(struct content_job *job, int fd)
{
	const char *from = job->from;
	size_t left = job->len;
	ssize_t n;

	while (left) {
		if (unwanted(&job->blocking))
			return -ECANCELED;
		n = write(fd, from, left < PIECE ? left : PIECE);
		if (n < 0)
			return -errno;
		from += n;
		left -= (size_t)n;
	}
	return 0;
}

static int sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
	int fd, error;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -errno;
	/* Not every file system can sync a directory. */
	error = fsync(fd) && errno != EINVAL ? -errno : 0;
	close(fd);
	return error;
}

static int replace(struct content_job *job, int fd, const char *name)
{
	int error = write_all(job, fd);

	if (!error && fsync(fd))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(name, job->path))
		error = -errno;
	if (error)
		unlink(name);
	return error ? error : sync_parent(job->path);
}

static ssize_t write_file_call(struct async__blocking *blocking)
{
	struct content_job *job = (struct content_job *)(void *)blocking;
	char *name;
	int error, fd = open_beside(job->path, job->mode, &name);

	if (fd < 0)
		return fd;
	error = replace(job, fd, name);
	free(name);
	return error;
}

static const struct async__op write_file_op = ASYNC__BLOCKING(write_file_op, "async_write_file");

RESULT(int, write_file, const char *path, const void *data, size_t len, mode_t mode)
{
	int error;
	struct content_job *job = (struct content_job *)(void *)async__blocking_begin(
		&write_file_op, sizeof *job, write_file_call, &error);

	if (!job)
		return async__done_int(async__loop, error);
	job->path = path;
	job->from = data;
	job->len = len;
	job->mode = mode;
	return async__narrow(async__blocking_start(&job->blocking));
}

/* Copying */

struct copy_job {
	struct async__blocking blocking;
	int from, to;
	int64_t *from_offset, *to_offset;
	size_t left;
	char *buf; /* once the kernel cannot do it by itself */
};

static ssize_t copy_inside(struct copy_job *job, size_t len)
{
	ssize_t n = copy_file_range(job->from, (off64_t *)job->from_offset, job->to,
				    (off64_t *)job->to_offset, len, 0);

	return n < 0 ? -errno : n;
}

static ssize_t write_piece(struct copy_job *job, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		if (job->to_offset)
			n = pwrite(job->to, job->buf + done, len - done, *job->to_offset);
		else
			n = write(job->to, job->buf + done, len - done);
		if (n < 0)
			return -errno;
		done += (size_t)n;
		if (job->to_offset)
			*job->to_offset += n;
	}
	return (ssize_t)done;
}

static ssize_t copy_through(struct copy_job *job, size_t len)
{
	ssize_t n;

	if (!job->buf)
		job->buf = malloc(PIECE);
	if (!job->buf)
		return -ENOMEM;
	if (job->from_offset)
		n = pread(job->from, job->buf, len, *job->from_offset);
	else
		n = read(job->from, job->buf, len);
	if (n <= 0)
		return n ? -errno : 0;
	if (job->from_offset)
		*job->from_offset += n;
	return write_piece(job, (size_t)n);
}

static bool kernel_cannot(ssize_t error)
{
	return error == -EXDEV || error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP ||
	       error == -ETXTBSY;
}

/* Files of /proc and the like have no size for the kernel to go by, and seem empty to it. */
static ssize_t copy_piece(struct copy_job *job, size_t done, size_t len)
{
	ssize_t n;

	if (!job->buf) {
		n = copy_inside(job, len);
		if (n > 0 || (n == 0 && done) || (n < 0 && !kernel_cannot(n)))
			return n;
	}
	return copy_through(job, len);
}

static ssize_t copy_call(struct async__blocking *blocking)
{
	struct copy_job *job = (struct copy_job *)(void *)blocking;
	size_t done = 0;
	ssize_t n = 0;

	while (job->left) {
		n = unwanted(blocking) ? -ECANCELED : 0;
		if (!n)
			n = copy_piece(job, done, job->left < PIECE ? job->left : PIECE);
		if (n <= 0)
			break;
		done += (size_t)n;
		job->left -= (size_t)n;
	}
	free(job->buf);
	return n < 0 && (!done || n != -ECANCELED) ? n : (ssize_t)done;
}

static const struct async__op copy_op = ASYNC__BLOCKING(copy_op, "async_copy_range");

RESULT(ssize, copy_range, int from, int64_t *from_offset, int to, int64_t *to_offset, size_t len)
{
	int error;
	struct copy_job *job = (struct copy_job *)(void *)async__blocking_begin(
		&copy_op, sizeof *job, copy_call, &error);

	if (!job)
		return async__done_ssize(async__loop, error);
	job->blocking.wide = true;
	job->from = from;
	job->to = to;
	job->from_offset = from_offset;
	job->to_offset = to_offset;
	job->left = len < SSIZE_MAX ? len : SSIZE_MAX;
	job->buf = NULL;
	return async__blocking_start(&job->blocking);
}
