/* Cancelling what concerns files, processes and signals: before it starts, while it waits for
 * a thread, and in the middle of a long one. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d && env ASYNC_FILES=ring %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=pool %t %t.d
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define CANCELLED(call) CHECK(await call == -ECANCELED)

/* In a cancelled scope nothing is done. */
async static void before(int fd)
{
	char name[] = "name-XXXXXX", buf[8] = "", *data;
	struct iovec part = {buf, sizeof buf};
	struct async_process process;
	struct async_walk *walk;
	struct async_scope scope;
	struct async_dir *dir;
	struct statx more;
	struct stat found;
	int64_t offset = 0;

	async_scope_open(&scope);
	async_scope_cancel(&scope, -ECANCELED);
	CANCELLED(async_open("new", O_RDWR | O_CREAT, 0600));
	CANCELLED(async_openat(AT_FDCWD, "new", O_RDWR | O_CREAT, 0600));
	CANCELLED(async_pread(fd, buf, sizeof buf, 0));
	CANCELLED(async_pwrite(fd, "x", 1, 0));
	CANCELLED(async_preadv(fd, &part, 1, 0));
	CANCELLED(async_pwritev(fd, &part, 1, 0));
	CANCELLED(async_read(fd, buf, sizeof buf));
	CANCELLED(async_write(fd, "x", 1));
	CANCELLED(async_fsync(fd));
	CANCELLED(async_fdatasync(fd));
	CANCELLED(async_ftruncate(fd, 100));
	CANCELLED(async_stat(".", &found));
	CANCELLED(async_lstat(".", &found));
	CANCELLED(async_fstat(fd, &found));
	CANCELLED(async_statx(AT_FDCWD, ".", 0, STATX_SIZE, &more));
	CANCELLED(async_rename("file", "other"));
	CANCELLED(async_renameat(AT_FDCWD, "file", AT_FDCWD, "other", 0));
	CANCELLED(async_unlink("file"));
	CANCELLED(async_unlinkat(AT_FDCWD, "file", 0));
	CANCELLED(async_mkdir("new", 0700));
	CANCELLED(async_mkdirat(AT_FDCWD, "new", 0700));
	CANCELLED(async_rmdir("."));
	CANCELLED(async_link("file", "new"));
	CANCELLED(async_symlink("file", "new"));
	CANCELLED(async_readlink("/proc/self/exe", buf, sizeof buf));
	CANCELLED(async_mkstemp(name));
	CANCELLED(async_mkdtemp(name));
	CANCELLED(async_tmpfile("."));
	CANCELLED(async_read_file("file", &data, 0));
	CANCELLED(async_write_file("new", "x", 1, 0600));
	CANCELLED(async_copy_range(fd, &offset, fd, NULL, 1));
	CANCELLED(async_flock(fd, LOCK_EX));
	CANCELLED(async_lock_range(fd, F_WRLCK, 0, 0));
	CANCELLED(async_try_lock_range(fd, F_WRLCK, 0, 0));
	CANCELLED(async_dir_open(".", &dir));
	CANCELLED(async_walk_open(".", 0, &walk));
	CANCELLED(async_remove_tree("."));
	CANCELLED(async_process_start(&process, &(struct async_command){.shell = "touch new"}));
	CANCELLED(async_signal_wait(SIGUSR1));
	async_scope_close(&scope);
	CHECK(!dir && !walk && !data && !process.started);
	CHECK(!fstat(fd, &found) && found.st_size == 7 && lseek(fd, 0, SEEK_CUR) == 0);
	CHECK(count_entries(".") == 3);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int wait_at_gate(int *unused)
{
	(void)unused;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return 0;
}

async static int hold_thread(void)
{
	int unused = 0;

	return await async_offload(wait_at_gate, &unused);
}

/* What waits for the only thread is taken back. */
async static void queued(void)
{
	struct async_process process;
	async_task(int) task;
	char *data;
	ssize_t n;
	int r;

	pthread_mutex_lock(&gate);
	task = async_spawn(hold_thread());
	CHECK(await async_yield() == 0);
	r = async_await_timeout(1, async_process_start(&process, &(struct async_command){
									 .shell = "touch new"}));
	CHECK(r == -ETIMEDOUT && !process.started);
	n = async_await_timeout(1, async_read_file("file", &data, 0));
	CHECK(n == -ETIMEDOUT && !data);
	if (async_file_backend() == ASYNC_FILES_POOL) {
		r = async_await_timeout(1, async_open("new", O_WRONLY | O_CREAT, 0600));
		CHECK(r == -ETIMEDOUT);
		r = async_await_timeout(1, async_unlink("file"));
		CHECK(r == -ETIMEDOUT);
	}
	pthread_mutex_unlock(&gate);
	CHECK(await async_join(task) == 0 && count_entries(".") == 3);
}

async static ssize_t read_one(int fd, char *buf)
{
	return await async_pread(fd, buf, 1, -1);
}

/* The kernel takes no request to cancel, and then it does. */
async static void refused(void)
{
	async_task(ssize_t) task;
	int fds[2];
	char c;

	if (async_file_backend() != ASYNC_FILES_RING)
		return;
	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	task = async_spawn(read_one(fds[0], &c));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(task));
	async_test_fail_call(1, -EAGAIN);
	async_cancel(task);
	CHECK(async_await_timeout(5000, async_join(task)) == -ECANCELED);
	CHECK(async_test_call_failed());
	async_test_fail_call(0, 0);
	CHECK(write(fds[1], "x", 1) == 1 && await read_one(fds[0], &c) == 1 && c == 'x');
	await async_close(fds[0]);
	await async_close(fds[1]);
}

/* What has begun ends early. */
async static void in_the_middle(void)
{
	int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
	char *data;
	ssize_t n;

	n = async_await_timeout(20, async_copy_range(zero, NULL, null, NULL, SIZE_MAX));
	CHECK(n > 0 || n == -ETIMEDOUT);
	n = async_await_timeout(5, async_read_file("/dev/zero", &data, 0));
	CHECK(n == -ETIMEDOUT && !data);
	await async_close(zero);
	await async_close(null);
}

async static int all(void)
{
	int fd = await async_open("file", O_RDWR | O_CREAT, 0600);

	CHECK(await async_pwrite(fd, "content", 7, 0) == 7);
	await before(fd);
	await queued();
	await refused();
	await in_the_middle();
	CHECK(await async_close(fd) == 0 && await async_unlink("file") == 0);
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	if (!can_test_files())
		return 0;
	CHECK(async_set_offload_threads(1) == 0);
	CHECK(async_run(all()) == 0);
	return 0;
}
