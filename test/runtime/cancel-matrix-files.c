/* The cancellation matrix of files: see Inputs/matrix.h. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d && env ASYNC_FILES=ring %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=pool %t %t.d
#define _GNU_SOURCE
#include "Inputs/files.h"
#include "Inputs/matrix.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int file, other, got; /* file: "text"; other: the same, opened a second time */
static char name[16];

static int zero_if(bool condition, ssize_t r)
{
	return condition ? 0 : r < 0 ? (int)r : -EIO;
}

static int keep(int fd)
{
	got = fd;
	return fd < 0 ? fd : 0;
}

async static int close_got(bool completed)
{
	return completed ? await async_close(got) : 0;
}

async static int do_open(void)
{
	return keep(await async_open("text", O_RDONLY, 0));
}

async static int do_openat(void)
{
	return keep(await async_openat(AT_FDCWD, "text", O_RDONLY, 0));
}

async static int do_tmpfile(void)
{
	return keep(await async_tmpfile("."));
}

async static int do_mkstemp(void)
{
	strcpy(name, "made-XXXXXX");
	return keep(await async_mkstemp(name));
}

async static int do_mkdtemp(void)
{
	strcpy(name, "made-XXXXXX");
	return await async_mkdtemp(name);
}

/* A name is there if the wait was done, and only then. */

static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

async static int made_if(bool completed)
{
	CHECK(exists(name) == completed);
	if (completed)
		CHECK(remove(name) == 0);
	return 0;
}

async static int made_file_if(bool completed)
{
	return await made_if(completed) ? -EIO : await close_got(completed);
}

async static int to_be_made(void)
{
	strcpy(name, "new");
	return 0;
}

async static int do_mkdir(void)
{
	return await async_mkdir("new", 0700);
}

async static int do_mkdirat(void)
{
	return await async_mkdirat(AT_FDCWD, "new", 0700);
}

async static int do_link(void)
{
	return await async_link("text", "new");
}

async static int do_symlink(void)
{
	return await async_symlink("text", "new");
}

async static int do_write_file(void)
{
	return await async_write_file("new", "xyz", 3, 0600);
}

async static int make_old(void)
{
	return symlink("text", "old");
}

async static int make_old_dir(void)
{
	return mkdir("old", 0700);
}

async static int gone_if(bool completed)
{
	CHECK(exists("old") == !completed);
	if (!completed)
		CHECK(remove("old") == 0);
	return 0;
}

async static int moved_if(bool completed)
{
	CHECK(exists("old") == !completed && exists("new") == completed);
	CHECK(remove(completed ? "new" : "old") == 0);
	return 0;
}

async static int do_unlink(void)
{
	return await async_unlink("old");
}

async static int do_unlinkat(void)
{
	return await async_unlinkat(AT_FDCWD, "old", 0);
}

async static int do_rmdir(void)
{
	return await async_rmdir("old");
}

async static int do_rename(void)
{
	return await async_rename("old", "new");
}

async static int do_renameat(void)
{
	return await async_renameat(AT_FDCWD, "old", AT_FDCWD, "new", 0);
}

async static int make_tree(void)
{
	char path[32];

	CHECK(mkdir("old", 0700) == 0 && mkdir("old/inner", 0700) == 0);
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof path, i % 2 ? "old/%d" : "old/inner/%d", i);
		CHECK(symlink("text", path) == 0);
	}
	return 0;
}

async static int do_remove_tree(void)
{
	return await async_remove_tree("old");
}

/* Cancelled, it has removed a part; it can be gone on with. */
async static int remove_the_rest(bool completed)
{
	CHECK(completed ? !exists("old") : !exists("old") || await do_remove_tree() == 0);
	return 0;
}

/* Content */

async static int do_read(void)
{
	char text[5] = "";
	ssize_t n = await async_read(file, text, 4);

	return zero_if(n == 4 && !strcmp(text, "abcd"), n);
}

async static int read_if(bool completed)
{
	CHECK(lseek(file, 0, SEEK_CUR) == (completed ? 4 : 0));
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	return 0;
}

