#include "floor.h"
#include "../files.h"

/* A plain program that makes one call after another: nothing is under way beside it. */

long test_file_read(long n, long unused)
{
	static char block[FILE_BLOCK];
	int fd = files_big("big");
	uint64_t random = 1, number;

	(void)unused;
	bench_start();
	files_start(n);
	for (long i = 0; i < n; i++) {
		double began = now_ns();

		number = files_draw(&random);
		files_check(pread(fd, block, FILE_BLOCK, (off_t)number * FILE_BLOCK), block,
			    number);
		files_took(began);
	}
	files_report();
	close(fd);
	return n;
}

long test_file_scan(long n, long unused)
{
	static char piece[FILE_PIECE];
	int fd = files_big("big");

	(void)unused;
	bench_start();
	files_start(n);
	for (long i = 0; i < n; i++) {
		double began = now_ns();

		if (i % FILE_PIECES == 0)
			lseek(fd, 0, SEEK_SET);
		if (read(fd, piece, FILE_PIECE) != FILE_PIECE)
			files_fail("big");
		files_took(began);
	}
	files_report();
	close(fd);
	return n;
}

long test_file_fill(long n, long unused)
{
	static char piece[FILE_PIECE];
	int fd = files_big("written");

	(void)unused;
	bench_start();
	files_start(n);
	for (long i = 0; i < n; i++) {
		double began = now_ns();

		if (i % FILE_PIECES == 0)
			lseek(fd, 0, SEEK_SET);
		if (write(fd, piece, FILE_PIECE) != FILE_PIECE)
			files_fail("written");
		files_took(began);
	}
	files_report();
	close(fd);
	return n;
}

static long small_files(long n, int there, int (*what)(const char *path))
{
	char path[32];

	files_prepare(n, there);
	bench_start();
	files_start(n);
	for (long i = 0; i < n; i++) {
		double began = now_ns();

		if (what(files_small(path, i)))
			files_fail(path);
		files_took(began);
	}
	files_report();
	return n;
}

static int make(const char *path)
{
	static const char block[FILE_BLOCK];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 || write(fd, block, FILE_BLOCK) != FILE_BLOCK || close(fd);
}

static int load(const char *path)
{
	char block[FILE_BLOCK];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, block, FILE_BLOCK) != FILE_BLOCK || close(fd);
}

static int look(const char *path)
{
	struct stat status;

	return stat(path, &status) || status.st_size != FILE_BLOCK;
}

long test_file_make(long n, long unused)
{
	(void)unused;
	return small_files(n, 0, make);
}

long test_file_load(long n, long unused)
{
	(void)unused;
	return small_files(n, 1, load);
}

long test_file_stat(long n, long unused)
{
	(void)unused;
	return small_files(n, 1, look);
}

long test_file_remove(long n, long unused)
{
	(void)unused;
	return small_files(n, 1, unlink);
}
