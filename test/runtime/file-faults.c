/* Each allocation and each system call of a program that uses files fails in turn: operations
 * succeed or give that error, nothing hangs, no descriptor and no file is left behind. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d && env ASYNC_FILES=ring %t %t.d && %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=pool %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 ASYNC_FILES=ring %t %t.d
#define _GNU_SOURCE
#include "Inputs/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRY(call)                                                                                  \
	do {                                                                                       \
		if (!r && (n = (call)) < 0)                                                        \
			r = (int)n;                                                                \
	} while (0)

async static int with_descriptor(int fd)
{
	struct stat found;
	char buf[8];
	ssize_t n;
	int r = 0;

	TRY(await async_pwrite(fd, "content", 7, 0));
	TRY(await async_pread(fd, buf, sizeof buf, 0));
	CHECK(r || (n == 7 && !memcmp(buf, "content", 7)));
	TRY(await async_read(fd, buf, 1));
	TRY(await async_write(fd, "x", 1));
	TRY(await async_fstat(fd, &found));
	CHECK(r || found.st_size == 7);
	TRY(await async_fsync(fd));
	TRY(await async_ftruncate(fd, 3));
	TRY(await async_flock(fd, LOCK_EX));
	TRY(await async_lock_range(fd, F_WRLCK, 0, 0));
	return r;
}

async static int with_names(void)
{
	struct async_walk_entry walked;
	struct async_walk *tree = NULL;
	struct async_dir_entry entry;
	struct async_dir *dir = NULL;
	char to[16], *data = NULL;
	ssize_t n;
	int r = 0;

	TRY(await async_write_file("d/content", "abc", 3, 0600));
	TRY(await async_read_file("d/content", &data, 0));
	CHECK(!r == (data != NULL));
	free(data);
	TRY(await async_symlink("content", "d/link"));
	TRY(await async_readlink("d/link", to, sizeof to));
	TRY(await async_rename("d/link", "d/other"));
	TRY(await async_link("d/content", "d/second"));
	TRY(await async_mkdir("d/inner", 0700));
	TRY(await async_dir_open("d", &dir));
	while (!r && (n = await async_dir_next(dir, &entry)) > 0)
		CHECK(*entry.name);
	TRY(n);
	TRY(await async_walk_open("d", 0, &tree));
	while (!r && (n = await async_walk_next(tree, &walked)) > 0)
		CHECK(!walked.error);
	TRY(n);
	async_dir_close(dir);
	async_walk_close(tree);
	TRY(await async_unlink("d/second"));
	TRY(await async_remove_tree("d/inner"));
	return r;
}

async static int all(void)
{
	ssize_t n;
	int r = 0, fd;

	TRY(await async_mkdir("d", 0700));
	TRY(fd = await async_open("d/file", O_RDWR | O_CREAT, 0600));
	if (r)
		return r;
	r = await with_descriptor(fd);
	TRY(await with_names());
	n = await async_close(fd);
	CHECK(fcntl(fd, F_GETFD) < 0);
	TRY(n);
	return r;
}

static void clean_up(void)
{
	static const char *const names[] = {"d/content", "d/link", "d/other", "d/second", "d/file"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(names[i]);
	rmdir("d/inner");
	CHECK(!rmdir("d") || errno == ENOENT);
}

/* Runs it once, with what comes first to fail as number n. */
static int attempt(unsigned long n, bool allocation, int error, int descriptors)
{
	int r;

	if (allocation)
		async_test_fail_allocation(n, error == 1);
	else
		async_test_fail_call(n, error);
	r = async_run(all());
	clean_up();
	CHECK(count_descriptors() <= descriptors + 3);
	return r;
}

int main(int argc, char **argv)
{
	static const int errors[] = {-EIO, -EMFILE, -ENOSYS};
	unsigned long n, faults = 0;
	int descriptors, r;

	CHECK(argc == 2 && chdir(argv[1]) == 0);
	CHECK(async_run(all()) == 0);
	clean_up();
	if (!can_test_files())
		return 0;
	descriptors = count_descriptors();
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		for (n = 1;; n++, faults++) {
			r = attempt(n, false, errors[i], descriptors);
			if (!async_test_call_failed())
				break;
			CHECK(r == errors[i] || r == 0);
		}
		CHECK(r == 0 && n > 15);
		async_test_fail_call(0, 0);
	}
	for (int everything = 0; everything < 2; everything++) {
		for (n = 1;; n++, faults++) {
			r = attempt(n, true, everything, descriptors);
			if (!async_test_allocation_failed())
				break;
			CHECK(r == -ENOMEM || r == 0);
		}
		CHECK(r == 0 && n > 10);
		async_test_fail_allocation(0, false);
	}
	printf("%lu faults\n", faults);
	return 0;
}
