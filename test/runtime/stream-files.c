/* Streams over files, through io_uring and through the pool, and over processes. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t
// RUN: env ASYNC_FILES=pool %t %t.d && env ASYNC_FILES=ring %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 %t %t.d
#include "Inputs/files.h"

#include <fcntl.h>
#include <unistd.h>

#ifndef LINES
#define LINES 20000
#endif

async static void write_lines(const char *path)
{
	struct async_stream *stream;

	CHECK(await async_open_file("nothing/here", O_RDONLY, 0, &stream) == -ENOENT && !stream);
	CHECK(await async_open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600, &stream) == 0);
	for (int i = 0; i < LINES; i++)
		CHECK(await async_stream_printf(stream, "line %d\n", i) > 0);
	CHECK(await async_stream_close(stream) == 0);
}

async static void read_lines(const char *path, bool limited)
{
	struct async_stream *stream;
	char *line, wanted[32];
	int fd;

	CHECK(await async_open_file(path, O_RDONLY, 0, &stream) == 0);
	fd = async_stream_fd(stream);
	if (limited)
		CHECK(async_test_limit(fd, 7, 7, false) == 0);
	for (int i = 0; i < LINES; i++) {
		snprintf(wanted, sizeof wanted, "line %d", i);
		CHECK(await async_stream_read_line(stream, &line) == (ssize_t)strlen(wanted));
		CHECK(!strcmp(line, wanted));
	}
	CHECK(await async_stream_read_line(stream, &line) == -ENODATA);
	CHECK(await async_stream_write(stream, "x", 1) == 1);
	CHECK(await async_stream_close(stream) == -EBADF && fcntl(fd, F_GETFD) < 0);
}

async static void of_process(void)
{
	ASYNC_PROCESS(sort, 1000);
	char *argv[] = {"sort", "-n", "-r", NULL}, *line;
	struct async_stream *stream;
	int number;

	CHECK(await async_process_start(&sort, &(struct async_command){
						       .argv = argv, .in = ASYNC_PIPE, .out = ASYNC_PIPE}) ==
	      0);
	stream = async_process_stream(&sort);
	CHECK(stream && sort.in == -1 && sort.out == -1);
	for (int i = 0; i < LINES; i++)
		CHECK(await async_stream_printf(stream, "%d\n", i) > 0);
	CHECK(await async_stream_shutdown(stream) == 0);
	for (int i = LINES - 1; i >= 0; i--) {
		CHECK(await async_stream_read_line(stream, &line) > 0);
		CHECK(sscanf(line, "%d", &number) == 1 && number == i);
	}
	CHECK(await async_stream_read_line(stream, &line) == -ENODATA);
	CHECK(await async_process_wait(&sort) == 0);
	CHECK(await async_stream_close(stream) == 0);
}

async static int all(void)
{
	await write_lines("lines");
	await read_lines("lines", false);
	await read_lines("lines", true);
	await of_process();
	CHECK(await async_unlink("lines") == 0);
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	if (!can_test_files())
		return 0;
	RUN_TWICE(all());
	return 0;
}
