/* Each allocation and each system call of programs that use sockets, streams and names fails
 * in turn, with several errors: what follows is the error, or what comes of it at the peer;
 * nothing hangs, leaks or stays open. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && cd %t.d && %t | FileCheck %s
// RUN: cd %t.d && env ASYNC_FORCE_SUSPEND=1 %t | FileCheck %s
// CHECK: faults: {{[0-9][0-9][0-9]}}
#define _GNU_SOURCE
/* Where the test itself writes, it does not take long. */
#pragma clang diagnostic ignored "-Wasync-blocking"

#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* A result below 0 is the function's. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		int64_t try_ = (call);                                                             \
		if (try_ < 0) {                                                                    \
			result = (int)try_;                                                        \
			goto out;                                                                  \
		}                                                                                  \
	} while (0)

async static void shout(struct async_stream *stream, void *arg)
{
	char *line;

	(void)arg;
	while (await async_stream_read_line(stream, &line) >= 0)
		if (await async_stream_printf(stream, "%s!\n", line) < 0 ||
		    await async_stream_flush(stream) < 0)
			break;
}

async static int ask(struct async_stream *stream)
{
	char *line;
	int result = 0;

	TRY(await async_stream_printf(stream, "%s %d\n", "hello", 1));
	TRY(await async_stream_flush(stream));
	TRY(await async_stream_read_line(stream, &line));
	CHECK(!strcmp(line, "hello 1!"));
	TRY(await async_stream_shutdown(stream));
	CHECK(await async_stream_read_line(stream, &line) < 0);
out:
	return result;
}

/* A server and a client of lines. */
async static int streams(void)
{
	struct async_stream *stream = NULL;
	async_task(int) server = NULL;
	char service[8];
	int result = 0, closed, listener = await async_listen_tcp("127.0.0.1", "0", 0);

	TRY(listener);
	server = async_spawn(async_serve(listener, shout, NULL));
	if (!server)
		result = -ENOMEM;
	if (!server)
		goto out;
	TRY(await async_open_connection("localhost", service_of(listener, service), &stream));
	TRY(async_await_timeout(5000, ask(stream)));
out:
	if (stream) {
		closed = await async_stream_close(stream);
		result = result ? result : closed;
	}
	async_cancel(server);
	if (server)
		await async_join(server);
	if (listener >= 0)
		await async_close(listener);
	return result;
}

/* Two addresses, of which the first refuses. */
async static int race(void)
{
	struct addrinfo *list = NULL, *other = NULL;
	int result = 0, fd = -1, listener = await async_listen_tcp("127.0.0.1", "0", 0);
	char service[8];

	TRY(listener);
	TRY(await async_getaddrinfo("127.0.0.1", service_of(listener, service), NULL, &other));
	TRY(await async_getaddrinfo("127.0.0.1", "1", NULL, &list));
	list->ai_next = other;
	other = NULL;
	TRY(fd = await async_connect_any(list, NULL));
out:
	if (fd >= 0)
		await async_close(fd);
	if (list)
		freeaddrinfo(list);
	if (other)
		freeaddrinfo(other);
	if (listener >= 0)
		await async_close(listener);
	return result;
}

async static int datagrams(void)
{
	struct async_socket_options options = {.reuse_port = true};
	int result = 0, client = -1, server = await async_bind_udp("127.0.0.1", "0", &options);
	struct iovec parts[2];
	struct mmsghdr messages[2] = {0};
	char service[8], buf[2][1000];
	size_t all = 0;

	TRY(server);
	TRY(client = await async_connect_udp("127.0.0.1", service_of(server, service), NULL));
	for (int i = 0; i < 2; i++) {
		parts[i] = (struct iovec){buf[i], sizeof buf[i]};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	memset(buf, 7, sizeof buf);
	while (all < 2000) {
		ssize_t n = await async_send_segments(client, (char *)buf + all, 2000 - all, 500, NULL, 0);

		TRY(n);
		all += (size_t)n;
	}
	for (int i = 0; i < 4;) {
		int n = async_await_timeout(1000, async_recvmmsg(server, messages, 2, 0));

		TRY(n);
		i += n;
		CHECK(messages[0].msg_len == 500);
	}
out:
	if (client >= 0)
		await async_close(client);
	if (server >= 0)
		await async_close(server);
	return result;
}

async static int passing(void)
{
	int result = 0, listener = -1, fd = -1, peer = -1, got = -1;
	struct async_credentials sender;
	unsigned count = 1;
	char c;

	TRY(listener = await async_listen_unix("sock", SOCK_SEQPACKET, 0));
	TRY(fd = await async_connect_unix("sock", SOCK_SEQPACKET));
	TRY(peer = await async_accept(listener));
	TRY(await async_send_fds(fd, "x", 1, &listener, 1));
	TRY(await async_recv_fds(peer, &c, 1, &got, &count));
	CHECK(count == 1 && c == 'x');
	TRY(async_peer_credentials(peer, &sender));
	CHECK(sender.pid == getpid());
	TRY(await async_write(fd, "y", 1));
	TRY(await async_recv_credentials(peer, &c, 1, &sender));
	CHECK(c == 'y');
	TRY(await async_close_lingering(fd, 0) == -ETIMEDOUT ? 0 : -EIO);
	fd = -1;
out:
	if (got >= 0)
		close(got);
	if (peer >= 0)
		await async_close(peer);
	if (fd >= 0)
		await async_close(fd);
	if (listener >= 0)
		await async_close(listener);
	unlink("sock");
	return result;
}

/* All that is written arrives, or nothing is; in a stream, the rest comes later. */
async static int transfers(void)
{
	int result = 0, fds[2] = {-1, -1}, through[2] = {-1, -1}, file = -1;
	struct iovec parts[2] = {{(char[]){"abc"}, 3}, {(char[]){"de"}, 2}};
	char buf[16];
	off_t at = 0;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) && !pipe(through));
	file = open("file", O_CREAT | O_RDWR | O_TRUNC, 0600);
	CHECK(pwrite(file, "fgh", 3, 0) == 3);
	TRY(await async_writev_full(fds[0], parts, 2));
	TRY(await async_sendfile(fds[0], file, &at, 3));
	TRY(await async_splice(fds[1], through[1], 8));
	parts[0] = (struct iovec){buf, 3};
	parts[1] = (struct iovec){buf + 3, 13};
	TRY(await async_readv(through[0], parts, 2));
	CHECK(!memcmp(buf, "abcdefgh", 8));
