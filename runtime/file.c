/* Files: system calls that io_uring or a thread of the pool makes for a task.
 *
 * Each is described once, by a struct async__file_call laid out as an io_uring entry is, and
 * a function that makes the same call in the ordinary way. Reads are first tried without
 * waiting for the disk, which answers from the page cache.
 */
#include "internal.h"

#include <asyncc/file.h>

#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* What one read or write transfers at most (read(2)). */
#define MOST_BYTES 0x7ffff000

/* Copying so many bytes counts as one operation of those that may succeed in a row: other
 * tasks wait for them as long. */
#define COST_BYTES 256

/* The kernel's numbers, which its headers may be too old for. */
enum {
	OP_READV = 1,
	OP_WRITEV = 2,
	OP_FSYNC = 3,
	OP_OPENAT = 18,
	OP_CLOSE = 19,
	OP_STATX = 21,
	OP_READ = 22,
	OP_WRITE = 23,
	OP_RENAMEAT = 35,
	OP_UNLINKAT = 36,
	OP_MKDIRAT = 37,
	OP_SYMLINKAT = 38,
	OP_LINKAT = 39,
	OP_FTRUNCATE = 55,
	FSYNC_DATASYNC = 1,
};

struct file_job {
	struct async__blocking blocking;
	const struct async__file_op *op;
	struct async__file_call call;
	size_t done;
};

static void *pointer(uint64_t value)
{
	return (void *)(uintptr_t)value;
}

static uint64_t number(const void *object)
{
	return (uintptr_t)object;
}

static ssize_t job_call(struct async__blocking *blocking)
{
	struct file_job *job = async__container(blocking, struct file_job, blocking);
	ssize_t n = job->op->call(&job->call);

	if (n < 0)
		n = -errno;
	if (job->done)
		return n > 0 ? n + (ssize_t)job->done : (ssize_t)job->done;
	return n;
}

static struct async_result_ssize pool_start(struct async_loop *loop,
					    const struct async__file_op *op,
					    const struct async__file_call *call, size_t done)
{
	struct file_job *job = (struct file_job *)(void *)async__blocking_new(
		&op->function, sizeof *job, job_call);

	if (!job)
		return async__done_with(loop, op->wide, done ? (ssize_t)done : -ENOMEM);
	job->blocking.wide = op->wide;
	job->blocking.steady = op->steady;
	job->op = op;
	job->call = *call;
	job->done = done;
	return async__blocking_start(&job->blocking);
}

static struct async_result_ssize go(struct async_loop *loop, const struct async__file_op *op,
				    const struct async__file_call *call, size_t done)
{
	int error;

	if (async__ring_for(loop, op, &error))
		return async__ring_start(loop, op, call, done);
	if (error)
		return async__done_with(loop, op->wide, error);
	return pool_start(loop, op, call, done);
}

/* Why the running task must not begin a call; 0 if it may. */
static int hindrance(const struct async_loop *loop)
{
	if (async__is_cancelled(loop->current))
		return -ECANCELED;
	return ASYNC__CALL(0) ? -errno : 0;
}

static struct async_result_ssize start(const struct async__file_op *op,
				       const struct async__file_call *call)
{
	struct async_loop *loop = async__loop;
	int error = hindrance(loop);

	return error ? async__done_with(loop, op->wide, error) : go(loop, op, call, 0);
}

static struct async_result_int start_int(const struct async__file_op *op,
					 const struct async__file_call *call)
{
	return async__narrow(start(op, call));
}

#define OP_OF_KIND(self, text, opcode_value, function_name, is_wide, is_threaded)                  \
	{                                                                                          \
		.op = ASYNC__OP((self).op, text, NULL, async__ring_cancel),                        \
		.function = ASYNC__BLOCKING((self).function, text),                                \
		.wide = (is_wide),                                                                 \
		.threaded = (is_threaded),                                                         \
		.opcode = (opcode_value),                                                          \
		.call = (function_name),                                                           \
	}

