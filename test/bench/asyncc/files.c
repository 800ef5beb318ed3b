#include "tests.h"

#include "../peers/files.h"

/* As many tasks as asked for, each with its share of the operations. */
static async int in_tasks(long n, long m, async int (*share)(long first, long count, int fd),
			  int fd)
{
	struct async_group group;

	bench_start();
	files_start(n);
	async_group_open(&group);
	for (long i = 0; i < m; i++)
		async_group_start(&group, share(i * (n / m), n / m, fd));
	return await async_group_close(&group);
}

static async int read_blocks(long first, long count, int fd)
{
	char block[FILE_BLOCK];
	uint64_t random = (uint64_t)first + 1, number;

	for (long i = 0; i < count; i++) {
		double began = now_ns();

		number = files_draw(&random);
		files_check(await async_pread(fd, block, FILE_BLOCK, (int64_t)number * FILE_BLOCK),
			    block, number);
		files_took(began);
	}
	return 0;
}

async long test_file_read(long n, long m)
{
	int fd = files_big("big");
	int error = await in_tasks(n, m, read_blocks, fd);

	files_report();
	await async_close(fd);
	return error ? error : n / m * m;
}

static async int scan(long first, long count, int fd)
{
	char piece[FILE_PIECE];

	(void)first;
	for (long i = 0; i < count; i++) {
		double began = now_ns();

		if (i % FILE_PIECES == 0)
			lseek(fd, 0, SEEK_SET);
		if (await async_read(fd, piece, FILE_PIECE) != FILE_PIECE)
			return -EIO;
		files_took(began);
	}
	return 0;
}

async long test_file_scan(long n, long unused)
{
	int fd = files_big("big");
	int error = await in_tasks(n, 1, scan, fd);

	(void)unused;
	files_report();
	await async_close(fd);
	return error ? error : n;
}

static async int fill(long first, long count, int fd)
{
	char piece[FILE_PIECE] = {0};

	(void)first;
	for (long i = 0; i < count; i++) {
		double began = now_ns();

		if (i % FILE_PIECES == 0)
			lseek(fd, 0, SEEK_SET);
		if (await async_write(fd, piece, FILE_PIECE) != FILE_PIECE)
			return -EIO;
		files_took(began);
	}
	return 0;
}

async long test_file_fill(long n, long unused)
{
	int fd = files_big("written");
	int error = await in_tasks(n, 1, fill, fd);

	(void)unused;
	files_report();
	await async_close(fd);
	return error ? error : n;
}

static async int make(const char *path)
{
	static const char block[FILE_BLOCK];
	int fd = await async_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		return fd;
	if (await async_write(fd, block, FILE_BLOCK) != FILE_BLOCK)
		return -EIO;
	return await async_close(fd);
}

static async int load(const char *path)
{
	char block[FILE_BLOCK];
	int fd = await async_open(path, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	if (await async_read(fd, block, FILE_BLOCK) != FILE_BLOCK)
		return -EIO;
	return await async_close(fd);
}

static async int look(const char *path)
{
	struct stat status;
	int error = await async_stat(path, &status);

	return error ? error : status.st_size == FILE_BLOCK ? 0 : -EIO;
}

static async int (*what)(const char *path);

static async int small_share(long first, long count, int unused)
{
	char path[32];
	int error = 0;

	(void)unused;
	for (long i = first; !error && i < first + count; i++) {
		double began = now_ns();

		error = await what(files_small(path, i));
		files_took(began);
	}
	return error;
}

static async long small_files(long n, long m, int there, async int (*function)(const char *path))
{
	int error;

	n = n / m * m;
	files_prepare(n, there);
	what = function;
	error = await in_tasks(n, m, small_share, -1);
	files_report();
	return error ? error : n;
}

async long test_file_make(long n, long m)
{
	return await small_files(n, m, 0, make);
}

async long test_file_load(long n, long m)
{
	return await small_files(n, m, 1, load);
}

async long test_file_stat(long n, long m)
{
	return await small_files(n, m, 1, look);
}

async long test_file_remove(long n, long m)
{
	return await small_files(n, m, 1, async_unlink);
}
