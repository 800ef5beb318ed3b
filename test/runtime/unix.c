/* Unix sockets of all types, by path and by abstract name; left-over files; full queues; the
 * passing of descriptors and credentials. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && cd %t.d && %t
// RUN: cd %t.d && env ASYNC_FORCE_SUSPEND=1 %t
#define _GNU_SOURCE
/* Where the test itself reads, writes and waits, it does not take long. */
#pragma clang diagnostic ignored "-Wasync-blocking"

#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

async static int talk(const char *path, int type)
{
	int listener = await async_listen_unix(path, type, 0), fd, peer;
	char buf[16];

	CHECK(listener >= 0);
	CHECK(await async_listen_unix(path, type, 0) == -EADDRINUSE);
	fd = await async_connect_unix(path, type);
	peer = await async_accept(listener);
	CHECK(fd >= 0 && peer >= 0);
	CHECK(await async_write(fd, "one", 3) == 3);
	CHECK(await async_write(fd, "two", 3) == 3);
	if (type == SOCK_SEQPACKET) {
		CHECK(await async_read(peer, buf, sizeof buf) == 3);
		CHECK(await async_read(peer, buf + 3, sizeof buf) == 3);
	} else {
		CHECK(await async_read_full(peer, buf, 6) == 6);
	}
	CHECK(!memcmp(buf, "onetwo", 6));
	await async_close(fd);
	CHECK(await async_read(peer, buf, 1) == 0);
	await async_close(peer);
	await async_close(listener);
	return 0;
}

async static int errors(void)
{
	char longest[200];
	int fd;

	memset(longest, 'x', sizeof longest - 1);
	longest[199] = '\0';
	CHECK(await async_connect_unix("", SOCK_STREAM) == -EINVAL);
	CHECK(await async_listen_unix("", SOCK_STREAM, 0) == -EINVAL);
	CHECK(await async_connect_unix(longest, SOCK_STREAM) == -ENAMETOOLONG);
	CHECK(await async_connect_unix("absent", SOCK_STREAM) == -ENOENT);
	CHECK(await async_connect_unix("@absent", SOCK_STREAM) == -ECONNREFUSED);
	longest[107] = '\0';
	fd = await async_listen_unix(longest, SOCK_STREAM, 0);
	CHECK(fd >= 0 && await async_connect_unix(longest, SOCK_DGRAM) == -EPROTOTYPE);
	await async_close(fd);
	/* Left over, and replaced; other files are not. */
	CHECK(await async_connect_unix(longest, SOCK_STREAM) == -ECONNREFUSED);
	fd = await async_listen_unix(longest, SOCK_STREAM, 0);
	CHECK(fd >= 0);
	await async_close(fd);
	unlink(longest);
	close(open("plain", O_CREAT | O_WRONLY, 0600));
	CHECK(await async_listen_unix("plain", SOCK_STREAM, 0) == -EADDRINUSE);
	CHECK(access("plain", F_OK) == 0);
	return 0;
}

async static int accept_later(int listener, int ms)
{
	CHECK(await async_sleep_ms(ms) == 0);
	return await async_accept(listener);
}

/* The kernel has no queue for those who find no room; we wait all the same. */
async static int full_queue(void)
{
	int listener = await async_listen_unix("@asyncc-full", SOCK_STREAM, 1), fds[2], fd, peer;
	async_task(int) accepting;

	for (int i = 0; i < 2; i++)
		CHECK((fds[i] = await async_connect_unix("@asyncc-full", SOCK_STREAM)) >= 0);
	CHECK(async_await_timeout(30, async_connect_unix("@asyncc-full", SOCK_STREAM)) == -ETIMEDOUT);
	accepting = async_spawn(accept_later(listener, 100));
	CHECK(accepting != NULL);
	fd = await async_connect_unix("@asyncc-full", SOCK_STREAM);
	CHECK(fd >= 0 && (peer = await async_join(accepting)) >= 0);
	await async_close(fd);
	await async_close(peer);
	await async_close(fds[0]);
	await async_close(fds[1]);
	await async_close(listener);
	return 0;
}

async static int datagrams(void)
{
	int server = await async_bind_unix("dgram"), client = await async_connect_unix("dgram", SOCK_DGRAM);
	int own = await async_bind_unix(NULL), sent = 0;
	struct sockaddr_un address, from;
	socklen_t len, from_len = sizeof from;
	char buf[16];
	ssize_t n;

	CHECK(server >= 0 && client >= 0 && own >= 0);
	CHECK(async_unix_address("dgram", &address, &len) == 0);
	CHECK(await async_sendto(own, "hi", 2, 0, (struct sockaddr *)&address, len) == 2);
	CHECK(await async_recvfrom(server, buf, 16, 0, (struct sockaddr *)&from, &from_len) == 2);
	CHECK(from.sun_path[0] == '\0' && from_len > sizeof from.sun_family);
	CHECK(await async_sendto(server, "back", 4, 0, (struct sockaddr *)&from, from_len) == 4);
	CHECK(await async_read(own, buf, 16) == 4);

	/* A full receiver: told at once to those who are not connected. */
	while ((n = await async_sendto(own, "x", 1, 0, (struct sockaddr *)&address, len)) == 1)
		sent++;
	CHECK(n == -ENOBUFS && sent > 0);
	/* The others wait for it. */
	CHECK(async_await_timeout(10, async_write(client, "late", 4)) == -ETIMEDOUT);
	async_task(ssize_t) writing = async_spawn(async_write(client, "late", 4));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(writing));
	while (sent--)
		CHECK(await async_read(server, buf, 16) == 1);
	CHECK(await async_join(writing) == 4);
	CHECK(await async_read(server, buf, 16) == 4 && !memcmp(buf, "late", 4));
	await async_close(server);
	await async_close(client);
	await async_close(own);
	unlink("dgram");
	return 0;
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

