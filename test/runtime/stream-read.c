/* Reading from streams over memory, sockets, pipes and a kind of the test's own, in pieces of
 * all sizes: lines, separators, exact lengths, peeks; and what is left when they fail. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
// RUN: %gcc -g -w -fsanitize=undefined -fno-sanitize-recover=all %s %src/runtime/stream.c -o %t.own && %t.own
#include "Inputs/kit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum over { MEMORY, SOCKETS, PIPE, OWN, KINDS };

/* A text that comes from nowhere. */
struct text {
	const char *at;
	size_t left;
	bool closed;
};

async static ssize_t text_read(void *transport, void *buf, size_t len)
{
	struct text *text = transport;

	if (await async_yield())
		return -ECANCELED;
	if (len > text->left)
		len = text->left;
	memcpy(buf, text->at, len);
	text->at += len;
	text->left -= len;
	return (ssize_t)len;
}

async static int text_close(void *transport)
{
	((struct text *)transport)->closed = true;
	return 0;
}

static const struct async_stream_kind text_kind = {
	.name = "text",
	.read = text_read,
	.close = text_close,
};

/* Where the text comes from, and the writer of it if there is one. */
struct source {
	struct text text;
	struct async_stream *stream, *writer;
	async_task(int) writing;
};

async static int write_text(struct async_stream *writer, const char *text, size_t len)
{
	CHECK(await async_stream_write(writer, text, len) == (ssize_t)len);
	CHECK(await async_stream_close(writer) == 0);
	return 0;
}

async static int open_source(struct source *source, enum over over, const char *text, size_t len)
{
	struct async_stream *pair[2];
	int fds[2];

	*source = (struct source){.text = {text, len, false}};
	if (over == OWN) {
		source->stream = MADE(async_stream_new(&text_kind, &source->text));
		CHECK(async_stream_transport(source->stream, &text_kind) == &source->text);
		CHECK(async_stream_fd(source->stream) == -1);
		return 0;
	}
	if (over == MEMORY) {
		CHECK(async_stream_pair(pair, 7) == 0);
	} else {
		if (over == SOCKETS)
			CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		else
			CHECK(pipe(fds) == 0);
		pair[0] = over == SOCKETS ? async_stream_of_fd(fds[0])
					  : async_stream_of_fds(fds[0], -1);
		pair[1] = over == SOCKETS ? async_stream_of_fd(fds[1])
					  : async_stream_of_fds(-1, fds[1]);
		CHECK(pair[0] && pair[1] && async_stream_fd(pair[1]) == fds[1]);
	}
	source->stream = pair[0];
	source->writing = async_spawn(write_text(pair[1], text, len));
	return 0;
}

async static int close_source(struct source *source)
{
	CHECK(await async_stream_close(source->stream) == 0);
	CHECK(!source->writing || await async_join(source->writing) == 0);
	CHECK(source->writing || source->text.closed);
	return 0;
}

static const char lines[] = "one\ntwo\r\n\n\r\nthree\r\r\nfour";

async static int read_lines(enum over over, size_t piece)
{
	static const char *const expected[] = {"one", "two", "", "", "three\r", "four"};
	struct source source;
	char *line;
	ssize_t n;

	await open_source(&source, over, lines, sizeof lines - 1);
	async_test_limit_stream(source.stream, piece, 0, false);
	for (size_t i = 0; i < 6; i++) {
		n = await async_stream_read_line(source.stream, &line);
		CHECK(n == (ssize_t)strlen(expected[i]) && !strcmp(line, expected[i]));
	}
	CHECK(await async_stream_read_line(source.stream, &line) == -ENODATA);
	CHECK(await async_stream_read(source.stream, &n, 1) == 0);
	return await close_source(&source);
}

async static int read_parts(enum over over, size_t piece)
{
	static const char text[] = "head--=-=-body-=-tail of it";
	struct source source;
	struct async_stream *s;
	char *data, buf[32];

	await open_source(&source, over, text, sizeof text - 1);
	s = source.stream;
	async_test_limit_stream(s, piece, 0, true);
	CHECK(await async_stream_read_until(s, "", 0, &data) == -EINVAL);
	CHECK(await async_stream_read_until(s, "-=-", 3, &data) == 8);
	CHECK(!memcmp(data, "head--=-", 8));
	CHECK(await async_stream_peek(s, 3, &data) >= 3 && !memcmp(data, "=-b", 3));
	CHECK(async_stream_buffered(s) >= 3);
	async_stream_skip(s, 2);
	CHECK(await async_stream_read_exactly(s, buf, 4) == 4 && !memcmp(buf, "body", 4));
	async_stream_set_limit(s, 10);
	CHECK(await async_stream_read_until(s, "absent", 6, &data) == -EMSGSIZE);
	CHECK(await async_stream_peek(s, 11, &data) == -EMSGSIZE);
	async_stream_set_limit(s, 100);
	CHECK(await async_stream_read_until(s, "absent", 6, &data) == -ENODATA);
	CHECK(await async_stream_read_exactly(s, buf, 20) == -ENODATA);
	CHECK(await async_stream_peek(s, 50, &data) == 13 && !memcmp(data, "-=-tail of it", 13));
	CHECK(await async_stream_read_all(s, 12, &data) == -EMSGSIZE);
	CHECK(await async_stream_read_exactly(s, buf, 3) == 3);
	CHECK(await async_stream_read_all(s, 12, &data) == 10 && !strcmp(data, "tail of it"));
	CHECK(await async_stream_read_all(s, 12, &data) == 0 && !*data);
	CHECK(await async_stream_read_exactly(s, buf, 0) == 0);
	async_stream_skip(s, 100);
	return await close_source(&source);
}

/* Longer than any buffer; one line of the limit's length, and one longer. */
async static int read_much(enum over over, size_t piece)
{
	enum { SIZE = 200000 };
	char *text = malloc(SIZE), *copy = malloc(SIZE), *data;
	struct source source;
	struct async_stream *s;

	CHECK(text && copy);
	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)('a' + i % 23);
	text[65535] = text[65536 + 65536] = '\n';
	await open_source(&source, over, text, SIZE);
	s = source.stream;
	async_test_limit_stream(s, piece, 0, false);
	CHECK(await async_stream_read_line(s, &data) == 65535 && !data[65535]);
	CHECK(await async_stream_read_line(s, &data) == -EMSGSIZE);
	CHECK(await async_stream_read_exactly(s, copy, 100000) == 100000);
	CHECK(!memcmp(copy, text + 65536, 100000));
	/* More than there is: what there is comes back. */
	CHECK(await async_stream_read_exactly(s, copy, SIZE) == -ENODATA);
	CHECK(async_stream_buffered(s) == SIZE - 165536);
	async_stream_set_limit(s, SIZE);
	CHECK(await async_stream_peek(s, SIZE, &data) == SIZE - 165536);
	CHECK(!memcmp(data, text + 165536, SIZE - 165536));
	free(text);
	free(copy);
	return await close_source(&source);
}

async static int scenario(void)
{
	for (enum over over = 0; over < KINDS; over++) {
		for (size_t piece = 0; piece < 6; piece++) {
			CHECK(await read_lines(over, piece) == 0);
			CHECK(await read_parts(over, piece) == 0);
		}
		CHECK(await read_much(over, 0) == 0);
		CHECK(await read_much(over, 1000) == 0);
	}
	return 0;
}

LIMITED(3600000, scenario())

int main(void)
{
	EXPLORE(limited(), 10);
	return 0;
}
