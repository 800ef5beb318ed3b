/* Writing to streams: short, long and formatted writes, flow control, half closing, closing,
 * copying, files; a peer that is gone, and a second user. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void open_pair(struct async_stream *pair[2], bool memory, size_t piece)
{
	int fds[2];

	if (memory) {
		CHECK(async_stream_pair(pair, 1000) == 0);
	} else {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		pair[0] = async_stream_of_fd(fds[0]);
		pair[1] = async_stream_of_fd(fds[1]);
		CHECK(pair[0] && pair[1]);
	}
	CHECK(async_test_limit_stream(pair[0], 0, piece, true) == 0);
}

async static ssize_t read_to_end(struct async_stream *stream, char **data)
{
	return await async_stream_read_all(stream, 1 << 20, data);
}

static char big[50000];

async static int write_all_kinds(struct async_stream *s)
{
	struct iovec parts[40];
	size_t all = 0;

	CHECK(await async_stream_printf(s, "%d-%s\n", 7, "seven") == 8);
	CHECK(await async_stream_write(s, NULL, 0) == 0);
	CHECK(await async_stream_write(s, big, sizeof big) == sizeof big);
	CHECK(await async_stream_printf(s, "%.*s", 300, big) == 300);
	CHECK(await async_stream_printf(s, "%.*s|", 30000, big) == 30001);
	for (size_t i = 0; i < 40; i++) {
		parts[i] = (struct iovec){big + i, i % 3 ? i * 30 : 0};
		all += parts[i].iov_len;
	}
	CHECK(await async_stream_writev(s, parts, 40) == (ssize_t)all);
	CHECK(await async_stream_writev(s, parts, 0) == 0);
	CHECK(await async_stream_writev(s, parts, 2000) == -EINVAL);
	CHECK(await async_stream_shutdown(s) == 0);
	return (int)all;
}

static void check_all_kinds(const char *data, ssize_t n, int all)
{
	CHECK(n == 8 + (ssize_t)sizeof big + 300 + 30001 + all);
	CHECK(!memcmp(data, "7-seven\n", 8));
	data += 8;
	CHECK(!memcmp(data, big, sizeof big));
	data += sizeof big;
	CHECK(!memcmp(data, big, 300));
	CHECK(!memcmp(data + 300, big, 30000) && data[30300] == '|');
	data += 30301;
	for (size_t i = 0; i < 40; i++) {
		size_t len = i % 3 ? i * 30 : 0;

		CHECK(!memcmp(data, big + i, len));
		data += len;
	}
}

async static int writes(bool memory, size_t piece)
{
	struct async_stream *pair[2];
	async_task(ssize_t) reading;
	char *data, answer[8];
	ssize_t n;
	int all;

	open_pair(pair, memory, piece);
	reading = async_spawn(read_to_end(pair[1], &data));
	all = await write_all_kinds(pair[0]);
	n = await async_join(reading);
	check_all_kinds(data, n, all);
	/* The other direction is still open. */
	CHECK(await async_stream_write(pair[1], "answer", 6) == 6);
	CHECK(await async_stream_flush(pair[1]) == 0);
	CHECK(await async_stream_read_exactly(pair[0], answer, 6) == 6);
	CHECK(!memcmp(answer, "answer", 6));
	CHECK(await async_stream_close(pair[1]) == 0);
	CHECK(await async_stream_read(pair[0], answer, 1) == 0);
	CHECK(await async_stream_close(pair[0]) == 0);
	return 0;
}

static bool written;

async static int write_much(struct async_stream *s)
{
	char block[1000] = {0};

	for (int i = 0; i < 1000; i++)
		CHECK(await async_stream_write(s, block, sizeof block) == sizeof block);
	CHECK(await async_stream_flush(s) == 0);
	written = true;
	return 0;
}

async static int flow_control(bool memory)
{
	struct async_stream *pair[2];
	async_task(int) writing;
	char buf[5000];
	size_t all = 0;
	ssize_t n;

	written = false;
	open_pair(pair, memory, 0);
	writing = async_spawn(write_much(pair[0]));
	CHECK(await async_sleep_ms(10) == 0);
	CHECK(!written);
	CHECK(await async_stream_write(pair[0], "x", 1) == -EBUSY);
	CHECK(await async_stream_close(pair[0]) == -EBUSY);
	while (all < 1000000 && (n = await async_stream_read(pair[1], buf, sizeof buf)) > 0)
		all += (size_t)n;
	CHECK(all == 1000000 && await async_join(writing) == 0 && written);
	CHECK(await async_stream_close(pair[0]) == 0);
	CHECK(await async_stream_close(pair[1]) == 0);
	return 0;
}

async static int peer_gone(bool memory)
{
	struct async_stream *pair[2];

	open_pair(pair, memory, 0);
	CHECK(await async_stream_close(pair[1]) == 0);
	CHECK(await async_stream_write(pair[0], big, 100) == 100);
	CHECK(await async_stream_flush(pair[0]) == -EPIPE);
	CHECK(await async_stream_write(pair[0], big, sizeof big) == -EPIPE);
	CHECK(await async_stream_close(pair[0]) == -EPIPE);
	return 0;
}

