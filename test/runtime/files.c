/* Every operation on files, through io_uring and through the pool, with what the plain calls
 * say of the same files. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d && env ASYNC_FILES=ring %t %t.d && %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=pool %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=ring %t %t.d
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BIG ((size_t)3 << 20)
#ifndef MANY
#define MANY 1000
#endif

async static void reads_and_writes(void)
{
	char buf[16] = "";
	struct iovec both[2] = {{buf, 3}, {buf + 8, 5}};
	int fd = await async_open("data", O_RDWR | O_CREAT | O_EXCL, 0640);

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(await async_open("data", O_RDWR | O_CREAT | O_EXCL, 0640) == -EEXIST);
	CHECK(await async_open("nothing/here", O_RDONLY, 0) == -ENOENT);
	CHECK(await async_pwrite(fd, "0123456789", 10, 0) == 10);
	CHECK(await async_pread(fd, buf, sizeof buf, 4) == 6 && !memcmp(buf, "456789", 6));
	CHECK(await async_pread(fd, buf, 4, 0) == 4 && !memcmp(buf, "0123", 4));
	CHECK(await async_pread(fd, buf, 4, 10) == 0);
	CHECK(await async_pread(fd, buf, 0, 0) == 0);
	CHECK(await async_pread(fd, buf, 4, -2) == -EINVAL);
	CHECK(await async_pread(-1, buf, 4, 0) == -EBADF);
	CHECK(await async_pwrite(-1, buf, 4, 0) == -EBADF);
	CHECK(lseek(fd, 0, SEEK_CUR) == 0);
	CHECK(await async_read(fd, buf, 4) == 4 && !memcmp(buf, "0123", 4));
	CHECK(await async_pread(fd, buf, 2, -1) == 2 && !memcmp(buf, "45", 2));
	CHECK(await async_write(fd, "xy", 2) == 2 && lseek(fd, 0, SEEK_CUR) == 8);
	CHECK(await async_read_full(fd, buf, 4) == 2 && !memcmp(buf, "89", 2));
	CHECK(await async_preadv(fd, both, 2, 1) == 8);
	CHECK(!memcmp(buf, "123", 3) && !memcmp(buf + 8, "45xy8", 5));
	CHECK(await async_pwritev(fd, both, 2, 10) == 8 && lseek(fd, 0, SEEK_END) == 18);
	CHECK(await async_preadv(fd, both, -1, 0) == -EINVAL);
	CHECK(await async_fsync(fd) == 0 && await async_fdatasync(fd) == 0);
	CHECK(await async_ftruncate(fd, 5) == 0 && lseek(fd, 0, SEEK_END) == 5);
	CHECK(await async_ftruncate(fd, -1) == -EINVAL);
	CHECK(await async_close(fd) == 0 && fcntl(fd, F_GETFD) < 0);
	CHECK(await async_close(fd) == -EBADF);
	fd = await async_open("data", O_RDONLY, 0);
	CHECK(await async_pwrite(fd, "x", 1, 0) == -EBADF);
	CHECK(await async_close(fd) == 0);
	CHECK(await async_open(".", O_WRONLY, 0) == -EISDIR);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode &&
	       a->st_nlink == b->st_nlink && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_rdev == b->st_rdev && a->st_size == b->st_size &&
	       a->st_blksize == b->st_blksize && a->st_blocks == b->st_blocks &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

async static void what_is_known(void)
{
	struct stat found, plain;
	struct statx more;
	int fd = open("data", O_RDONLY);

	CHECK(await async_stat("data", &found) == 0 && !stat("data", &plain));
	CHECK(same(&found, &plain));
	CHECK(await async_symlink("data", "link") == 0);
	CHECK(await async_lstat("link", &found) == 0 && !lstat("link", &plain));
	CHECK(same(&found, &plain) && S_ISLNK(found.st_mode));
	CHECK(await async_fstat(fd, &found) == 0 && !fstat(fd, &plain) && same(&found, &plain));
	CHECK(await async_stat("/dev/null", &found) == 0 && !stat("/dev/null", &plain));
	CHECK(same(&found, &plain));
	CHECK(await async_fstat(-1, &found) == -EBADF);
	CHECK(await async_stat("nothing", &found) == -ENOENT);
	CHECK(await async_statx(AT_FDCWD, "data", 0, STATX_BASIC_STATS, &more) == 0);
	CHECK(more.stx_size == 5);
	CHECK(await async_close(fd) == 0);
}

async static void names(void)
{
	char to[16], six[6];
	struct stat found;
	int dir;

	CHECK(await async_readlink("link", to, sizeof to) == 4 && !strcmp(to, "data"));
	CHECK(await async_readlink("link", six, 5) == 4 && !strcmp(six, "data"));
	CHECK(await async_readlink("link", six, 4) == -ERANGE);
	CHECK(await async_readlink("link", six, 0) == -ERANGE);
	CHECK(await async_readlink("data", to, sizeof to) == -EINVAL);
	CHECK(await async_link("data", "second") == 0);
	CHECK(!stat("data", &found) && found.st_nlink == 2);
	CHECK(await async_rename("second", "third") == 0 && access("second", F_OK));
	CHECK(await async_rename("second", "third") == -ENOENT);
	CHECK(await async_renameat(AT_FDCWD, "third", AT_FDCWD, "data", RENAME_NOREPLACE) ==
	      -EEXIST);
	CHECK(await async_mkdir("dir", 0700) == 0 && await async_mkdir("dir", 0700) == -EEXIST);
	dir = await async_open("dir", O_RDONLY | O_DIRECTORY, 0);
	CHECK(dir >= 0 && await async_mkdirat(dir, "inner", 0700) == 0);
	CHECK(await async_unlinkat(dir, "inner", 0) == -EISDIR);
	CHECK(await async_rmdir("dir") == -ENOTEMPTY);
	CHECK(await async_unlinkat(dir, "inner", AT_REMOVEDIR) == 0);
	CHECK(await async_close(dir) == 0 && await async_rmdir("dir") == 0);
	CHECK(await async_unlink("third") == 0 && await async_unlink("third") == -ENOENT);
	CHECK(await async_unlink("link") == 0);
}

async static void temporary(void)
{
	char name[] = "tmp-XXXXXX", bad[] = "tmp", dir[] = "dir-XXXXXX";
	struct stat found;
	int fd = await async_mkstemp(name);

	CHECK(fd >= 0 && !fstat(fd, &found) && (found.st_mode & 0777) == 0600);
	CHECK(await async_close(fd) == 0 && await async_unlink(name) == 0);
	CHECK(await async_mkstemp(bad) == -EINVAL);
	CHECK(await async_mkdtemp(dir) == 0 && await async_rmdir(dir) == 0);
	fd = await async_tmpfile(".");
	CHECK(fd >= 0 && !fstat(fd, &found) && found.st_nlink == 0);
	CHECK(await async_write_full(fd, "temporary", 9) == 9 && await async_close(fd) == 0);
	fd = await async_tmpfile(NULL);
	CHECK(fd >= 0 && await async_close(fd) == 0);
	CHECK(await async_tmpfile("nothing") == -ENOENT);
}

async static void contents(void)
{
	char *big = malloc(BIG), *data;
	struct stat found;
	ssize_t n;

	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 2654435761u >> 24);
	umask(027);
	CHECK(await async_write_file("content", big, BIG, 0666) == 0);
	CHECK(!stat("content", &found) && (found.st_mode & 0777) == 0640);
	n = await async_read_file("content", &data, 0);
	CHECK(n == (ssize_t)BIG && !memcmp(data, big, BIG) && !data[BIG]);
	free(data);
	CHECK(await async_read_file("content", &data, BIG - 1) == -EFBIG && !data);
	CHECK(await async_read_file("content", &data, BIG) == (ssize_t)BIG);
	free(data);
	CHECK(await async_write_file("content", "short", 5, 0666) == 0);
	CHECK(await async_read_file("content", &data, 0) == 5 && !strcmp(data, "short"));
	free(data);
	CHECK(await async_write_file("content", NULL, 0, 0666) == 0);
	CHECK(await async_read_file("content", &data, 0) == 0 && !*data);
	free(data);
	/* Its size is said to be 0. */
	n = await async_read_file("/proc/self/status", &data, 0);
	CHECK(n > 100 && strstr(data, "VmPeak"));
	free(data);
	CHECK(await async_read_file("nothing", &data, 0) == -ENOENT && !data);
	CHECK(await async_read_file(".", &data, 0) == -EISDIR && !data);
	CHECK(await async_write_file("nothing/here", "x", 1, 0666) == -ENOENT);
	CHECK(await async_write_file(".", "x", 1, 0666) < 0);
	CHECK(await async_unlink("content") == 0);
	free(big);
}

