/* An echo server: level-triggered epoll, one buffer for all. */
#define _GNU_SOURCE
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(long port)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (void *)&address, sizeof address) || listen(fd, 1024)) {
		perror("bind");
		return -1;
	}
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int epoll, int listener)
{
	int fd, one = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		watch(epoll, fd);
	}
}

static void answer(int fd)
{
	static char buf[65536];
	ssize_t n = read(fd, buf, sizeof buf);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || write(fd, buf, (size_t)n) != n)
		close(fd);
}

long test_echo(long port, long unused)
{
	int listener = listen_on(port), epoll = epoll_create1(0);
	struct epoll_event events[256];

	(void)unused;
	if (listener < 0)
		return -1;
	watch(epoll, listener);
	for (;;) {
		int n = epoll_wait(epoll, events, 256, -1);
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				answer(events[i].data.fd);
	}
}
