/* Files: opening, reading and writing at offsets, names, directories, locks.
 *
 * The kernel makes these calls while the loop goes on: through io_uring where it has that
 * and allows it (Linux 5.6 and later; containers often forbid it), else on a thread of the
 * pool that async_offload uses. Results are the same either way. async_read, async_write
 * and async_close (net.h) do the same for regular files; a read that the page cache can
 * answer is done at once. A file may be used by several tasks at a time, at offsets of
 * their own; at its position, by one at a time.
 *
 * Cancelling asks the kernel to end a call early, and gives -ECANCELED if it could: nothing
 * was done then. A call that has begun is waited for, so a buffer is never written to after
 * the await, and gives its own result. Only a call that has not begun can be taken back from
 * the pool; through io_uring many can be until the disk is at it.
 *
 * Strings and buffers must stay as they are until the await has returned. Every function
 * gives the negative errno of the call of that name, -ECANCELED, -ENOMEM, or -EAGAIN when no
 * thread can be started, -EMFILE or -ENFILE when the loop cannot be made ready for its end;
 * that is not repeated below. All are called by tasks, on the thread of their loop.
 */
#ifndef ASYNCC_FILE_H
#define ASYNCC_FILE_H

#include <asyncc.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iovec;
struct stat;
struct statx;

/* Opens a file as open(2) does, with O_CLOEXEC; mode is for the flags O_CREAT and O_TMPFILE.
 * Gives a descriptor to be closed by async_close. Opening a FIFO whose other side nobody has
 * opened waits for that; it holds a thread of the pool then, unless flags has O_NONBLOCK. */
_Async int async_open(const char *path, int flags, mode_t mode);
/* The same, relative to the directory dir, or AT_FDCWD. */
_Async int async_openat(int dir, const char *path, int flags, mode_t mode);

/* Reads up to len bytes at offset, less only at the end of the file. Gives the number of
 * bytes; 0 at the end. The position of the descriptor is neither used nor changed, unless
 * offset is -1: then it is both. */
_Async ssize_t async_pread(int fd, void *buf, size_t len, int64_t offset);
/* Writes len bytes at offset. Gives the number of bytes, less than len only when the disk
 * or a limit is reached. */
_Async ssize_t async_pwrite(int fd, const void *buf, size_t len, int64_t offset);
/* The same with several buffers; preadv(2). */
_Async ssize_t async_preadv(int fd, const struct iovec *iov, int count, int64_t offset);
_Async ssize_t async_pwritev(int fd, const struct iovec *iov, int count, int64_t offset);

/* Waits until what was written to the file is on the disk, with all that is known of the
 * file or with as much as is needed to read it again. Gives 0. */
_Async int async_fsync(int fd);
_Async int async_fdatasync(int fd);
/* Makes the file length bytes long. Gives 0. */
_Async int async_ftruncate(int fd, int64_t length);

/* What is known of a file, by its name, of a symbolic link itself, or by a descriptor. Give
 * 0. */
_Async int async_stat(const char *path, struct stat *to);
_Async int async_lstat(const char *path, struct stat *to);
_Async int async_fstat(int fd, struct stat *to);
/* statx(2). Gives 0. */
_Async int async_statx(int dir, const char *path, int flags, unsigned mask, struct statx *to);

/* Renames a file; one that has the name to is replaced. Gives 0. */
_Async int async_rename(const char *from, const char *to);
/* renameat2(2), with its flags. Gives 0. */
_Async int async_renameat(int from_dir, const char *from, int to_dir, const char *to,
			  unsigned flags);
/* Removes a name, or an empty directory. Give 0. */
_Async int async_unlink(const char *path);
_Async int async_rmdir(const char *path);
/* unlinkat(2); AT_REMOVEDIR among flags for directories. Gives 0. */
_Async int async_unlinkat(int dir, const char *path, int flags);
/* Makes a directory. Give 0. */
_Async int async_mkdir(const char *path, mode_t mode);
_Async int async_mkdirat(int dir, const char *path, mode_t mode);
/* Gives an existing file the name to as well. Gives 0. */
_Async int async_link(const char *from, const char *to);
/* Makes a symbolic link at path. Gives 0. */
_Async int async_symlink(const char *target, const char *path);
/* Reads what a symbolic link points at, terminated by a null byte. Gives its length, or
 * -ERANGE when it does not fit into size bytes. */
_Async int async_readlink(const char *path, char *to, size_t size);

/* Makes and opens a file whose name nobody has: template ends in XXXXXX, which is replaced;
 * mkostemp(3) with O_CLOEXEC. Gives a descriptor. */
_Async int async_mkstemp(char *name_template);
/* The same for a directory; gives 0. */
_Async int async_mkdtemp(char *name_template);
/* Opens a file without a name for reading and writing, on the file system of the directory
 * dir; NULL: $TMPDIR or /tmp. It is gone when it is closed. Gives a descriptor. */
_Async int async_tmpfile(const char *dir);