async static int do_pread(void)
{
	char text[5] = "";
	ssize_t n = await async_pread(file, text, 4, 0);

	return zero_if(n == 4 && !strcmp(text, "abcd"), n);
}

async static int do_preadv(void)
{
	char text[5] = "";
	ssize_t n = await async_preadv(file, &(struct iovec){text, 4}, 1, 0);

	return zero_if(n == 4 && !strcmp(text, "abcd"), n);
}

static char content(int at)
{
	char byte;

	CHECK(pread(file, &byte, 1, at) == 1);
	return byte;
}

async static int written_if(bool completed)
{
	CHECK(content(1) == (completed ? 'x' : 'b'));
	CHECK(pwrite(file, "b", 1, 1) == 1);
	return 0;
}

async static int do_pwrite(void)
{
	ssize_t n = await async_pwrite(file, "x", 1, 1);

	return zero_if(n == 1, n);
}

async static int do_pwritev(void)
{
	char x = 'x';
	ssize_t n = await async_pwritev(file, &(struct iovec){&x, 1}, 1, 1);

	return zero_if(n == 1, n);
}

async static int do_write(void)
{
	ssize_t n = await async_write(file, "ax", 2);

	return zero_if(n == 2, n);
}

async static int written_there_if(bool completed)
{
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	return await written_if(completed);
}

async static int do_copy_range(void)
{
	int64_t from = 0, to = 10;
	ssize_t n = await async_copy_range(file, &from, other, &to, 2);

	CHECK(n < 0 ? from == 0 && to == 10 : from == n && to == 10 + n);
	return zero_if(n == 2, n);
}

async static int copied_if(bool completed)
{
	struct stat status;

	CHECK(fstat(file, &status) == 0 && status.st_size == (completed ? 12 : 4));
	return ftruncate(file, 4);
}

async static int do_ftruncate(void)
{
	return await async_ftruncate(file, 12);
}

async static int do_fsync(void)
{
	return await async_fsync(file);
}

async static int do_fdatasync(void)
{
	return await async_fdatasync(file);
}

async static int do_read_file(void)
{
	char *data = NULL;
	ssize_t n = await async_read_file("text", &data, 0);

	CHECK((n >= 0) == (data != NULL));
	free(data);
	return zero_if(n == 4, n);
}

async static int do_stat(void)
{
	struct stat status;

	return await async_stat("text", &status);
}

async static int do_lstat(void)
{
	struct stat status;

	return await async_lstat("text", &status);
}

async static int do_fstat(void)
{
	struct stat status;

	return await async_fstat(file, &status);
}

async static int do_statx(void)
{
	struct statx status;

	return await async_statx(AT_FDCWD, "text", 0, STATX_SIZE, &status);
}

async static int do_readlink(void)
{
	char to[8];
	int n = await async_readlink("link", to, sizeof to);

	return zero_if(n == 4, n);
}

async static int do_close(void)
{
	return await async_close(dup(file));
}

/* Locks */

async static int hold_file(void)
{
	return flock(other, LOCK_EX);
}

async static int free_file(void)
{
	return flock(other, LOCK_UN);
}

/* Whoever has it gives it back; nobody else has it. */
async static int file_is_free(bool completed)
{
	(void)completed;
	CHECK(flock(other, LOCK_EX | LOCK_NB) == 0);
	return flock(other, LOCK_UN);
}

async static int do_flock(void)
{
	int r = await async_flock(file, LOCK_EX);

	if (!r)
		CHECK(await async_flock(file, LOCK_UN) == 0);
	return r;
}

static int set_range(int type)
{
	struct flock range = {.l_type = (short)type};

	return fcntl(other, F_OFD_SETLK, &range);
}

async static int hold_range(void)
{
	return set_range(F_WRLCK);
}

async static int free_range(void)
{
	return set_range(F_UNLCK);
}

async static int range_is_free(bool completed)
{
	(void)completed;
	CHECK(set_range(F_WRLCK) == 0);
	return set_range(F_UNLCK);
}

async static int do_lock_range(void)
{
	int r = await async_lock_range(file, F_WRLCK, 0, 0);

	if (!r)
		CHECK(await async_lock_range(file, F_UNLCK, 0, 0) == 0);
	return r;
}