#define FILE_OP(self, text, opcode_value, is_wide)                                                 \
	OP_OF_KIND(self, text, opcode_value, self##_call, is_wide, false)

/* Calls that io_uring always has a thread of the kernel make. */
#define NAME_OP(self, text, opcode_value)                                                          \
	OP_OF_KIND(self, text, opcode_value, self##_call, false, true)

/* Reading and writing */

static ssize_t read_file_call(const struct async__file_call *call)
{
	if (call->off == UINT64_MAX)
		return read(call->fd, pointer(call->addr), call->len);
	return pread(call->fd, pointer(call->addr), call->len, (off_t)call->off);
}

static ssize_t write_file_call(const struct async__file_call *call)
{
	if (call->off == UINT64_MAX)
		return write(call->fd, pointer(call->addr), call->len);
	return pwrite(call->fd, pointer(call->addr), call->len, (off_t)call->off);
}

static ssize_t readv_file_call(const struct async__file_call *call)
{
	if (call->off == UINT64_MAX)
		return readv(call->fd, pointer(call->addr), (int)call->len);
	return preadv(call->fd, pointer(call->addr), (int)call->len, (off_t)call->off);
}

static ssize_t writev_file_call(const struct async__file_call *call)
{
	if (call->off == UINT64_MAX)
		return writev(call->fd, pointer(call->addr), (int)call->len);
	return pwritev(call->fd, pointer(call->addr), (int)call->len, (off_t)call->off);
}

static const struct async__file_op read_file = FILE_OP(read_file, "async_read", OP_READ, true);
static const struct async__file_op write_file = FILE_OP(write_file, "async_write", OP_WRITE, true);
static const struct async__file_op slow_write_file =
	OP_OF_KIND(slow_write_file, "async_write", OP_WRITE, write_file_call, true, true);
static const struct async__file_op readv_file = FILE_OP(readv_file, "async_preadv", OP_READV, true);
static const struct async__file_op writev_file =
	FILE_OP(writev_file, "async_pwritev", OP_WRITEV, true);

/* Whether a read can be answered from the page cache: with O_DIRECT it always asks the disk,
 * and waits for that even where it is told not to wait. */
static bool is_cached(struct async_loop *loop, int fd)
{
	const uint32_t known = ASYNC__FD_CACHED | ASYNC__FD_DIRECT;
	int mode;

	if (unlikely((uint32_t)fd >= loop->fd_count) && (fd < 0 || async__fd_place(loop, fd)))
		return false;
	if (unlikely(!(loop->fds[fd].flags & known))) {
		mode = fcntl(fd, F_GETFL);
		if (mode < 0)
			return false;
		loop->fds[fd].flags |= mode & O_DIRECT ? ASYNC__FD_DIRECT : ASYNC__FD_CACHED;
	}
	return loop->fds[fd].flags & ASYNC__FD_CACHED;
}

/* What the page cache has or takes: all of it, or the negative errno of what came after the first
 * *done bytes. */
static ssize_t transfer_cached(bool writes, int fd, struct iovec rest, int64_t offset, size_t *done)
{
#ifdef RWF_NOWAIT
	ssize_t n;

	do {
		n = writes ? pwritev2(fd, &rest, 1, offset, RWF_NOWAIT)
			   : preadv2(fd, &rest, 1, offset, RWF_NOWAIT);
		if (n < 0)
			return -errno;
		*done += (size_t)n;
		rest.iov_base = (char *)rest.iov_base + n;
		rest.iov_len -= (size_t)n;
		if (offset >= 0)
			offset += n;
	} while (n && rest.iov_len);
	return (ssize_t)*done;
#else
	(void)writes;
	(void)fd;
	(void)rest;
	(void)offset;
	(void)done;
	return -ENOSYS;
#endif
}

static bool is_unknown(ssize_t n)
{
	return n == -EOPNOTSUPP || n == -ENOSYS;
}

/* Whether that is the result; else the disk is to be asked for the rest. */
static bool is_result(ssize_t n, size_t done)
{
	return n >= 0 || (!done && n != -EAGAIN && !is_unknown(n));
}

static struct async_result_ssize read_start(int fd, void *buf, size_t len, int64_t offset)
{
	struct async_loop *loop = async__loop;
	struct async__file_call call = {.fd = fd};
	size_t done = 0;
	ssize_t n = offset < -1 ? -EINVAL : hindrance(loop);

	if (n)
		return async__done_ssize(loop, n);
	if (len > MOST_BYTES)
		len = MOST_BYTES;
	/* Copying more would hold up the loop. */
	if (len <= ASYNC__FILE_PIECE && is_cached(loop, fd)) {
		n = transfer_cached(false, fd, (struct iovec){buf, len}, offset, &done);
		loop->budget -= (int)(done / COST_BYTES);
		if (is_result(n, done))
			return async__done_ssize(loop, n);
	}
	call.addr = number((char *)buf + done);
	call.len = (uint32_t)(len - done);
	call.off = (uint64_t)(offset < 0 ? offset : offset + (int64_t)done);
	return go(loop, &read_file, &call, done);
}

static void note_written(struct async_loop *loop, int fd)
{
	if (fd >= 0 && !async__fd_place(loop, fd))
		loop->fds[fd].flags |= ASYNC__FD_WRITTEN;
}

static struct async_result_ssize write_start(int fd, const void *buf, size_t len, int64_t offset)
{
	struct async_loop *loop = async__loop;
	struct async__file_call call = {.fd = fd};
	size_t done = 0;
	ssize_t n = offset < -1 ? -EINVAL : hindrance(loop);
	bool slow = false;

	if (n)
		return async__done_ssize(loop, n);
	if (len > MOST_BYTES)
		len = MOST_BYTES;
	note_written(loop, fd);
	if (len <= ASYNC__FILE_PIECE && is_cached(loop, fd)) {
		slow = loop->fds[fd].flags & ASYNC__FD_SLOW;
		if (!slow) {
			n = transfer_cached(true, fd, (struct iovec){(void *)buf, len}, offset,
					    &done);
			loop->budget -= (int)(done / COST_BYTES);
			if (is_result(n, done))
				return async__done_ssize(loop, n);
			slow = is_unknown(n);
		}
		if (slow)
			loop->fds[fd].flags |= ASYNC__FD_SLOW;
	}
	call.addr = number((const char *)buf + done);
	call.len = (uint32_t)(len - done);
	call.off = (uint64_t)(offset < 0 ? offset : offset + (int64_t)done);
	return go(loop, slow ? &slow_write_file : &write_file, &call, done);
}

static size_t limit(const struct async_loop *loop, int fd, int direction, size_t len)
{
	if (unlikely(loop->fds[fd].flags & ASYNC__FD_FAULTY))
		return async__fd_fault_limit(async__loop, fd, direction, len);
	return len;
}

struct async_result_ssize async__file_read(int fd, void *buf, size_t len)
{
	return read_start(fd, buf, limit(async__loop, fd, 0, len), -1);
}

struct async_result_ssize async__file_write(int fd, void *buf, size_t len)
{
	return write_start(fd, buf, limit(async__loop, fd, 1, len), -1);
}

#define RESULT(type, name, ...)                                                                    \
	struct async_result_##type async__##name(__VA_ARGS__) ASYNC__NAME(async_##name);           \
	ASYNC__EXPORT struct async_result_##type async__##name(__VA_ARGS__)

RESULT(ssize, pread, int fd, void *buf, size_t len, int64_t offset)
{
	return read_start(fd, buf, len, offset);
}

RESULT(ssize, pwrite, int fd, const void *buf, size_t len, int64_t offset)
{
	return write_start(fd, buf, len, offset);
}

static struct async_result_ssize vector_start(const struct async__file_op *op, int fd,
					      const struct iovec *iov, int count, int64_t offset)
{
	if (offset < -1 || count < 0)
		return async__done_ssize(async__loop, -EINVAL);
	return start(op, &(struct async__file_call){
				 .fd = fd,
				 .addr = number(iov),
				 .len = (uint32_t)count,
				 .off = (uint64_t)offset,
			 });
}

/* Faults to order limit one buffer at a time. */
static bool is_faulty(int fd, size_t count)
{
	return unlikely(async__loop->fds[fd].flags & ASYNC__FD_FAULTY && count);
}

struct async_result_ssize async__file_readv(int fd, void *parts, size_t count)
{
	const struct iovec *first = parts;

	if (is_faulty(fd, count))
		return async__file_read(fd, first->iov_base, first->iov_len);
	return vector_start(&readv_file, fd, parts, (int)count, -1);
}

struct async_result_ssize async__file_writev(int fd, void *parts, size_t count)
{
	const struct iovec *first = parts;

	if (is_faulty(fd, count))
		return async__file_write(fd, first->iov_base, first->iov_len);
	note_written(async__loop, fd);
	return vector_start(&writev_file, fd, parts, (int)count, -1);
}

RESULT(ssize, preadv, int fd, const struct iovec *iov, int count, int64_t offset)
{
	return vector_start(&readv_file, fd, iov, count, offset);
}

RESULT(ssize, pwritev, int fd, const struct iovec *iov, int count, int64_t offset)
{
	note_written(async__loop, fd);
	return vector_start(&writev_file, fd, iov, count, offset);
}

/* Opening and closing */

static ssize_t open_file_call(const struct async__file_call *call)
{
	return openat(call->fd, pointer(call->addr), (int)call->flags, (mode_t)call->len);
}

static const struct async__file_op open_file = FILE_OP(open_file, "async_open", OP_OPENAT, false);
static const struct async__file_op make_file =
	OP_OF_KIND(make_file, "async_open", OP_OPENAT, open_file_call, false, true);

RESULT(int, openat, int dir, const char *path, int flags, mode_t mode)
{
	const struct async__file_op *op = flags & (O_CREAT | O_TRUNC) ? &make_file : &open_file;

	return start_int(op, &(struct async__file_call){
				     .fd = dir,
				     .addr = number(path),
				     .len = mode,
				     .flags = (uint32_t)(flags | O_CLOEXEC),
			     });
}

RESULT(int, open, const char *path, int flags, mode_t mode)
{
	return async__openat(AT_FDCWD, path, flags, mode);
}

static ssize_t close_file_call(const struct async__file_call *call)
{
	return close(call->fd);
}

static const struct async__file_op close_file = {
	.op = ASYNC__OP(close_file.op, "async_close", NULL, NULL),
	.function = ASYNC__BLOCKING(close_file.function, "async_close"),
	.steady = true,
	.opcode = OP_CLOSE,
	.call = close_file_call,
};

/* Without means to wait, it is closed on the spot. */
struct async_result_int async__file_close(int fd)
{
	struct async_loop *loop = async__loop;
	struct async__file_call call = {.fd = fd};
	struct file_job *job;
	int error;

	if (async__ring_for(loop, &close_file, &error))
		return async__narrow(async__ring_start(loop, &close_file, &call, 0));
	job = (struct file_job *)(void *)async__blocking_new(&close_file.function, sizeof *job,
							     job_call);
	if (!job || async__wake_open(loop))
		goto fail;
	job->blocking.steady = true;
	job->op = &close_file;
	job->call = call;
	job->done = 0;
	return async__narrow(async__blocking_start(&job->blocking));

fail:
	if (job)
		async__frame_free(&job->blocking.frame, sizeof *job);
	return async__done_int(loop, close(fd) ? -errno : 0);
}

/* Sizes and contents */

static ssize_t sync_file_call(const struct async__file_call *call)
{
	return call->flags & FSYNC_DATASYNC ? fdatasync(call->fd) : fsync(call->fd);
}

static ssize_t truncate_file_call(const struct async__file_call *call)
{
	return ftruncate(call->fd, (off_t)call->off);
}

static const struct async__file_op sync_file = FILE_OP(sync_file, "async_fsync", OP_FSYNC, false);
static const struct async__file_op truncate_file =
	FILE_OP(truncate_file, "async_ftruncate", OP_FTRUNCATE, false);

RESULT(int, fsync, int fd)
{
	return start_int(&sync_file, &(struct async__file_call){.fd = fd});
}

RESULT(int, fdatasync, int fd)
{
	return start_int(&sync_file, &(struct async__file_call){.fd = fd, .flags = FSYNC_DATASYNC});
}

RESULT(int, ftruncate, int fd, int64_t length)
{
	return start_int(&truncate_file,
			 &(struct async__file_call){.fd = fd, .off = (uint64_t)length});
}

/* What is known of a file */

static ssize_t statx_file_call(const struct async__file_call *call)
{
	return statx(call->fd, pointer(call->addr), (int)call->flags, call->len,
		     pointer(call->off));
}

static const struct async__file_op statx_file = NAME_OP(statx_file, "async_statx", OP_STATX);

RESULT(int, statx, int dir, const char *path, int flags, unsigned mask, struct statx *to)
{
	return start_int(&statx_file, &(struct async__file_call){
					      .fd = dir,
					      .addr = number(path),
					      .len = mask,
					      .flags = (uint32_t)flags,
					      .off = number(to),
				      });
}

struct stat_frame {
	struct async_frame frame;
	int error;
	struct stat *to;
	struct statx found;
};

static struct timespec time_of(const struct statx_timestamp *stamp)
{
	return (struct timespec){.tv_sec = stamp->tv_sec, .tv_nsec = stamp->tv_nsec};
}

static void convert(const struct statx *found, struct stat *to)
{
	*to = (struct stat){
		.st_dev = makedev(found->stx_dev_major, found->stx_dev_minor),
		.st_ino = found->stx_ino,
		.st_mode = found->stx_mode,
		.st_nlink = found->stx_nlink,
		.st_uid = found->stx_uid,
		.st_gid = found->stx_gid,
		.st_rdev = makedev(found->stx_rdev_major, found->stx_rdev_minor),
		.st_size = (off_t)found->stx_size,
		.st_blksize = (blksize_t)found->stx_blksize,
		.st_blocks = (blkcnt_t)found->stx_blocks,
		.st_atim = time_of(&found->stx_atime),
		.st_mtim = time_of(&found->stx_mtime),
		.st_ctim = time_of(&found->stx_ctime),
	};
}

static int stat_end(struct stat_frame *stat, int error)
{
	if (!error)
		convert(&stat->found, stat->to);
	async__frame_free(&stat->frame, sizeof *stat);
	return error;
}

static struct async_frame *stat_resume(struct async_frame *frame)
{
	struct stat_frame *stat = (struct stat_frame *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = stat_end(stat, stat->error);
	return caller;
}

static const struct async__op stat_op =
	ASYNC__FUNCTION(stat_op, "async_stat", struct stat_frame, error, stat_resume);

static struct async_result_int stat_start(int dir, const char *path, int flags, struct stat *to)
{
	struct stat_frame *stat = (struct stat_frame *)(void *)async__frame_try(sizeof *stat);
	struct async_result_int result;

	if (!stat)
		return async__done_int(async__loop, -ENOMEM);
	stat->frame.point = &stat_op.point;
	stat->to = to;
	result = async__statx(dir, path, flags, STATX_BASIC_STATS, &stat->found);
	if (!result.pending)
		return (struct async_result_int){NULL, stat_end(stat, result.value)};
	result.pending->caller = &stat->frame;
	return (struct async_result_int){&stat->frame, 0};
}

RESULT(int, stat, const char *path, struct stat *to)
{
	return stat_start(AT_FDCWD, path, 0, to);
}

RESULT(int, lstat, const char *path, struct stat *to)
{
	return stat_start(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, to);
}

RESULT(int, fstat, int fd, struct stat *to)
{
	return stat_start(fd, "", AT_EMPTY_PATH, to);
}

/* Names */

static ssize_t rename_file_call(const struct async__file_call *call)
{
	return syscall(SYS_renameat2, call->fd, pointer(call->addr), (int)call->len,
		       pointer(call->off), call->flags);
}

static ssize_t unlink_file_call(const struct async__file_call *call)
{
	return unlinkat(call->fd, pointer(call->addr), (int)call->flags);
}

static ssize_t mkdir_file_call(const struct async__file_call *call)
{
	return mkdirat(call->fd, pointer(call->addr), (mode_t)call->len);
}

static ssize_t symlink_file_call(const struct async__file_call *call)
{
	return symlinkat(pointer(call->addr), call->fd, pointer(call->off));
}

static ssize_t link_file_call(const struct async__file_call *call)
{
	return linkat(call->fd, pointer(call->addr), (int)call->len, pointer(call->off),
		      (int)call->flags);
}

static const struct async__file_op rename_file = NAME_OP(rename_file, "async_rename", OP_RENAMEAT);
static const struct async__file_op unlink_file = NAME_OP(unlink_file, "async_unlink", OP_UNLINKAT);
static const struct async__file_op mkdir_file = NAME_OP(mkdir_file, "async_mkdir", OP_MKDIRAT);
static const struct async__file_op symlink_file =
	NAME_OP(symlink_file, "async_symlink", OP_SYMLINKAT);
static const struct async__file_op link_file = NAME_OP(link_file, "async_link", OP_LINKAT);

RESULT(int, renameat, int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	return start_int(&rename_file, &(struct async__file_call){
					       .fd = from_dir,
					       .addr = number(from),
					       .len = (uint32_t)to_dir,
					       .off = number(to),
					       .flags = flags,
				       });
}

RESULT(int, rename, const char *from, const char *to)
{
	return async__renameat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

RESULT(int, unlinkat, int dir, const char *path, int flags)
{
	return start_int(&unlink_file, &(struct async__file_call){
					       .fd = dir,
					       .addr = number(path),
					       .flags = (uint32_t)flags,
				       });
}

RESULT(int, unlink, const char *path)
{
	return async__unlinkat(AT_FDCWD, path, 0);
}

RESULT(int, rmdir, const char *path)
{
	return async__unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

RESULT(int, mkdirat, int dir, const char *path, mode_t mode)
{
	return start_int(&mkdir_file, &(struct async__file_call){
					      .fd = dir,
					      .addr = number(path),
					      .len = mode,
				      });
}

RESULT(int, mkdir, const char *path, mode_t mode)
{
	return async__mkdirat(AT_FDCWD, path, mode);
}

RESULT(int, symlink, const char *target, const char *path)
{
	return start_int(&symlink_file, &(struct async__file_call){
						.fd = AT_FDCWD,
						.addr = number(target),
						.off = number(path),
					});
}

RESULT(int, link, const char *from, const char *to)
{
	return start_int(&link_file, &(struct async__file_call){
					     .fd = AT_FDCWD,
					     .addr = number(from),
					     .len = (uint32_t)AT_FDCWD,
					     .off = number(to),
				     });
}
