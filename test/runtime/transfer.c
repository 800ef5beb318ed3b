/* Vectors, sendfile and splice over pipes, sockets, files and a terminal, in pieces; the peer
 * gone, the wait cancelled, the descriptor closed. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#define _GNU_SOURCE
/* Where the test itself reads, writes and waits, it does not take long. */
#pragma clang diagnostic ignored "-Wasync-blocking"

#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <termios.h>

/* What is written comes in so many parts, of so many bytes. */
#define PARTS 300
#ifndef PART
#define PART 1000
#endif
enum { SIZE = PARTS * PART };
static char text[SIZE], copy[SIZE];

static void open_pair(int fds[2], bool sockets)
{
	int ends[2];

	if (sockets) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
		fds[0] = ends[1];
		fds[1] = ends[0];
	} else {
		CHECK(pipe(fds) == 0);
	}
}

async static ssize_t read_all(int fd)
{
	struct iovec parts[3];
	size_t at = 0;
	ssize_t n;

	memset(copy, 0, SIZE);
	do {
		parts[0] = (struct iovec){copy + at, at < SIZE ? 1 : 0};
		parts[1] = (struct iovec){copy, 0};
		parts[2] = (struct iovec){copy + at + 1, SIZE - at > 1 ? SIZE - at - 1 : 0};
		n = await async_readv(fd, parts, 3);
		at += n > 0 ? (size_t)n : 0;
	} while (n > 0 && at < SIZE);
	/* Nobody else would take what is written. */
	CHECK(n >= 0);
	return (ssize_t)at;
}

async static int vectors(bool sockets, size_t piece)
{
	struct iovec parts[PARTS];
	async_task(ssize_t) reading;
	int fds[2];

	open_pair(fds, sockets);
	CHECK(async_test_limit(fds[0], piece, 0, true) == 0);
	CHECK(async_test_limit(fds[1], 0, piece, true) == 0);
	reading = async_spawn(read_all(fds[0]));
	CHECK(reading != NULL);
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct iovec){text + i * PART, i % 7 ? PART : 0};
	for (size_t i = 0; i < PARTS; i += 7)
		parts[i].iov_len = PART;
	CHECK(await async_writev_full(fds[1], parts, PARTS) == SIZE);
	CHECK(parts[PARTS - 1].iov_len == 0);
	CHECK(await async_join(reading) == SIZE && !memcmp(text, copy, SIZE));
	CHECK(await async_writev(fds[1], parts, 0) == -EINVAL);
	CHECK(await async_readv(fds[0], parts, IOV_MAX + 1) == -EINVAL);
	await async_close(fds[0]);
	parts[0] = (struct iovec){text, 5};
	CHECK(await async_writev_full(fds[1], parts, 1) == -EPIPE);
	await async_close(fds[1]);
	return 0;
}

