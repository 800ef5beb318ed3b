/* What the file tests of the programs in C share: the files, made in the current directory
 * before the clock starts, and the latencies of single operations.
 *
 * The big file is in the page cache as a test begins, and each of its blocks begins with its
 * own number, which readers compare. The small files are all in one directory.
 */
#ifndef FILES_H
#define FILES_H

#include "bench.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BLOCK 4096
#define FILE_BLOCKS 16384
#define FILE_PIECE 65536
#define FILE_PIECES (FILE_BLOCK / 1024 * FILE_BLOCKS / (FILE_PIECE / 1024))

_Noreturn static inline void files_fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline int files_big(const char *path)
{
	static char block[FILE_BLOCK];
	struct stat status;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &status))
		files_fail(path);
	for (uint64_t i = 0; i < FILE_BLOCKS; i++) {
		memcpy(block, &i, sizeof i);
		if (status.st_size != (off_t)FILE_BLOCK * FILE_BLOCKS &&
		    pwrite(fd, block, FILE_BLOCK, (off_t)i * FILE_BLOCK) != FILE_BLOCK)
			files_fail(path);
		if (pread(fd, block, FILE_BLOCK, (off_t)i * FILE_BLOCK) != FILE_BLOCK)
			files_fail(path);
	}
	return fd;
}

/* A block drawn at random (xorshift). */
static inline uint64_t files_draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random % FILE_BLOCKS;
}

/* Whether what was read is the block. */
static inline void files_check(long n, const void *block, uint64_t number)
{
	if (n != FILE_BLOCK || memcmp(block, &number, sizeof number)) {
		fprintf(stderr, "block %ju: %ld\n", (uintmax_t)number, n);
		exit(1);
	}
}

static inline char *files_small(char path[32], long number)
{
	snprintf(path, 32, "small/%06ld", number);
	return path;
}

/* Exactly the first count of the small files are there, or none. */
static inline void files_prepare(long count, int there)
{
	static const char block[FILE_BLOCK];
	char path[32];

	mkdir("small", 0700);
	for (long i = 0; i < count; i++) {
		int fd;

		files_small(path, i);
		if (!there) {
			unlink(path);
			continue;
		}
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || write(fd, block, FILE_BLOCK) != FILE_BLOCK || close(fd))
			files_fail(path);
	}
}

static struct {
	float *ns;
	long count;
	double start;
} files_taken;

/* Begins to measure count operations at most. */
static inline void files_start(long count)
{
	files_taken.ns = calloc((size_t)(count > 0 ? count : 1), sizeof *files_taken.ns);
	files_taken.count = 0;
	files_taken.start = now_ns();
}

/* An operation that began then has ended. */
static inline void files_took(double began)
{
	files_taken.ns[files_taken.count++] = (float)(now_ns() - began);
}

static inline int files_compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static inline void files_report(void)
{
	double all = now_ns() - files_taken.start;
	long n = files_taken.count;

	qsort(files_taken.ns, (size_t)n, sizeof *files_taken.ns, files_compare);
	printf("wall_ns %.1f\n", all / (double)n);
	printf("median_us %.2f\n", (double)files_taken.ns[n / 2] / 1e3);
	printf("p99_us %.2f\n", (double)files_taken.ns[n * 99 / 100] / 1e3);
	free(files_taken.ns);
}

#endif