async static int do_try_lock_range(void)
{
	int r = await async_try_lock_range(file, F_WRLCK, 0, 0);

	if (!r)
		CHECK(await async_try_lock_range(file, F_UNLCK, 0, 0) == 0);
	return r;
}

/* Directories */

static struct async_dir *dir;
static struct async_walk *walk;

async static int do_dir_open(void)
{
	int r = await async_dir_open(".", &dir);

	CHECK((r == 0) == (dir != NULL));
	return r;
}

async static int close_dir(bool completed)
{
	(void)completed;
	async_dir_close(dir);
	return 0;
}

async static int do_dir_next(void)
{
	struct async_dir_entry entry;
	int r, n = 0;

	while ((r = await async_dir_next(dir, &entry)) > 0)
		n++;
	return r ? r : zero_if(n <= 3, 0);
}

async static int do_walk_open(void)
{
	int r = await async_walk_open(".", 0, &walk);

	CHECK((r == 0) == (walk != NULL));
	return r;
}

async static int close_walk(bool completed)
{
	(void)completed;
	async_walk_close(walk);
	return 0;
}

async static int do_walk_next(void)
{
	struct async_walk_entry entry;
	int r, n = 0;

	while ((r = await async_walk_next(walk, &entry)) > 0)
		n++;
	return r ? r : zero_if(n <= 3, 0);
}

#define MAKES .before = to_be_made, .after = made_if

static const struct row rows[] = {
	ROW(open, .after = close_got),
	ROW(openat, .after = close_got),
	ROW(tmpfile, .after = close_got),
	ROW(mkstemp, .after = made_file_if),
	ROW(mkdtemp, .after = made_if),
	ROW(mkdir, MAKES),
	ROW(mkdirat, MAKES),
	ROW(link, MAKES),
	ROW(symlink, MAKES),
	ROW(write_file, MAKES),
	ROW(unlink, .before = make_old, .after = gone_if),
	ROW(unlinkat, .before = make_old, .after = gone_if),
	ROW(rmdir, .before = make_old_dir, .after = gone_if),
	ROW(rename, .before = make_old, .after = moved_if),
	ROW(renameat, .before = make_old, .after = moved_if),
	ROW(remove_tree, .before = make_tree, .after = remove_the_rest),
	ROW(read, .after = read_if),
	ROW(write, .after = written_there_if),
	ROW(pread, .before = NULL),
	ROW(preadv, .before = NULL),
	ROW(pwrite, .after = written_if),
	ROW(pwritev, .after = written_if),
	ROW(copy_range, .after = copied_if),
	ROW(ftruncate, .after = copied_if),
	ROW(fsync, .before = NULL),
	ROW(fdatasync, .before = NULL),
	ROW(read_file, .before = NULL),
	ROW(stat, .before = NULL),
	ROW(lstat, .before = NULL),
	ROW(fstat, .before = NULL),
	ROW(statx, .before = NULL),
	ROW(readlink, .before = NULL),
	ROW(close, .flags = ALWAYS),
	ROW(flock, .before = hold_file, .complete = free_file, .after = file_is_free, .flags = LATE),
	ROW(lock_range, .before = hold_range, .complete = free_range, .after = range_is_free,
	    .flags = LATE),
	ROW(try_lock_range, .after = range_is_free),
	ROW(dir_open, .after = close_dir),
	ROW(dir_next, .before = do_dir_open, .after = close_dir),
	ROW(walk_open, .after = close_walk),
	ROW(walk_next, .before = do_walk_open, .after = close_walk),
};

async static int main_task(void)
{
	int r;

	file = await async_open("text", O_RDWR | O_CREAT | O_TRUNC, 0600);
	other = await async_open("text", O_RDWR, 0);
	CHECK(await async_pwrite(file, "abcd", 4, 0) == 4);
	(void)!unlink("link");
	CHECK(symlink("text", "link") == 0);
	r = await matrix(rows, sizeof rows / sizeof *rows);
	await async_close(file);
	await async_close(other);
	return r;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	if (!can_test_files())
		return 0;
	CHECK(async_test_virtual_time() == 0);
	CHECK(async_run(main_task()) == 0);
	return 0;
}