async static void copies(void)
{
	int from = await async_tmpfile("."), to = await async_tmpfile(".");
	int proc = open("/proc/self/status", O_RDONLY);
	int64_t from_offset = 2, to_offset = 1;
	char *big = calloc(1, BIG), buf[8] = "";

	CHECK(await async_write_full(from, "0123456789", 10) == 10);
	CHECK(await async_copy_range(from, &from_offset, to, &to_offset, 5) == 5);
	CHECK(from_offset == 7 && to_offset == 6);
	CHECK(pread(to, buf, 8, 0) == 6 && !memcmp(buf, "\0" "23456", 6));
	CHECK(await async_copy_range(from, &from_offset, to, &to_offset, SIZE_MAX) == 3);
	CHECK(await async_copy_range(from, &from_offset, to, &to_offset, 7) == 0);
	CHECK(lseek(from, 0, SEEK_SET) == 0 && lseek(to, 0, SEEK_SET) == 0);
	CHECK(await async_copy_range(from, NULL, to, NULL, 4) == 4 && lseek(to, 0, SEEK_CUR) == 4);
	CHECK(await async_copy_range(proc, NULL, to, NULL, SIZE_MAX) > 100);
	CHECK(pwrite(from, big, BIG, 0) == (ssize_t)BIG && lseek(from, 0, SEEK_SET) == 0);
	CHECK(await async_copy_range(from, NULL, to, NULL, SIZE_MAX) == (ssize_t)BIG);
	memset(big, 'b', BIG);
	CHECK(await async_pwrite(from, big, BIG, 1) == (ssize_t)BIG);
	memset(big, 0, BIG);
	CHECK(await async_pread(from, big, BIG, 1) == (ssize_t)BIG && big[0] == 'b');
	CHECK(big[BIG - 1] == 'b' && await async_pread(from, big, BIG, 2) == (ssize_t)BIG - 1);
	CHECK(await async_copy_range(from, NULL, -1, NULL, 1) == -EBADF);
	await async_close(from);
	await async_close(to);
	await async_close(proc);
	free(big);
}