static int file_of(const char *data, size_t len)
{
	char name[] = "/tmp/asyncc-XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len && !unlink(name));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

async static int files(bool sockets, size_t piece)
{
	int fds[2], file = file_of(text, SIZE);
	async_task(ssize_t) task;
	off_t at = 0;
	ssize_t n;

	open_pair(fds, sockets);
	CHECK(async_test_limit(fds[1], 0, piece, false) == 0);
	task = async_spawn(read_all(fds[0]));
	CHECK(task != NULL);
	/* Half by an offset, half by the position. */
	while (at < SIZE / 2)
		CHECK(await async_sendfile(fds[1], file, &at, (size_t)(SIZE / 2 - at)) > 0);
	CHECK(lseek(file, 0, SEEK_CUR) == 0 && lseek(file, at, SEEK_SET) == at);
	while ((n = await async_sendfile(fds[1], file, NULL, SIZE)) > 0)
		at += n;
	CHECK(n == 0 && at == SIZE);
	CHECK(await async_join(task) == SIZE && !memcmp(text, copy, SIZE));
	/* A wait for room, cancelled, and one that ends as the descriptor is closed. */
	do {
		at = 0;
		n = async_await_timeout(5, async_sendfile(fds[1], file, &at, SIZE));
	} while (n > 0);
	CHECK(n == -ETIMEDOUT && at == 0);
	task = async_spawn(async_sendfile(fds[1], file, &at, SIZE));
	CHECK(await async_sleep_ms(1) == 0);
	await async_close(fds[1]);
	CHECK(await async_join(task) == -EBADF && at == 0);
	await async_close(fds[0]);
	open_pair(fds, sockets);
	await async_close(fds[0]);
	CHECK(await async_sendfile(fds[1], file, &at, SIZE) == -EPIPE);
	CHECK(await async_sendfile(-1, file, &at, SIZE) == -EBADF);
	CHECK(await async_sendfile(fds[1], -1, &at, SIZE) == -EBADF);
	await async_close(fds[1]);
	await async_close(file);
	return 0;
}

async static ssize_t relay(int in, int out)
{
	ssize_t n, all = 0;

	while ((n = await async_splice(in, out, 100 * PART)) > 0)
		all += n;
	CHECK(n == 0);
	await async_close(out);
	return all;
}

/* Socket to pipe to socket. */
async static int spliced(void)
{
	async_task(ssize_t) first, second, reading;
	int in[2], through[2], out[2];

	open_pair(in, true);
	open_pair(through, false);
	open_pair(out, true);
	first = async_spawn(relay(in[0], through[1]));
	second = async_spawn(relay(through[0], out[1]));
	CHECK(first != NULL && second != NULL);
	CHECK(await async_sleep_ms(2) == 0);
	CHECK(await async_write(in[1], text, 10) == 10);
	CHECK(await async_sleep_ms(2) == 0);
	reading = async_spawn(read_all(out[0]));
	CHECK(reading != NULL);
	CHECK(await async_write_full(in[1], text + 10, SIZE - 10) == SIZE - 10);
	await async_close(in[1]);
	CHECK(await async_join(first) == SIZE && await async_join(second) == SIZE);
	CHECK(await async_join(reading) == SIZE && !memcmp(text, copy, SIZE));
	await async_close(in[0]);
	await async_close(through[0]);
	await async_close(out[0]);

	open_pair(in, true);
	open_pair(through, false);
	CHECK(async_await_timeout(5, async_splice(in[0], through[1], 10)) == -ETIMEDOUT);
	CHECK(await async_splice(in[0], in[1], 10) == -EINVAL);
	CHECK(await async_splice(-1, in[1], 10) == -EBADF);
	await async_close(through[0]);
	CHECK(await async_write(in[1], "x", 1) == 1);
	CHECK(await async_splice(in[0], through[1], 10) == -EPIPE);
	await async_close(in[0]);
	await async_close(in[1]);
	await async_close(through[1]);
	return 0;
}

/* A terminal: lines as they are typed, and the end that is typed, too. */
async static int terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct async_stream *stream;
	async_task(ssize_t) task;
	char *line;

	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	stream = async_stream_of_fd(slave);
	CHECK(stream != NULL);
	task = async_spawn(async_stream_read_line(stream, &line));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(task));
	CHECK(await async_write(master, "typed\n", 6) == 6);
	CHECK(await async_join(task) == 5 && !strcmp(line, "typed"));
	CHECK(await async_write(master, "\x04", 1) == 1);
	CHECK(await async_stream_read_line(stream, &line) == -ENODATA);
	CHECK(await async_stream_printf(stream, "shown\n") == 6);
	CHECK(await async_stream_shutdown(stream) == -EOPNOTSUPP);
	CHECK(await async_stream_close(stream) == 0);
	await async_close(master);
	return 0;
}

async static int all(void)
{
	for (int sockets = 0; sockets < 2; sockets++)
		for (size_t piece = 0; piece <= 9 * PART; piece += 3 * PART) {
			CHECK(await vectors(sockets, piece) == 0);
			CHECK(await files(sockets, piece) == 0);
		}
	CHECK(await spliced() == 0);
	CHECK(await terminal() == 0);
	return 0;
}

LIMITED(20000, all())

int main(void)
{
	int before = count_descriptors();

	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)(i * 7 + i / 251);
	CHECK(async_run(limited()) == 0);
	CHECK(count_descriptors() <= before + 2);
	return 0;
}