async static int descriptors(int type)
{
	int fds[2], sent[260], got[260], before = count_descriptors();
	unsigned count = 3;
	char buf[8];

	CHECK(socketpair(AF_UNIX, type, 0, fds) == 0);
	for (int i = 0; i < 260; i++)
		sent[i] = i % 2 ? fds[0] : STDERR_FILENO;
	CHECK(await async_send_fds(fds[0], "a", 1, sent, 3) == 1);
	CHECK(await async_recv_fds(fds[1], buf, 8, got, &count) == 1 && count == 3);
	for (int i = 0; i < 3; i++) {
		CHECK(same_file(got[i], sent[i]) && fcntl(got[i], F_GETFD) == FD_CLOEXEC);
		close(got[i]);
	}
	/* None, more than wanted, and the most that go. */
	CHECK(await async_send_fds(fds[0], "bc", 2, NULL, 0) == 2);
	count = 3;
	CHECK(await async_recv_fds(fds[1], buf, 8, got, &count) == 2 && count == 0);
	CHECK(await async_send_fds(fds[0], "d", 1, sent, 5) == 1);
	count = 2;
	CHECK(await async_recv_fds(fds[1], buf, 8, got, &count) == 1 && count == 5);
	close(got[0]);
	close(got[1]);
	CHECK(await async_send_fds(fds[0], "e", 1, sent, 253) == 1);
	count = 260;
	CHECK(await async_recv_fds(fds[1], buf, 8, got, &count) == 1 && count == 253);
	for (int i = 0; i < 253; i++)
		close(got[i]);
	CHECK(await async_send_fds(fds[0], "f", 1, sent, 254) == -EINVAL);
	CHECK(await async_send_fds(fds[0], "", 0, sent, 1) == -EINVAL);
	CHECK(await async_send_fds(fds[0], "f", 1, (int[]){-1}, 1) == -EBADF);
	/* A wait that is cancelled takes nothing. */
	count = 1;
	CHECK(async_await_timeout(5, async_recv_fds(fds[1], buf, 8, got, &count)) == -ETIMEDOUT);
	CHECK(count == 0);
	await async_close(fds[0]);
	await async_close(fds[1]);
	CHECK(count_descriptors() == before);
	return 0;
}

async static int credentials(void)
{
	struct async_credentials peer, sender;
	int fds[2], status;
	char buf[8];
	pid_t child;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK(async_peer_credentials(fds[0], &peer) == 0);
	CHECK(peer.pid == getpid() && peer.uid == getuid() && peer.gid == getgid());
	CHECK(async_peer_credentials(STDIN_FILENO, &peer) < 0);
	/* From before we asked for it. */
	CHECK(write(fds[0], "a", 1) == 1);
	CHECK(await async_recv_credentials(fds[1], buf, 8, &sender) == 1);
	CHECK(sender.pid == 0 || sender.pid == getpid());
	child = fork();
	if (!child)
		_exit(write(fds[0], "b", 1) != 1);
	CHECK(await async_recv_credentials(fds[1], buf, 8, &sender) == 1 && buf[0] == 'b');
	CHECK(sender.pid == child && sender.uid == getuid() && sender.gid == getgid());
	CHECK(waitpid(child, &status, 0) == child && !status);
	await async_close(fds[0]);
	await async_close(fds[1]);
	return 0;
}

async static int all(void)
{
	CHECK(await talk("sock", SOCK_STREAM) == 0);
	CHECK(await talk("seq", SOCK_SEQPACKET) == 0);
	CHECK(await talk("@asyncc-test", SOCK_STREAM) == 0);
	CHECK(await talk("@asyncc-test", SOCK_SEQPACKET) == 0);
	CHECK(await talk("./@file", SOCK_STREAM) == 0);
	CHECK(access("@file", F_OK) == 0);
	CHECK(await errors() == 0);
	CHECK(await full_queue() == 0);
	CHECK(await datagrams() == 0);
	CHECK(await descriptors(SOCK_STREAM) == 0);
	CHECK(await descriptors(SOCK_DGRAM) == 0);
	CHECK(await credentials() == 0);
	return 0;
}

LIMITED(10000, all())

int main(void)
{
	CHECK(async_run(limited()) == 0);
	return 0;
}
