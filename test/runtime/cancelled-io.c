/* In a cancelled task every operation on sockets, streams and names gives -ECANCELED and does
 * nothing; closing works. Behind a shield they all work. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#define _GNU_SOURCE
#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/uio.h>

static struct async_stream *pair[2];
static int fds[2], pipes[2], udp, file;
static struct addrinfo *list;
static char buf[64], *data;
static off_t offset;
static struct async_inotify changes;

enum { OPERATIONS = 37 };

/* One of them all; each would succeed, or wait, in another task. */
async static int64_t operation(int number)
{
	struct iovec part = {buf, 4};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct mmsghdr messages[1] = {{.msg_hdr = message}};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	const struct async_inotify_event *event;
	struct async_credentials who;
	struct addrinfo *found = NULL;
	struct async_stream *stream;
	unsigned count = 0;

	switch (number) {
	case 0: return await async_readv(fds[0], &part, 1);
	case 1: return await async_writev(fds[0], &part, 1);
	case 2: return await async_writev_full(fds[0], &part, 1);
	case 3: return await async_sendfile(fds[0], file, &offset, 4);
	case 4: return await async_splice(fds[0], pipes[1], 4);
	case 5: return await async_recvmsg(fds[0], &message, 0);
	case 6: return await async_sendmsg(fds[0], &message, 0);
	case 7: return await async_recvmmsg(udp, messages, 1, 0);
	case 8: return await async_sendmmsg(udp, messages, 1, 0);
	case 9: return await async_recvfrom(udp, buf, 4, 0, (struct sockaddr *)&address, &len);
	case 10: return await async_sendto(udp, buf, 4, 0, NULL, 0);
	case 11: return await async_send_segments(udp, buf, 4, 2, NULL, 0);
	case 12: return await async_connect(udp, list->ai_addr, list->ai_addrlen);
	case 13: return await async_listen_tcp("127.0.0.1", "0", 0);
	case 14: return await async_connect_tcp("127.0.0.1", "1");
	case 15: return await async_connect_any(list, NULL);
	case 16: return await async_bind_udp("127.0.0.1", "0", NULL);
	case 17: return await async_connect_udp("127.0.0.1", "1", NULL);
	case 18: return await async_listen_unix("@asyncc-cancelled", SOCK_STREAM, 0);
	case 19: return await async_bind_unix(NULL);
	case 20: return await async_connect_unix("@asyncc-absent", SOCK_STREAM);
	case 21: return await async_send_fds(fds[0], buf, 1, fds, 1);
	case 22: return await async_recv_fds(fds[0], buf, 4, NULL, &count);
	case 23: return await async_recv_credentials(fds[0], buf, 4, &who);
	case 24: return await async_getaddrinfo("127.0.0.1", "1", NULL, &found);
	case 25:
		return await async_getnameinfo(list->ai_addr, list->ai_addrlen, buf, sizeof buf, NULL, 0,
					       NI_NUMERICHOST);
	case 26: return await async_inotify_next(&changes, &event);
	case 27: return await async_open_connection("127.0.0.1", "1", &stream);
	case 28: return await async_stream_read(pair[0], buf, 4);
	case 29: return await async_stream_read_exactly(pair[0], buf, 4);
	case 30: return await async_stream_read_line(pair[0], &data);
	case 31: return await async_stream_peek(pair[0], 1, &data);
	case 32: return await async_stream_read_all(pair[0], 100, &data);
	case 33: return await async_stream_write(pair[0], buf, 4);
	case 34: return await async_stream_printf(pair[0], "%d", 4);
	case 35: return await async_stream_flush(pair[0]);
	default: return await async_stream_shutdown(pair[0]);
	}
}

async static int cancelled(void)
{
	int before = count_descriptors();

	CHECK(await async_yield() == -ECANCELED);
	for (int i = 0; i < OPERATIONS; i++) {
		int64_t value = await operation(i);

		if (value != -ECANCELED)
			fprintf(stderr, "operation %d: %lld\n", i, (long long)value);
		CHECK(value == -ECANCELED);
	}
	CHECK(count_descriptors() == before);
	return 0;
}

async static int close_all(void)
{
	struct async_stream *other = pair[0];

	CHECK(await async_stream_write(pair[1], "rest", 4) == -ECANCELED);
	CHECK(await async_stream_close(other) == 0);
	CHECK(await async_stream_close(pair[1]) == -ECANCELED);
	CHECK(await async_inotify_close(&changes) == 0);
	CHECK(await async_close_lingering(fds[0], 1000) == -ECANCELED);
	CHECK(await async_close(fds[0]) == -EBADF);
	CHECK(await async_close(fds[1]) == 0);
	CHECK(await async_close(udp) == 0);
	return 0;
}

async static int all(void)
{
	async_task(int) task;
	char byte;

	CHECK(async_stream_pair(pair, 100) == 0);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) && !pipe(pipes));
	file = open("/proc/self/exe", O_RDONLY);
	udp = await async_bind_udp("127.0.0.1", "0", NULL);
	CHECK(udp >= 0 && await async_getaddrinfo("127.0.0.1", "1", NULL, &list) == 0);
	CHECK(async_inotify_open(&changes) == 0);
	task = async_spawn(cancelled());
	async_cancel(task);
	CHECK(await async_join(task) == 0);
	/* Nothing was sent, and nothing is in a buffer. */
	CHECK(recv(fds[1], &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	CHECK(await async_stream_flush(pair[0]) == 0 && offset == 0);
	CHECK(async_await_timeout(1, async_stream_read(pair[1], &byte, 1)) == -ETIMEDOUT);
	CHECK(await async_stream_write(pair[1], "left", 4) == 4);
	task = async_spawn(close_all());
	async_cancel(task);
	CHECK(await async_join(task) == 0);
	freeaddrinfo(list);
	close(pipes[0]);
	close(pipes[1]);
	close(file);
	return 0;
}

int main(void)
{
	CHECK(async_run(all()) == 0);
	return 0;
}
