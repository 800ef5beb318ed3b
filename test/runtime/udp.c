/* UDP: bound and connected sockets, batches, rows of segments with and without the kernel's
 * help, refusals, and cancelled waits. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#define _GNU_SOURCE
#include "Inputs/net.h"

async static int plain(int server, int client)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	char buf[64];
	ssize_t n;

	CHECK(await async_write(client, "ping", 4) == 4);
	n = await async_recvfrom(server, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
	CHECK(n == 4 && !memcmp(buf, "ping", 4));
	CHECK(await async_sendto(server, "pong!", 5, 0, (struct sockaddr *)&from, len) == 5);
	CHECK(await async_read(client, buf, sizeof buf) == 5 && !memcmp(buf, "pong!", 5));
	/* Empty datagrams are none of the end. */
	CHECK(await async_sendto(client, "", 0, 0, NULL, 0) == 0);
	CHECK(await async_recvfrom(server, buf, sizeof buf, 0, NULL, NULL) == 0);
	/* What does not fit is cut off, and told on request. */
	CHECK(await async_write(client, "longer", 6) == 6);
	CHECK(await async_recvfrom(server, buf, 2, MSG_TRUNC, NULL, NULL) == 6);
	return 0;
}

enum { BATCH = 20 };

async static int batches(int server, int client)
{
	struct mmsghdr out[BATCH] = {0}, in[BATCH + 5] = {0};
	struct iovec out_parts[BATCH], in_parts[BATCH + 5];
	char texts[BATCH][8], bufs[BATCH + 5][8];
	int got = 0, n;

	for (int i = 0; i < BATCH; i++) {
		snprintf(texts[i], sizeof texts[i], "%d", i * i);
		out_parts[i] = (struct iovec){texts[i], strlen(texts[i])};
		out[i].msg_hdr = (struct msghdr){.msg_iov = &out_parts[i], .msg_iovlen = 1};
	}
	for (int i = 0; i < BATCH + 5; i++) {
		in_parts[i] = (struct iovec){bufs[i], sizeof bufs[i]};
		in[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
	}
	async_task(int) receiving = async_spawn(async_recvmmsg(server, in, 1, 0));
	CHECK(receiving != NULL && await async_yield() == 0);
	CHECK(await async_recvmmsg(server, in + 1, 1, 0) == -EBUSY);
	CHECK(await async_sendmmsg(client, out, BATCH, 0) == BATCH);
	CHECK(await async_sendmmsg(client, out, 0, 0) == -EINVAL);
	CHECK(await async_join(receiving) == 1);
	for (got = 1; got < BATCH; got += n) {
		n = await async_recvmmsg(server, in + got, (unsigned)(BATCH + 5 - got), 0);
		CHECK(n > 0);
	}
	CHECK(got == BATCH);
	for (int i = 0; i < BATCH; i++)
		CHECK(in[i].msg_len == strlen(texts[i]) && !memcmp(bufs[i], texts[i], in[i].msg_len));
	return 0;
}

static unsigned char text[200000];

async static int read_segments(int server, size_t len, size_t segment)
{
	static unsigned char buf[65536];
	ssize_t n;

	for (size_t at = 0; at < len; at += (size_t)n) {
		n = await async_read(server, buf, sizeof buf);
		CHECK(n == (ssize_t)(len - at < segment ? len - at : segment));
		CHECK(!memcmp(buf, text + at, (size_t)n));
	}
	return 0;
}

/* The number of system calls that it took, with the first one failing if that is wanted. */
async static int send_segments(int server, int client, size_t len, size_t segment, int error)
{
	async_task(int) reading = async_spawn(read_segments(server, len, segment));
	size_t at = 0;
	ssize_t n;

	CHECK(reading != NULL && await async_yield() == 0);
	while (at < len) {
		/* Single datagrams are not sent as rows. */
		if (error && len - at > segment)
			async_test_fail_call(1, error);
		n = await async_send_segments(client, text + at, len - at, segment, NULL, 0);
		CHECK(!error || async_test_call_failed() || len - at <= segment);
		CHECK(n > 0 && (at + (size_t)n == len || (size_t)n % segment == 0));
		at += (size_t)n;
	}
	async_test_fail_call(0, 0);
	return await async_join(reading);
}

async static int segments(int server, int client)
{
	static const size_t lengths[] = {1, 100, 1200, 1201, 5000, 30000};
	static const int errors[] = {0, -EIO, -EINVAL, -ENOPROTOOPT};
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	unsigned char buf[8];

	for (size_t i = 0; i < 6; i++)
		for (size_t e = 0; e < 4; e++)
			CHECK(await send_segments(server, client, lengths[i], 1200, errors[e]) == 0);
	CHECK(await send_segments(server, client, 2000, 30, 0) == 0);
	CHECK(await send_segments(server, client, 64, 1, 0) == 0);
	CHECK(await send_segments(server, client, 60000, 60000, 0) == 0);
	CHECK(await async_send_segments(client, text, 10, 0, NULL, 0) == -EINVAL);
	CHECK(await async_send_segments(client, text, 0, 10, NULL, 0) == 0);
	CHECK(await async_send_segments(client, text, 70000, 70000, NULL, 0) == -EMSGSIZE);
	/* Any other error is one. */
	async_test_fail_call(1, -EPERM);
	CHECK(await async_send_segments(client, text, 10, 5, NULL, 0) == -EPERM);
	async_test_fail_call(0, 0);
	/* To an address, from the other side. */
	CHECK(!getsockname(client, (struct sockaddr *)&address, &len));
	CHECK(await async_send_segments(server, text, 10, 4, (struct sockaddr *)&address, len) == 10);
	CHECK(await async_read(client, buf, 8) == 4 && await async_read(client, buf, 8) == 4);
	CHECK(await async_read(client, buf, 8) == 2 && !memcmp(buf, text + 8, 2));
	return 0;
}

async static int refusal_and_cancel(void)
{
	int server = await async_bind_udp("127.0.0.1", "0", NULL), client;
	char service[8], buf[8];

	client = await async_connect_udp("127.0.0.1", service_of(server, service), NULL);
	CHECK(client >= 0);
	CHECK(async_await_timeout(10, async_recvfrom(server, buf, 8, 0, NULL, NULL)) == -ETIMEDOUT);
	CHECK(await async_write(client, "kept", 4) == 4);
	CHECK(await async_recvfrom(server, buf, 8, 0, NULL, NULL) == 4);
	await async_close(server);
	CHECK(await async_write(client, "lost", 4) == 4);
	CHECK(await async_read(client, buf, 8) == -ECONNREFUSED);
	async_task(ssize_t) reading = async_spawn(async_recvfrom(client, buf, 8, 0, NULL, NULL));
	CHECK(await async_yield() == 0);
	await async_close(client);
	CHECK(await async_join(reading) == -EBADF);
	return 0;
}

/* What the network says of a datagram, in its own queue, even when there are no data. */
async static int error_queue(void)
{
	int server = await async_bind_udp("127.0.0.1", "0", NULL), client, one = 1;
	char service[8], buf[64], control[256];
	struct iovec part = {buf, sizeof buf};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	async_task(ssize_t) waiting;

	client = await async_connect_udp("127.0.0.1", service_of(server, service), NULL);
	CHECK(!setsockopt(client, IPPROTO_IP, IP_RECVERR, &one, sizeof one));
	CHECK(async_await_timeout(5, async_read(client, buf, 8)) == -ETIMEDOUT);
	waiting = async_spawn(async_recvmsg(client, &message, MSG_ERRQUEUE));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(waiting));
	await async_close(server);
	CHECK(await async_write(client, "gone", 4) == 4);
	CHECK(await async_join(waiting) == 4 && !memcmp(buf, "gone", 4));
	CHECK(message.msg_flags & MSG_ERRQUEUE && message.msg_controllen > 0);
	/* It is there before it is looked for. */
	while (await async_write(client, "more", 4) != 4)
		;
	CHECK(await async_read(client, buf, 8) == -ECONNREFUSED);
	CHECK(async_await_timeout(5, async_read(client, buf, 8)) == -ETIMEDOUT);
	message.msg_controllen = sizeof control;
	CHECK(await async_recvmsg(client, &message, MSG_ERRQUEUE) == 4 && !memcmp(buf, "more", 4));
	await async_close(client);
	return 0;
}