/* Reads a whole file. Gives its length and at *data its bytes, a null byte behind them, to be
 * freed by free(3); or -EFBIG when there are more than limit, a limit of 0 being none. */
_Async ssize_t async_read_file(const char *path, char **data, size_t limit);
/* Puts len bytes into the place of a file in one step: whoever opens it, also after a crash,
 * finds the old or the new content. They are written to a temporary file beside it, with
 * this mode less the umask, which is synced and renamed. Gives 0; on failure the old file is
 * as it was. */
_Async int async_write_file(const char *path, const void *data, size_t len, mode_t mode);

/* Copies up to len bytes from one descriptor to another, or up to the end, by
 * copy_file_range(2) where that works, else through a buffer. Offsets are those pointed at,
 * which move on, or for NULL the positions of the descriptors. Gives the number of bytes
 * copied. Cancelled, it ends after the piece at hand, and gives -ECANCELED only if nothing
 * has been copied. */
_Async ssize_t async_copy_range(int from, int64_t *from_offset, int to, int64_t *to_offset,
				size_t len);

/* Locks or unlocks a file as a whole; flock(2), with LOCK_SH, LOCK_EX or LOCK_UN, and LOCK_NB
 * for -EWOULDBLOCK instead of waiting. While another holds the lock, tries again after
 * 1 to 20 milliseconds: locks are not passed on in order. Gives 0; when cancelled, no lock
 * has been taken. On network file systems each try may hold up the loop. */
_Async int async_flock(int fd, int operation);
/* The same for len bytes from start, 0 meaning all to the end, with a lock of the open file
 * rather than of the process; F_OFD_SETLK in fcntl(2). type is F_RDLCK, F_WRLCK or F_UNLCK. */
_Async int async_lock_range(int fd, int type, int64_t start, int64_t len);
/* Gives -EAGAIN instead of waiting. */
_Async int async_try_lock_range(int fd, int type, int64_t start, int64_t len);

/* The entries of a directory.
 *
 *     struct async_dir *dir;
 *     struct async_dir_entry entry;
 *
 *     r = await async_dir_open("/etc", &dir);
 *     while (r >= 0 && (r = await async_dir_next(dir, &entry)) > 0)
 *             puts(entry.name);
 *     async_dir_close(dir);
 */
struct async_dir;

struct async_dir_entry {
	const char *name; /* good until the next call for this directory */
	uint64_t inode;
	int type; /* DT_REG, DT_DIR, …, or DT_UNKNOWN; see readdir(3) */
};

/* Opens a directory. Gives 0 and a handle, or NULL for it on failure. */
_Async int async_dir_open(const char *path, struct async_dir **dir);
/* Gives 1 and the next entry, never "." and "..", or 0 at the end. */
_Async int async_dir_next(struct async_dir *dir, struct async_dir_entry *entry);
/* Closes a directory; NULL does nothing. Not async. */
void async_dir_close(struct async_dir *dir);

/* All that a directory holds, at any depth; symbolic links are not followed. */
struct async_walk;

struct async_walk_entry {
	const char *path; /* from the path given at opening; good until the next call */
	const char *name; /* the last part of it */
	int dir;          /* descriptor of the directory that it is in, for async_openat */
	int type;         /* DT_REG, DT_DIR, …; see readdir(3) */
	int depth;        /* 1 for what is in the directory given */
	int error;        /* a directory that cannot be read: why, a negative errno; else 0 */
};

/* Report directories after what is in them instead of before. */
#define ASYNC_WALK_POST 1

/* Begins a walk. Gives 0 and a handle, or NULL for it on failure; -EINVAL for unknown
 * flags. */
_Async int async_walk_open(const char *path, int flags, struct async_walk **walk);
/* Gives 1 and the next entry, or 0 at the end. */
_Async int async_walk_next(struct async_walk *walk, struct async_walk_entry *entry);
/* The directory reported last is not to be entered. Not async. */
void async_walk_skip(struct async_walk *walk);
/* Ends a walk; NULL does nothing. Not async. */
void async_walk_close(struct async_walk *walk);

/* Removes a directory and all that is in it, or a file. Gives 0, or the first failure, which
 * ends it. Cancelled, it ends early, with what was removed by then removed. */
_Async int async_remove_tree(const char *path);

/* Who makes the calls: for the whole process, from then on. ASYNC_FILES_ANY: io_uring if
 * possible; ASYNC_FILES_RING: io_uring, so that operations fail where it is refused, with the
 * negative errno of io_uring_setup(2); calls that it does not have are made by the pool in
 * each case. The environment variable ASYNC_FILES, "ring" or "pool", does the same from the
 * start. Gives 0 or -EINVAL. Any thread may call it. */
enum { ASYNC_FILES_ANY, ASYNC_FILES_POOL, ASYNC_FILES_RING };
int async_set_file_backend(int backend);
/* What the calling thread uses, ASYNC_FILES_POOL or ASYNC_FILES_RING; or a negative errno. */
int async_file_backend(void);

#ifdef __cplusplus
}
#endif

#endif