/* Many at once: each task writes and reads its own part. */
async static void one_of_many(int fd, int number)
{
	char mine[512], back[512];

	memset(mine, number, sizeof mine);
	for (int i = 0; i < 4; i++) {
		CHECK(await async_pwrite(fd, mine, sizeof mine, number * 512) == 512);
		CHECK(await async_pread(fd, back, sizeof back, number * 512) == 512);
		CHECK(!memcmp(mine, back, sizeof mine));
	}
}

async static void many(void)
{
	int fd = await async_tmpfile(".");
	ASYNC_GROUP(group);

	for (int i = 0; i < MANY; i++)
		CHECK(async_group_start(&group, one_of_many(fd, i)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK(await async_close(fd) == 0);
}

/* A read that cannot be answered at once ends when it is cancelled, and has read nothing; what
 * had begun keeps its result. */
async static ssize_t read_pipe(int fd, char *buf)
{
	return await async_pread(fd, buf, 1, -1);
}

async static void cancelled(void)
{
	int fd = await async_tmpfile("."), fds[2];
	struct async_scope scope;
	char buf[4] = "abc";
	ssize_t n;

	async_scope_open(&scope);
	async_scope_cancel(&scope, -ECANCELED);
	CHECK(await async_pwrite(fd, buf, 3, 0) == -ECANCELED && lseek(fd, 0, SEEK_END) == 0);
	CHECK(await async_open("data", O_RDONLY, 0) == -ECANCELED);
	async_scope_close(&scope);
	CHECK(await async_pwrite(fd, buf, 3, 0) == 3);
	async_scope_open(&scope);
	async_scope_cancel(&scope, -ECANCELED);
	CHECK(await async_close(fd) == 0 && fcntl(fd, F_GETFD) < 0);
	async_scope_close(&scope);
	if (async_file_backend() != ASYNC_FILES_RING)
		return;
	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	n = async_await_timeout(5, read_pipe(fds[0], buf));
	CHECK(n == -ETIMEDOUT && *buf == 'a');
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(await read_pipe(fds[0], buf) == 1 && *buf == 'x');
	await async_close(fds[0]);
	await async_close(fds[1]);
}

async static int all(void)
{
	await reads_and_writes();
	await what_is_known();
	await names();
	await temporary();
	await contents();
	await copies();
	await many();
	await cancelled();
	CHECK(await async_unlink("data") == 0);
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	if (!can_test_files())
		return 0;
	RUN_TWICE(all());
	CHECK(count_entries(".") == 2);
	return 0;
}