async static int options(void)
{
	struct async_socket_options options = {.reuse_port = true, .broadcast = true};
	int one = await async_bind_udp(NULL, "0", &options), two, v4;
	char service[8];

	CHECK(one >= 0 && number_option(one, SOL_SOCKET, SO_BROADCAST) == 1);
	two = await async_bind_udp(NULL, service_of(one, service), &options);
	CHECK(two >= 0);
	/* For both families. */
	v4 = await async_connect_udp("127.0.0.1", service, NULL);
	CHECK(v4 >= 0 && await async_write(v4, "x", 1) == 1);
	CHECK(await async_bind_udp("127.0.0.1", service, NULL) == -EADDRINUSE);
	CHECK(await async_bind_udp("127.0.0.1", "no-such-service", NULL) == -ESRCH);
	options.local_host = "::1";
	CHECK(await async_connect_udp("127.0.0.1", service, &options) == -EADDRNOTAVAIL);
	await async_close(one);
	await async_close(two);
	await async_close(v4);
	return 0;
}

async static int all(void)
{
	int server = await async_bind_udp("127.0.0.1", "0", NULL), client, buffer = 1 << 20;
	char service[8];

	CHECK(server >= 0);
	setsockopt(server, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	client = await async_connect_udp("localhost", service_of(server, service),
					 &(struct async_socket_options){.family = AF_INET});
	CHECK(client >= 0);
	CHECK(await plain(server, client) == 0);
	CHECK(await batches(server, client) == 0);
	CHECK(await segments(server, client) == 0);
	CHECK(await refusal_and_cancel() == 0);
	CHECK(await error_queue() == 0);
	CHECK(await options() == 0);
	await async_close(server);
	await async_close(client);
	return 0;
}

LIMITED(10000, all())

int main(void)
{
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(i * 7 + i / 251);
	CHECK(async_run(limited()) == 0);
	return 0;
}
