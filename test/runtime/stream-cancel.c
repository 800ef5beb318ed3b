/* Reads and writes of all kinds, cancelled at random moments and begun again: every byte
 * arrives once and in order. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <sys/socket.h>
#include <sys/uio.h>

enum { TOTAL = 120000 };

/* The byte at a place; a line every so often. */
static char byte_at(size_t i)
{
	return i % 97 == 96 ? '\n' : (char)('a' + i % 23);
}

async static ssize_t write_some(struct async_stream *s, size_t at, size_t len)
{
	char buf[40000];
	struct iovec parts[3];

	for (size_t i = 0; i < len; i++)
		buf[i] = byte_at(at + i);
	switch (async_test_random() % 3) {
	case 0:
		return await async_stream_write(s, buf, len);
	case 1:
		return await async_stream_printf(s, "%.*s", (int)len, buf);
	default:
		parts[0] = (struct iovec){buf, len / 3};
		parts[1] = (struct iovec){buf + len / 3, 0};
		parts[2] = (struct iovec){buf + len / 3, len - len / 3};
		return await async_stream_writev(s, parts, 3);
	}
}

async static ssize_t pause_and_write(struct async_stream *s, size_t at, size_t len)
{
	if (async_test_random() % 2)
		await async_sleep_ms((int64_t)(async_test_random() % 4));
	return await write_some(s, at, len);
}

static unsigned cut_writes, cut_reads;

async static int writer(struct async_stream *s)
{
	size_t at = 0, len;
	ssize_t n;

	while (at < TOTAL) {
		len = 1 + async_test_random() % (async_test_random() % 4 ? 500 : 39000);
		if (len > TOTAL - at)
			len = TOTAL - at;
		n = async_await_timeout((int64_t)(async_test_random() % 5), pause_and_write(s, at, len));
		CHECK(n == (ssize_t)len || n == -ECANCELED || n == -ETIMEDOUT);
		cut_writes += n < 0;
		at += n > 0 ? (size_t)n : 0;
	}
	CHECK(await async_stream_close(s) == 0);
	return 0;
}

async static ssize_t read_some(struct async_stream *s, char *buf, char **data)
{
	ssize_t n;

	*data = buf;
	switch (async_test_random() % 6) {
	case 0:
		return await async_stream_read(s, buf, 1 + async_test_random() % 6000);
	case 1:
		return await async_stream_read_exactly(s, buf, 1 + async_test_random() % 300);
	case 2:
		return await async_stream_read_exactly(s, buf, 20000);
	case 3:
		return await async_stream_read_until(s, "\n", 1, data);
	case 4:
		n = await async_stream_peek(s, 1 + async_test_random() % 300, data);
		if (n > 0)
			async_stream_skip(s, (size_t)n);
		return n;
	default:
		/* The end of the line has become a zero byte. */
		n = await async_stream_read_line(s, data);
		if (n >= 0) {
			memcpy(buf, *data, (size_t)n);
			buf[n] = '\n';
			*data = buf;
			n++;
		}
		return n;
	}
}

async static ssize_t pause_and_read(struct async_stream *s, char *buf, char **data)
{
	if (async_test_random() % 2)
		await async_sleep_ms((int64_t)(async_test_random() % 4));
	return await read_some(s, buf, data);
}

async static int reader(struct async_stream *s)
{
	static char buf[100000];
	size_t at = 0;
	char *data;
	ssize_t n;

	while (at < TOTAL) {
		n = async_await_timeout((int64_t)(async_test_random() % 5), pause_and_read(s, buf, &data));
		CHECK(n > 0 || n == -ECANCELED || n == -ETIMEDOUT || n == -ENODATA);
		cut_reads += n == -ECANCELED || n == -ETIMEDOUT;
		for (ssize_t i = 0; i < n; i++)
			CHECK(at + (size_t)i == TOTAL || data[i] == byte_at(at + (size_t)i));
		at += n > 0 ? (size_t)n : 0;
	}
	CHECK(at == TOTAL || (at == TOTAL + 1 && TOTAL % 97));
	CHECK(await async_stream_peek(s, 1, &data) == 0);
	CHECK(await async_stream_close(s) == 0);
	return 0;
}

async static int transfer(bool memory)
{
	struct async_stream *pair[2];
	struct async_group group;
	int fds[2];

	if (memory) {
		CHECK(async_stream_pair(pair, 1 + async_test_random() % 3000) == 0);
	} else {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		pair[0] = async_stream_of_fd(fds[0]);
		pair[1] = async_stream_of_fd(fds[1]);
		CHECK(pair[0] && pair[1]);
	}
	async_test_limit_stream(pair[0], 0, 1 + async_test_random() % 5000, true);
	async_test_limit_stream(pair[1], 1 + async_test_random() % 5000, 0, true);
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_start(&group, writer(pair[0])) == 0);
	CHECK(async_group_start(&group, reader(pair[1])) == 0);
	CHECK(await async_group_close(&group) == 0);
	return 0;
}

async static int scenario(void)
{
	CHECK(await transfer(true) == 0);
	CHECK(await transfer(false) == 0);
	return 0;
}

LIMITED(3600000, scenario())

int main(void)
{
	EXPLORE(limited(), 25);
	CHECK(cut_writes > 4 * seeds_or(25) && cut_reads > 4 * seeds_or(25));
	return 0;
}
