/* A SOCKS5 server (RFC 1928): connects its clients to wherever they say, with a name and a
 * password (RFC 1929) if one is given.
 *
 *     asyncc -O2 socks_server.c -o socks_server && ./socks_server 1080 [USER PASSWORD]
 *
 * Port 0 lets the kernel choose; the port is printed. Bytes go from one connection to the
 * other through a pipe, without a copy in this program.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 5, CONNECT = 1, NO_METHOD = 0xff, HANDSHAKE_MS = 10000, PIECE = 65536 };
enum { BY_IPV4 = 1, BY_NAME = 3, BY_IPV6 = 4 };
enum {
	SUCCEEDED,
	FAILED,
	REFUSED_BY_RULES,
	NO_NETWORK,
	NO_HOST,
	REFUSED,
	EXPIRED,
	NO_COMMAND,
	NO_ADDRESS
};

struct password {
	const char *user, *word;
};

struct request {
	char host[256], port[8];
};

static async int answer(struct async_stream *s, const unsigned char *bytes, size_t len)
{
	ssize_t n = await async_stream_write(s, bytes, len);

	return n < 0 ? (int)n : await async_stream_flush(s);
}

/* A string behind its length; gives the length or a negative errno. */
static async int read_string(struct async_stream *s, char *to)
{
	unsigned char len;
	ssize_t n = await async_stream_read_exactly(s, &len, 1);

	if (n > 0)
		n = await async_stream_read_exactly(s, to, len);
	to[n < 0 ? 0 : len] = '\0';
	return n < 0 ? (int)n : len;
}

static async int check_password(struct async_stream *s, const struct password *password)
{
	char version, user[256], word[256];
	ssize_t n = await async_stream_read_exactly(s, &version, 1);

	if (n > 0)
		n = await read_string(s, user);
	if (n >= 0)
		n = await read_string(s, word);
	if (n < 0)
		return (int)n;
	if (version == 1 && !strcmp(user, password->user) && !strcmp(word, password->word))
		return await answer(s, (unsigned char[]){1, 0}, 2);
	await answer(s, (unsigned char[]){1, 1}, 2);
	return -EACCES;
}

/* Agrees on who the client is. */
static async int greet(struct async_stream *s, const struct password *password)
{
	unsigned char version, wanted = password->user ? 2 : 0;
	char methods[256];
	ssize_t n = await async_stream_read_exactly(s, &version, 1);
	int count = n < 0 ? (int)n : await read_string(s, methods), error;

	if (count < 0)
		return count;
	if (version != VERSION || !memchr(methods, wanted, (size_t)count)) {
		await answer(s, (unsigned char[]){VERSION, NO_METHOD}, 2);
		return -EPROTO;
	}
	error = await answer(s, (unsigned char[]){VERSION, wanted}, 2);
	return error || !wanted ? error : await check_password(s, password);
}

/* Gives a code of the protocol, or a negative errno. */
static async int read_host(struct async_stream *s, int kind, struct request *request)
{
	unsigned char address[16];
	size_t len = kind == BY_IPV4 ? 4 : 16;
	ssize_t n;

	if (kind == BY_NAME) {
		n = await read_string(s, request->host);
		return n < 0 ? (int)n : n ? SUCCEEDED : FAILED;
	}
	if (kind != BY_IPV4 && kind != BY_IPV6)
		return NO_ADDRESS;
	n = await async_stream_read_exactly(s, address, len);
	if (n < 0)
		return (int)n;
	inet_ntop(kind == BY_IPV4 ? AF_INET : AF_INET6, address, request->host,
		  sizeof request->host);
	return SUCCEEDED;
}

static async int read_request(struct async_stream *s, struct request *request)
{
	unsigned char head[4], port[2];
	ssize_t n = await async_stream_read_exactly(s, head, sizeof head);
	int code = n < 0 ? (int)n : await read_host(s, head[3], request);

	if (code)
		return code;
	n = await async_stream_read_exactly(s, port, sizeof port);
	if (n < 0)
		return (int)n;
	snprintf(request->port, sizeof request->port, "%d", port[0] << 8 | port[1]);
	return head[0] != VERSION ? FAILED : head[1] != CONNECT ? NO_COMMAND : SUCCEEDED;
}

