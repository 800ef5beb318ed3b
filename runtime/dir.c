/* Directories: their entries, walking over trees, removing trees.
 *
 * A thread of the pool fills a buffer with entries, which are then handed out without
 * another word to it. A walk has an open directory for each level it has gone down, each
 * opened relative to the one above, so that renaming or replacing what is above does not
 * lead it astray.
 */
#include "internal.h"

#include <asyncc/file.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER ((size_t)32 << 10)
#define FIRST_PATH 256

#define RESULT(type, name, ...)                                                                    \
	struct async_result_##type async__##name(__VA_ARGS__) ASYNC__NAME(async_##name);           \
	ASYNC__EXPORT struct async_result_##type async__##name(__VA_ARGS__)

struct async_dir {
	int fd;
	bool ended; /* there is nothing behind what is in the buffer */
	size_t next, len;
	_Alignas(struct dirent64) char buf[BUFFER];
};

/* On any thread: opens path, or name in the directory above. */
static int dir_open(int above, const char *path, int flags, struct async_dir **to)
{
	struct async_dir *dir = malloc(sizeof *dir);
	int error;

	*to = NULL;
	if (!dir)
		return -ENOMEM;
	dir->fd = openat(above, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	if (dir->fd < 0) {
		error = -errno;
		free(dir);
		return error;
	}
	dir->ended = false;
	dir->next = dir->len = 0;
	*to = dir;
	return 0;
}

/* On any thread: fills the buffer as far as it goes, as the end shows only by asking once
 * more. */
static int dir_fill(struct async_dir *dir)
{
	ssize_t n;

	dir->next = dir->len = 0;
	do {
		n = getdents64(dir->fd, dir->buf + dir->len, BUFFER - dir->len);
		if (n < 0)
			break;
		dir->len += (size_t)n;
		dir->ended = n == 0;
	} while (n && BUFFER - dir->len > sizeof(struct dirent64));
	/* EINVAL: the next entry does not fit in. */
	return n < 0 && !(errno == EINVAL && dir->len) ? -errno : 0;
}

static struct dirent64 *dir_take(struct async_dir *dir)
{
	struct dirent64 *found;

	while (dir->next < dir->len) {
		found = (struct dirent64 *)(void *)(dir->buf + dir->next);
		dir->next += found->d_reclen;
		if (strcmp(found->d_name, ".") && strcmp(found->d_name, ".."))
			return found;
	}
	return NULL;
}

ASYNC__EXPORT void async_dir_close(struct async_dir *dir)
{
	if (!dir)
		return;
	close(dir->fd);
	free(dir);
}

struct dir_job {
	struct async__blocking blocking;
	const char *path;
	struct async_dir **opened;
	struct async_dir *dir;
	struct async_dir_entry *entry;
};

static struct dir_job *dir_job_new(const struct async__op *function,
				   ssize_t (*call)(struct async__blocking *), int *error)
{
	return (struct dir_job *)(void *)async__blocking_begin(function, sizeof(struct dir_job),
							       call, error);
}

static ssize_t open_call(struct async__blocking *blocking)
{
	struct dir_job *job = (struct dir_job *)(void *)blocking;
	int error = dir_open(AT_FDCWD, job->path, 0, job->opened);

	if (!error)
		error = dir_fill(*job->opened);
	if (error) {
		async_dir_close(*job->opened);
		*job->opened = NULL;
	}
	return error;
}

static const struct async__op dir_open_op = ASYNC__BLOCKING(dir_open_op, "async_dir_open");

RESULT(int, dir_open, const char *path, struct async_dir **dir)
{
	int error;
	struct dir_job *job = dir_job_new(&dir_open_op, open_call, &error);

	*dir = NULL;
	if (!job)
		return async__done_int(async__loop, error);
	job->path = path;
	job->opened = dir;
	return async__narrow(async__blocking_start(&job->blocking));
}

/* Whether there is an entry in the buffer. */
static bool dir_hand_out(struct async_dir *dir, struct async_dir_entry *entry)
{
	const struct dirent64 *found = dir_take(dir);

	if (found)
		*entry = (struct async_dir_entry){found->d_name, found->d_ino, found->d_type};
	return found != NULL;
}

static ssize_t fill_call(struct async__blocking *blocking)
{
	struct dir_job *job = (struct dir_job *)(void *)blocking;
	int error;

	do {
		error = dir_fill(job->dir);
		if (error)
			return error;
		if (dir_hand_out(job->dir, job->entry))
			return 1;
	} while (!job->dir->ended);
	return 0;
}

static const struct async__op dir_next_op = ASYNC__BLOCKING(dir_next_op, "async_dir_next");

RESULT(int, dir_next, struct async_dir *dir, struct async_dir_entry *entry)
{
	struct async_loop *loop = async__loop;
	struct dir_job *job;
	int error;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	if (dir_hand_out(dir, entry))
		return async__done_int(loop, 1);
	if (dir->ended)
		return async__done_int(loop, 0);
	job = dir_job_new(&dir_next_op, fill_call, &error);
	if (!job)
		return async__done_int(loop, error);
	job->dir = dir;
	job->entry = entry;
	return async__narrow(async__blocking_start(&job->blocking));
}

/* Walks */

struct level {
	struct level *above;
	struct async_dir *dir;
	size_t path_len; /* of the directory */
};

struct async_walk {
	struct level *level; /* the innermost */
	char *path;
	size_t path_size;
	int depth;
	bool post;
	bool enter; /* the directory reported last, whose path it is, comes next */
};

static void level_leave(struct async_walk *walk)
{
	struct level *level = walk->level;

	walk->level = level->above;
	walk->depth--;
	async_dir_close(level->dir);
	free(level);
}

/* Opens the directory that walk->path names. */
static int level_enter(struct async_walk *walk, int above, const char *name, int flags)
{
	struct level *level = malloc(sizeof *level);
	int error;

	if (!level)
		return -ENOMEM;
	error = dir_open(above, name, flags, &level->dir);
	if (!error)
		error = dir_fill(level->dir);
	if (error) {
		async_dir_close(level->dir);
		free(level);
		return error;
	}
	level->above = walk->level;
	level->path_len = strlen(walk->path);
	walk->level = level;
	walk->depth++;
	return 0;
}

/* Puts name behind the path of the innermost directory. */
static int path_set(struct async_walk *walk, const char *name)
{
	size_t len = walk->level ? walk->level->path_len : 0, more = strlen(name);
	size_t size = len + more + 2;
	char *path;

	if (size > walk->path_size) {
		if (size < walk->path_size * 2)
			size = walk->path_size * 2;
		if (size < FIRST_PATH)
			size = FIRST_PATH;
		path = realloc(walk->path, size);
		if (!path)
			return -ENOMEM;
		walk->path = path;
		walk->path_size = size;
	}
	if (len && walk->path[len - 1] != '/')
		walk->path[len++] = '/';
	memcpy(walk->path + len, name, more + 1);
	return 0;
}

static const char *last_part(const struct async_walk *walk)
{
	const char *path = walk->path;
	size_t len = walk->level->path_len;

	return path[len - 1] == '/' ? path + len : path + len + 1;
}

static int report(struct async_walk *walk, int type, int error, struct async_walk_entry *entry)
{
	*entry = (struct async_walk_entry){
		.path = walk->path,
		.name = last_part(walk),
		.dir = walk->level->dir->fd,
		.type = type,
		.depth = walk->depth,
		.error = error,
	};
	return 1;
}

/* Some file systems do not say. */
static int type_of(int dir, const struct dirent64 *found)
{
	struct stat status;

	if (found->d_type != DT_UNKNOWN)
		return found->d_type;
	if (fstatat(dir, found->d_name, &status, AT_SYMLINK_NOFOLLOW))
		return DT_UNKNOWN;
	return IFTODT(status.st_mode);
}

/* What one entry leads to: 1 with a report, 0 to go on. */
static int advance(struct async_walk *walk, const struct dirent64 *found,
		   struct async_walk_entry *entry)
{
	int dir = walk->level->dir->fd, type = type_of(dir, found), error;

	error = path_set(walk, found->d_name);
	if (error)
		return error;
	if (type == DT_DIR && walk->post) {
		error = level_enter(walk, dir, found->d_name, O_NOFOLLOW);
		return error ? report(walk, type, error, entry) : 0;
	}
	walk->enter = type == DT_DIR;
	return report(walk, type, 0, entry);
}

/* The directory whose entries are used up; its own entry in the one above is where the path
 * ends now. */
static int ascend(struct async_walk *walk, struct async_walk_entry *entry)
{
	size_t len = walk->level->path_len;

	level_leave(walk);
	if (!walk->level || !walk->post)
		return 0;
	walk->path[len] = '\0';
	return report(walk, DT_DIR, 0, entry);
}

static int descend(struct async_walk *walk, struct async_walk_entry *entry)
{
	int error;

	walk->enter = false;
	error = level_enter(walk, walk->level->dir->fd, last_part(walk), O_NOFOLLOW);
	/* It has been removed or replaced since. */
	if (error == -ENOENT || error == -ENOTDIR || error == -ELOOP)
		return 0;
	return error ? report(walk, DT_DIR, error, entry) : 0;
}

/* One step that needs no other thread, but for the types that some file systems keep back:
 * 1, 0 at the end, or -EAGAIN. */
static int walk_here(struct async_walk *walk, struct async_walk_entry *entry)
{
	const struct dirent64 *found;

	if (!walk->level)
		return 0;
	if (walk->enter)
		return -EAGAIN;
	found = dir_take(walk->level->dir);
	if (!found)
		return -EAGAIN;
	if (found->d_type != DT_UNKNOWN && !(found->d_type == DT_DIR && walk->post))
		return advance(walk, found, entry);
	walk->level->dir->next -= found->d_reclen;
	return -EAGAIN;
}

static int walk_step(struct async_walk *walk, struct async_walk_entry *entry)
{
	const struct dirent64 *found;

	if (walk->enter)
		return descend(walk, entry);
	found = dir_take(walk->level->dir);
	if (found)
		return advance(walk, found, entry);
	if (walk->level->dir->ended)
		return ascend(walk, entry);
	return dir_fill(walk->level->dir);
}

struct walk_job {
	struct async__blocking blocking;
	const char *path;
	struct async_walk **opened;
	struct async_walk *walk;
	struct async_walk_entry *entry;
	bool post;
};

static ssize_t walk_next_call(struct async__blocking *blocking)
{
	struct walk_job *job = (struct walk_job *)(void *)blocking;
	int value = 0;

	while (job->walk->level && !value) {
		if (atomic_load_explicit(&blocking->unwanted, memory_order_relaxed))
			return -ECANCELED;
		value = walk_step(job->walk, job->entry);
	}
	return value;
}

static const struct async__op walk_next_op = ASYNC__BLOCKING(walk_next_op, "async_walk_next");

RESULT(int, walk_next, struct async_walk *walk, struct async_walk_entry *entry)
{
	struct async_loop *loop = async__loop;
	int value = async__is_cancelled(loop->current) ? -ECANCELED : walk_here(walk, entry);
	struct walk_job *job;

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	job = (struct walk_job *)(void *)async__blocking_begin(&walk_next_op, sizeof *job,
							       walk_next_call, &value);
	if (!job)
		return async__done_int(loop, value);
	job->walk = walk;
	job->entry = entry;
	return async__narrow(async__blocking_start(&job->blocking));
}

ASYNC__EXPORT void async_walk_skip(struct async_walk *walk)
{
	walk->enter = false;
}

ASYNC__EXPORT void async_walk_close(struct async_walk *walk)
{
	if (!walk)
		return;
	while (walk->level)
		level_leave(walk);
	free(walk->path);
	free(walk);
}

static ssize_t walk_open_call(struct async__blocking *blocking)
{
	struct walk_job *job = (struct walk_job *)(void *)blocking;
	struct async_walk *walk = calloc(1, sizeof *walk);
	int error;

	if (!walk)
		return -ENOMEM;
	walk->post = job->post;
	error = path_set(walk, job->path);
	if (!error)
		error = level_enter(walk, AT_FDCWD, job->path, 0);
	if (error) {
		async_walk_close(walk);
		return error;
	}
	*job->opened = walk;
	return 0;
}

static const struct async__op walk_open_op = ASYNC__BLOCKING(walk_open_op, "async_walk_open");

RESULT(int, walk_open, const char *path, int flags, struct async_walk **walk)
{
	struct walk_job *job;
	int error;

	*walk = NULL;
	if (flags & ~ASYNC_WALK_POST)
		return async__done_int(async__loop, -EINVAL);
	job = (struct walk_job *)(void *)async__blocking_begin(&walk_open_op, sizeof *job,
							       walk_open_call, &error);
	if (!job)
		return async__done_int(async__loop, error);
	job->path = path;
	job->opened = walk;
	job->post = flags & ASYNC_WALK_POST;
	return async__narrow(async__blocking_start(&job->blocking));
}

/* Removing */

static int remove_entry(const struct async_walk_entry *entry)
{
	if (entry->error)
		return entry->error;
	return unlinkat(entry->dir, entry->name, entry->type == DT_DIR ? AT_REMOVEDIR : 0) ? -errno
											   : 0;
}

/* A walk that reports what is in a directory before it. */
static int remove_inside(struct async__blocking *blocking, const char *path)
{
	struct async_walk *walk = NULL;
	struct async_walk_entry entry;
	struct walk_job opening = {.path = path, .opened = &walk, .post = true};
	int error = (int)walk_open_call(&opening.blocking);
	int value = 0;

	while (!error && walk->level) {
		if (atomic_load_explicit(&blocking->unwanted, memory_order_relaxed)) {
			error = -ECANCELED;
			break;
		}
		value = walk_step(walk, &entry);
		error = value > 0 ? remove_entry(&entry) : value;
	}
	async_walk_close(walk);
	return error;
}

static ssize_t remove_call(struct async__blocking *blocking)
{
	const char *path = ((struct walk_job *)(void *)blocking)->path;
	int error;

	if (!unlink(path))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	error = remove_inside(blocking, path);
	if (!error && rmdir(path))
		error = -errno;
	return error;
}

static const struct async__op remove_op = ASYNC__BLOCKING(remove_op, "async_remove_tree");

RESULT(int, remove_tree, const char *path)
{
	int error;
	struct walk_job *job = (struct walk_job *)(void *)async__blocking_begin(
		&remove_op, sizeof *job, remove_call, &error);

	if (!job)
		return async__done_int(async__loop, error);
	job->path = path;
	return async__narrow(async__blocking_start(&job->blocking));
}
