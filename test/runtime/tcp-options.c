/* Options of sockets, listening and connecting with them, half closing, closing that waits for
 * the peer, and sockets that the service manager passes on. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/wait.h>

async static int options(void)
{
	struct async_socket_options options = {
		.family = AF_INET,
		.backlog = 7,
		.keep_alive_s = 30,
		.keep_alive_interval_s = 5,
		.keep_alive_count = 3,
		.user_timeout_ms = 9000,
		.receive_buffer = 20000,
		.reuse_port = true,
		.delay = true,
	};
	int one = await async_listen_tcp_with("localhost", "0", &options), two, fd, peer;
	char service[8], local[8];
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	CHECK(one >= 0);
	service_of(one, service);
	two = await async_listen_tcp_with("127.0.0.1", service, &options);
	CHECK(two >= 0);
	options.reuse_port = false;
	CHECK(await async_listen_tcp_with("127.0.0.1", service, &options) == -EADDRINUSE);
	await async_close(two);

	/* From a port of our own. */
	two = await async_listen_tcp("127.0.0.1", "0", 0);
	service_of(two, local);
	await async_close(two);
	options.local_host = "127.0.0.1";
	options.local_service = local;
	fd = await async_connect_tcp_with("127.0.0.1", service, &options);
	CHECK(fd >= 0 && port_of(fd) == atoi(local));
	peer = await async_accept(one);
	CHECK(peer >= 0 && !getpeername(peer, (struct sockaddr *)&address, &len));
	CHECK(ntohs(address.sin_port) == atoi(local));
	for (int i = 0; i < 2; i++) {
		int each = i ? fd : peer;

		CHECK(number_option(each, IPPROTO_TCP, TCP_NODELAY) == 0);
		CHECK(number_option(each, SOL_SOCKET, SO_KEEPALIVE) == 1);
		CHECK(number_option(each, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
		CHECK(number_option(each, IPPROTO_TCP, TCP_KEEPINTVL) == 5);
		CHECK(number_option(each, IPPROTO_TCP, TCP_KEEPCNT) == 3);
		CHECK(number_option(each, IPPROTO_TCP, TCP_USER_TIMEOUT) == 9000);
		CHECK(number_option(each, SOL_SOCKET, SO_RCVBUF) == 40000);
	}
	await async_close(fd);
	await async_close(peer);
	/* An address of a family that the peer is not of. */
	options.local_host = "::1";
	options.family = 0;
	CHECK(await async_connect_tcp_with("127.0.0.1", service, &options) == -EADDRNOTAVAIL);
	options.local_host = "no-such-host.invalid";
	fd = await async_connect_tcp_with("127.0.0.1", service, &options);
	CHECK(fd == -ENOENT || fd == -EAGAIN);
	await async_close(one);
	return 0;
}

async static int v6_only(void)
{
	struct async_socket_options options = {.v6_only = true};
	int listener = await async_listen_tcp_with(NULL, "0", &options), fd;
	char service[8];

	CHECK(listener >= 0);
	service_of(listener, service);
	CHECK(await async_connect_tcp("127.0.0.1", service) == -ECONNREFUSED);
	fd = await async_connect_tcp("::1", service);
	CHECK(fd >= 0);
	await async_close(fd);
	await async_close(listener);
	return 0;
}

async static void connected(int listener, const struct async_socket_options *options, int fds[2])
{
	char service[8];

	fds[0] = await async_connect_tcp_with("127.0.0.1", service_of(listener, service), options);
	CHECK(fds[0] >= 0);
	fds[1] = await async_accept(listener);
	CHECK(fds[1] >= 0);
}

/* The other direction goes on after a shutdown. */
async static int half_close(int listener)
{
	struct async_socket_options none = {0};
	char buf[8];
	int fds[2];

	await connected(listener, &none, fds);
	CHECK(await async_write(fds[0], "question", 8) == 8);
	CHECK(shutdown(fds[0], SHUT_WR) == 0);
	CHECK(await async_read_full(fds[1], buf, 8) == 8);
	CHECK(await async_read(fds[1], buf, 1) == 0);
	CHECK(await async_write(fds[1], "answer", 6) == 6);
	CHECK(await async_read_full(fds[0], buf, 6) == 6 && !memcmp(buf, "answer", 6));
	CHECK(await async_write(fds[0], "x", 1) == -EPIPE);
	CHECK(await async_close(fds[0]) == 0);
	CHECK(await async_close(fds[1]) == 0);
	return 0;
}

async static int reset(int listener)
{
	struct async_socket_options options = {.reset_on_close = true};
	char buf[8];
	int fds[2];

	await connected(listener, &options, fds);
	CHECK(await async_close(fds[0]) == 0);
	CHECK(await async_read(fds[1], buf, 1) == -ECONNRESET);
	CHECK(await async_close(fds[1]) == 0);
	return 0;
}

/* What was not read does not reset the connection, under the answer. */
async static int lingering(int listener)
{
	struct async_socket_options none = {0};
	async_task(int) closing;
	char buf[8];
	int fds[2];

	await connected(listener, &none, fds);
	CHECK(await async_write(fds[0], "never read", 10) == 10);
	CHECK(await async_write(fds[1], "answer", 6) == 6);
	closing = async_spawn(async_close_lingering(fds[1], 5000));
	CHECK(closing != NULL);
	CHECK(await async_sleep_ms(10) == 0);
	CHECK(await async_write(fds[0], "more", 4) == 4);
	CHECK(await async_read_full(fds[0], buf, 8) == 6 && !memcmp(buf, "answer", 6));
	CHECK(!async_done(closing));
	CHECK(await async_close(fds[0]) == 0);
	CHECK(await async_join(closing) == 0);

	await connected(listener, &none, fds);
	CHECK(await async_close_lingering(fds[1], 20) == -ETIMEDOUT);
	CHECK(await async_read(fds[0], buf, 1) == 0);
	CHECK(await async_close(fds[0]) == 0);
	CHECK(await async_close_lingering(-1, 20) == -EBADF);
	return 0;
}

/* As the service manager starts a service: descriptors from 3 on, and who they are for. */
async static int passed(void)
{
	char pid[16], service[8];
	int fd, peer;

	unsetenv("LISTEN_PID");
	CHECK(async_passed_fds() == 0 && async_passed_fd("web") == -ENOENT);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "admin:web", 1);
	CHECK(async_passed_fds() == 0);
	setenv("LISTEN_PID", "x", 1);
	CHECK(async_passed_fds() == -EINVAL && async_passed_fd("web") == -EINVAL);
	snprintf(pid, sizeof pid, "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "99999999999999999999", 1);
	CHECK(async_passed_fds() == -EINVAL);
	setenv("LISTEN_FDS", "900", 1);
	CHECK(async_passed_fds() == -EINVAL);
	setenv("LISTEN_FDS", "2", 1);
	CHECK(async_passed_fds() == 2);
	CHECK(fcntl(3, F_GETFD) == FD_CLOEXEC && fcntl(4, F_GETFD) == FD_CLOEXEC);
	CHECK(async_passed_fd("admin") == 3 && async_passed_fd("web") == 4);
	CHECK(async_passed_fd("we") == -ENOENT && async_passed_fd("webs") == -ENOENT);
	fd = await async_connect_tcp("127.0.0.1", service_of(4, service));
	CHECK(fd >= 0);
	peer = await async_accept(4);
	CHECK(peer >= 0);
	await async_close(fd);
	await async_close(peer);
	return 0;
}

/* In a process of its own, whose descriptors 3 and 4 are blocking listening sockets. */
static void run_passed(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int a, b, status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a = socket(AF_INET, SOCK_STREAM, 0);
		b = fcntl(socket(AF_INET, SOCK_STREAM, 0), F_DUPFD, 10);
		CHECK(dup2(fcntl(a, F_DUPFD, 10), 3) == 3 && dup2(b, 4) == 4);
		CHECK(bind(4, (struct sockaddr *)&address, sizeof address) == 0);
		CHECK(listen(4, 5) == 0);
		exit(async_run(passed()));
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

async static int all(void)
{
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);

	CHECK(await options() == 0);
	CHECK(await v6_only() == 0);
	CHECK(await half_close(listener) == 0);
	CHECK(await reset(listener) == 0);
	CHECK(await lingering(listener) == 0);
	await async_close(listener);
	return 0;
}

int main(void)
{
	run_passed();
	CHECK(async_run(all()) == 0);
	return 0;
}