static int code_of(int error)
{
	switch (error) {
	case -ENETUNREACH:
		return NO_NETWORK;
	case -ENOENT:
	case -EHOSTUNREACH:
		return NO_HOST;
	case -ECONNREFUSED:
		return REFUSED;
	case -ETIMEDOUT:
		return EXPIRED;
	default:
		return FAILED;
	}
}

/* Greets the client and connects; gives a descriptor, a code or a negative errno in error. */
static async int open_wanted(struct async_stream *s, const struct password *password,
			     struct request *request, int *server)
{
	int code = await greet(s, password);

	if (code)
		return code;
	code = await read_request(s, request);
	if (code)
		return code;
	*server = await async_connect_tcp(request->host, request->port);
	return *server < 0 ? code_of(*server) : SUCCEEDED;
}

/* Moves bytes one way through a pipe, up to their end, and passes that on. */
static async int move(int from, int to, int through[2])
{
	ssize_t n, left;

	while ((n = await async_splice(from, through[1], PIECE)) > 0) {
		for (left = n; left > 0 && n > 0; left -= n)
			n = await async_splice(through[0], to, (size_t)left);
		if (n <= 0)
			return n < 0 ? (int)n : -EPIPE;
	}
	if (n == 0)
		shutdown(to, SHUT_WR);
	return (int)n;
}

static async int carry(int from, int to)
{
	int through[2], error;

	if (pipe2(through, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	error = await move(from, to, through);
	await async_close(through[0]);
	await async_close(through[1]);
	return error;
}

/* What the client sent behind its request is in the stream. */
static async int send_rest(struct async_stream *s, int server)
{
	size_t len = async_stream_buffered(s);
	char *data;
	ssize_t n;

	if (!len)
		return 0;
	n = await async_stream_peek(s, len, &data);
	if (n > 0)
		n = await async_write_full(server, data, (size_t)n);
	return n < 0 ? (int)n : 0;
}

/* The failure of one direction ends the other. */
static async int carry_both(int client, int server)
{
	struct async_group directions;
	int error = async_group_open(&directions), failure;

	if (!error)
		error = async_group_start(&directions, carry(client, server));
	if (!error)
		error = async_group_start(&directions, carry(server, client));
	if (error)
		async_group_cancel(&directions);
	failure = await async_group_close(&directions);
	return error ? error : failure;
}

static async void connect_through(struct async_stream *s, int server)
{
	struct linger at_once = {.l_onoff = 1};
	int client = async_stream_fd(s), error = await send_rest(s, server);

	if (!error)
		error = await carry_both(client, server);
	if (!error)
		return;
	/* What was cut short does not look like an end to the other side. */
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static async void serve(struct async_stream *s, void *arg)
{
	struct request request = {"?", "?"};
	unsigned char head[10] = {VERSION, 0, 0, BY_IPV4};
	int server = -1, code;

	code = async_await_timeout(HANDSHAKE_MS, open_wanted(s, arg, &request, &server));
	printf("%s port %s: %s\n", request.host, request.port,
	       code < 0 ? strerror(-code)
	       : code   ? "failed"
			: "connected");
	fflush(stdout);
	if (code >= 0) {
		head[1] = (unsigned char)code;
		if (await answer(s, head, sizeof head) == 0 && server >= 0)
			await connect_through(s, server);
	}
	if (server >= 0)
		await async_close(server);
}

async int main(int argc, char **argv)
{
	struct password password = {NULL, NULL};
	int listener, error;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: socks_server PORT [USER PASSWORD]\n");
		return 2;
	}
	if (argc == 4)
		password = (struct password){argv[2], argv[3]};
	async_shutdown_on(SIGINT, SIGTERM);
	listener = await listen_here(argv[1]);
	error = listener < 0 ? listener : await async_serve(listener, serve, &password);
	if (listener >= 0)
		await async_close(listener);
	if (async_shutdown_signal())
		return 0; /* connections have been cancelled and closed */
	fprintf(stderr, "socks_server: %s\n", strerror(-error));
	return 1;
}