/* A failure in the middle of a write is told by the next call. */
async static int failure_midway(bool memory)
{
	struct async_stream *pair[2];

	open_pair(pair, memory, 900);
	async_test_fail_stream(pair[0], 1, -ECONNABORTED);
	CHECK(await async_stream_write(pair[0], big, 20000) == 20000);
	async_task(int) closing = async_spawn(async_stream_close(pair[0]));
	char *data;
	CHECK(await read_to_end(pair[1], &data) == 20000 && !memcmp(data, big, 20000));
	CHECK(await async_join(closing) == 0);
	CHECK(await async_stream_close(pair[1]) == 0);
	return 0;
}

async static int copies(bool memory, bool limited)
{
	struct async_stream *pair[2], *back[2];
	async_task(ssize_t) reading;
	async_task(int) closing;
	char *data;

	open_pair(pair, memory, 0);
	open_pair(back, !memory, limited ? 77 : 0);
	CHECK(await async_stream_write(pair[0], big, 900) == 900);
	closing = async_spawn(async_stream_close(pair[0]));
	reading = async_spawn(read_to_end(back[1], &data));
	CHECK(await async_stream_copy(back[0], pair[1], 100) == 100);
	CHECK(await async_stream_copy(back[0], pair[1], UINT64_MAX) == 800);
	CHECK(await async_stream_close(back[0]) == 0);
	CHECK(await async_join(reading) == 900 && !memcmp(data, big, 900));
	CHECK(await async_join(closing) == 0);
	CHECK(await async_stream_close(back[1]) == 0);
	CHECK(await async_stream_close(pair[1]) == 0);
	return 0;
}

async static int files(bool memory)
{
	struct async_stream *pair[2];
	async_task(ssize_t) reading;
	FILE *file = tmpfile();
	off_t at = 10;
	char *data;

	CHECK(file && fwrite(big, 1, sizeof big, file) == sizeof big && !fflush(file));
	open_pair(pair, memory, 0);
	reading = async_spawn(read_to_end(pair[1], &data));
	CHECK(await async_stream_write(pair[0], "ab", 2) == 2);
	CHECK(await async_stream_send_file(pair[0], fileno(file), &at, 20000) == 20000);
	CHECK(at == 20010);
	CHECK(await async_stream_send_file(pair[0], fileno(file), &at, 100000) == 29990);
	CHECK(await async_stream_close(pair[0]) == 0);
	CHECK(await async_join(reading) == 49992);
	CHECK(!memcmp(data, "ab", 2) && !memcmp(data + 2, big + 10, 49990));
	CHECK(await async_stream_close(pair[1]) == 0);
	fclose(file);
	return 0;
}

/* A transport that keeps what it is given until it is flushed. */
struct keeper {
	char kept[100];
	size_t len;
	struct async_stream *below;
	int error; /* of the next flush */
};

async static ssize_t keeper_write(void *transport, const struct iovec *parts, int count)
{
	struct keeper *keeper = transport;

	CHECK(count > 0 && keeper->len + parts[0].iov_len <= sizeof keeper->kept);
	memcpy(keeper->kept + keeper->len, parts[0].iov_base, parts[0].iov_len);
	keeper->len += parts[0].iov_len;
	return (ssize_t)parts[0].iov_len;
}

async static int keeper_flush(void *transport)
{
	struct keeper *keeper = transport;
	int error = keeper->error;
	ssize_t n;

	keeper->error = 0;
	if (error)
		return error;
	n = await async_stream_write(keeper->below, keeper->kept, keeper->len);
	keeper->len = 0;
	return n < 0 ? (int)n : await async_stream_flush(keeper->below);
}

async static int keeper_close(void *transport)
{
	return await async_stream_close(((struct keeper *)transport)->below);
}

static const struct async_stream_kind keeper_kind = {
	.name = "keeper",
	.write = keeper_write,
	.flush = keeper_flush,
	.close = keeper_close,
};

/* A transport is flushed when the stream is, again when it has failed, and before the end. */
async static int keeping(bool memory)
{
	struct keeper keeper = {.len = 0};
	struct async_stream *pair[2], *s;
	char buf[8];

	open_pair(pair, memory, 0);
	keeper.below = pair[0];
	s = async_stream_new(&keeper_kind, &keeper);
	CHECK(s);
	CHECK(await async_stream_write(s, "abc", 3) == 3);
	keeper.error = -EIO;
	CHECK(await async_stream_flush(s) == -EIO && keeper.len == 3);
	CHECK(await async_stream_flush(s) == 0 && keeper.len == 0);
	CHECK(await async_stream_read_exactly(pair[1], buf, 3) == 3 && !memcmp(buf, "abc", 3));
	CHECK(await async_stream_write(s, "defg", 4) == 4);
	CHECK(await async_stream_close(s) == 0);
	CHECK(await async_stream_read_exactly(pair[1], buf, 4) == 4 && !memcmp(buf, "defg", 4));
	CHECK(await async_stream_read(pair[1], buf, 1) == 0);
	CHECK(await async_stream_close(pair[1]) == 0);
	return 0;
}

async static int scenario(void)
{
	for (int memory = 0; memory < 2; memory++) {
		for (size_t piece = 0; piece < 3000; piece += 777)
			CHECK(await writes(memory, piece) == 0);
		CHECK(await flow_control(memory) == 0);
		CHECK(await peer_gone(memory) == 0);
		CHECK(await failure_midway(memory) == 0);
		CHECK(await copies(memory, false) == 0);
		CHECK(await copies(memory, true) == 0);
		CHECK(await files(memory) == 0);
		CHECK(await keeping(memory) == 0);
	}
	return 0;
}

LIMITED(3600000, scenario())

int main(void)
{
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)('a' + i % 23);
	EXPLORE(limited(), 5);
	return 0;
}