out:
	for (int i = 0; i < 2; i++) {
		await async_close(fds[i]);
		await async_close(through[i]);
	}
	await async_close(file);
	return result;
}

async static int memory(void)
{
	struct async_stream *pair[2];
	int result = async_stream_pair(pair, 40000), file;
	char *data, block[9000] = {0};
	off_t at = 0;

	if (result)
		return result;
	file = open("block", O_CREAT | O_RDWR | O_TRUNC, 0600);
	CHECK(write(file, block, sizeof block) == sizeof block);
	TRY(await async_stream_write(pair[0], block, sizeof block));
	TRY(await async_stream_printf(pair[0], "%.*s", 5000, "x"));
	TRY(await async_stream_write(pair[0], block, sizeof block));
	TRY(await async_stream_send_file(pair[0], file, &at, UINT64_MAX));
	CHECK(at == sizeof block);
	TRY(await async_stream_shutdown(pair[0]));
	TRY(await async_stream_peek(pair[1], 9001, &data));
	CHECK(data[9000] == 'x');
	TRY(await async_stream_read_all(pair[1], 1 << 20, &data));
out:
	close(file);
	await async_stream_close(pair[0]);
	await async_stream_close(pair[1]);
	return result;
}

async static int changes(void)
{
	const struct async_inotify_event *event;
	struct async_inotify changes;
	int result = async_inotify_open(&changes), watch;

	if (result)
		return result;
	close(open("watched", O_CREAT | O_RDWR, 0600));
	TRY(watch = async_inotify_add(&changes, "watched", IN_ATTRIB));
	CHECK(!chmod("watched", 0640) && !chmod("watched", 0600));
	TRY(await async_inotify_next(&changes, &event));
	CHECK(event->watch == watch && event->mask == IN_ATTRIB);
	TRY(async_inotify_remove(&changes, watch));
out:
	await async_inotify_close(&changes);
	return result;
}

async static int names(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[NI_MAXHOST], service[NI_MAXSERV];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return await async_getnameinfo((struct sockaddr *)&address, sizeof address, host,
				       sizeof host, service, sizeof service, 0);
}

static const struct scenario {
	const char *name;
	async int (*run)(void);
} scenarios[] = {
	{"streams", streams}, {"race", race},	    {"datagrams", datagrams}, {"passing", passing},
	{"transfers", transfers}, {"memory", memory}, {"changes", changes},	 {"names", names},
};

async static int limited(const struct scenario *scenario)
{
	return async_await_timeout(60000, scenario->run());
}

static bool is_known(int result, int injected)
{
	static const int consequences[] = {-EPIPE, -ECONNRESET, -ETIMEDOUT, -ENODATA,
					   -ECONNREFUSED, -EIO};

	for (size_t i = 0; i < sizeof consequences / sizeof *consequences; i++)
		if (result == consequences[i])
			return true;
	return result == 0 || result == injected;
}

static unsigned faults;

static void fail_calls(const struct scenario *scenario, int error)
{
	int before = count_descriptors(), result;

	for (unsigned long n = 1;; n++, faults++) {
		async_test_fail_call(n, error);
		result = async_run(limited(scenario));
		if (!async_test_call_failed())
			break;
		if (!is_known(result, error) || count_descriptors() != before)
			fprintf(stderr, "%s: call %lu, %d: %d, %d descriptors\n", scenario->name, n,
				error, result, count_descriptors() - before);
		CHECK(is_known(result, error) && count_descriptors() == before);
	}
	async_test_fail_call(0, 0);
	CHECK(result == 0);
}

static void fail_allocations(const struct scenario *scenario, bool all)
{
	int before = count_descriptors(), result;

	for (unsigned long n = 1;; n++, faults++) {
		async_test_fail_allocation(n, all);
		result = async_run(limited(scenario));
		if (!async_test_allocation_failed())
			break;
		async_test_fail_allocation(0, false);
		if (!is_known(result, -ENOMEM) || count_descriptors() != before)
			fprintf(stderr, "%s: allocation %lu: %d, %d descriptors\n", scenario->name,
				n, result, count_descriptors() - before);
		CHECK(is_known(result, -ENOMEM) && count_descriptors() == before);
	}
	async_test_fail_allocation(0, false);
	CHECK(result == 0);
}

int main(void)
{
	static const int errors[] = {-EIO, -ENOMEM, -EMFILE, -ENOBUFS, -ECONNABORTED};

	CHECK(async_test_virtual_time() == 0);
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		int result = async_run(limited(&scenarios[i]));

		if (result)
			fprintf(stderr, "%s: %d\n", scenarios[i].name, result);
		CHECK(result == 0);
	}
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
			fail_calls(&scenarios[i], errors[e]);
		fail_allocations(&scenarios[i], false);
		fail_allocations(&scenarios[i], true);
	}
	printf("faults: %u\n", faults);
	return 0;
}
