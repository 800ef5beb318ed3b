/* A load client for echo servers, in plain C over epoll, to drive and check the example
 * from outside: it shares no code with the project.
 *
 *     echo_load PORT CONNECTIONS SECONDS [MAX-SIZE]
 *
 * Every connection sends a message of a size that varies, waits for all of it to come
 * back, compares each byte, and sends the next. When the time is over the running
 * messages are finished and the connections closed. Prints one line; the exit status is 0
 * only when every connection was served without error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SIZE = 65536, SLOTS = 20000 };

struct connection {
	int fd;
	uint32_t id, turn;
	size_t size, sent, received;
	double started;
	bool done;
};

static size_t max_size = 512;
static long messages, errors;
static long latency[SLOTS]; /* messages that took so many times 10 microseconds */
static int epoll;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Byte number at of the message of this turn: differs between connections and turns. */
static unsigned char expected(const struct connection *c, size_t at)
{
	uint32_t x = c->id * 2654435761u + c->turn * 40503u + (uint32_t)at * 97u;

	return (unsigned char)(x >> 7 ^ x);
}

static void fail(struct connection *c, const char *what)
{
	if (errors++ < 5)
		fprintf(stderr, "connection %u, message %u: %s\n", c->id, c->turn, what);
	c->done = true;
	close(c->fd);
}

static void begin_message(struct connection *c)
{
	c->turn++;
	c->size = 1 + (c->id * 31u + c->turn * 7919u) % max_size;
	c->sent = c->received = 0;
	c->started = now();
}

static bool send_some(struct connection *c)
{
	unsigned char buf[4096];

	while (c->sent < c->size) {
		size_t n = c->size - c->sent < sizeof buf ? c->size - c->sent : sizeof buf;
		for (size_t i = 0; i < n; i++)
			buf[i] = expected(c, c->sent + i);
		ssize_t sent = send(c->fd, buf, n, MSG_NOSIGNAL);
		if (sent < 0)
			return errno == EAGAIN;
		c->sent += (size_t)sent;
	}
	return true;
}

/* Gives false on an error; what is wrong is in *what. */
static bool receive_some(struct connection *c, const char **what)
{
	unsigned char buf[4096];
	ssize_t n;

	while (c->received < c->size && (n = recv(c->fd, buf, sizeof buf, 0)) != 0) {
		if (n < 0) {
			*what = strerror(errno);
			return errno == EAGAIN;
		}
		if (c->received + (size_t)n > c->sent) {
			*what = "more came back than was sent";
			return false;
		}
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != expected(c, c->received + (size_t)i)) {
				*what = "another byte came back";
				return false;
			}
		}
		c->received += (size_t)n;
	}
	*what = "closed by the server";
	return c->received == c->size || errno == EAGAIN;
}

static void count_message(const struct connection *c)
{
	long slot = (long)((now() - c->started) * 1e5);

	messages++;
	latency[slot < SLOTS ? slot : SLOTS - 1]++;
}

/* Goes on with a connection that is ready, by at most one message, so that all get their
 * turn. Gives whether it has ended. */
static bool progress(struct connection *c, double end)
{
	const char *what = "not sent";

	errno = EAGAIN;
	if (!send_some(c) || !receive_some(c, &what)) {
		fail(c, what);
		return true;
	}
	if (c->received < c->size)
		return false;
	count_message(c);
	if (now() >= end) {
		c->done = true;
		close(c->fd);
		return true;
	}
	begin_message(c);
	if (send_some(c))
		return false; /* the answer will be another event */
	fail(c, what);
	return true;
}

static bool open_connection(struct connection *c, uint32_t id, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
	int one = 1;

	*c = (struct connection){.id = id};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) {
		fail(c, strerror(errno));
		return false;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) {
		fail(c, strerror(errno));
		return false;
	}
	begin_message(c);
	return true;
}

/* Microseconds within which this share of the messages came back. */
static long percentile(double share)
{
	long seen = 0;

	for (long slot = 0; slot < SLOTS; slot++) {
		seen += latency[slot];
		if ((double)seen >= share * (double)messages)
			return slot * 10 + 10;
	}
	return SLOTS * 10;
}

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	static struct epoll_event events[256];

	if (argc < 4) {
		fprintf(stderr, "usage: echo_load PORT CONNECTIONS SECONDS [MAX-SIZE]\n");
		return 2;
	}
	long count = atol(argv[2]), open = 0;
	if (argc > 4 && atol(argv[4]) > 0)
		max_size = (size_t)atol(argv[4]) < MAX_SIZE ? (size_t)atol(argv[4]) : MAX_SIZE;
	struct connection *connections = calloc((size_t)count, sizeof *connections);
	raise_limit();
	epoll = epoll_create1(0);
	if (!connections || epoll < 0)
		return 2;
	for (long i = 0; i < count; i++)
		open += open_connection(&connections[i], (uint32_t)i, (uint16_t)atoi(argv[1]));

	double start = now(), end = start + atof(argv[3]), last = end + 10;
	while (open > 0 && now() < last) {
		int n = epoll_wait(epoll, events, 256, 100);
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;
			if (!c->done)
				open -= progress(c, end);
		}
	}
	errors += open; /* not answered in time */
	double seconds = now() - start;
	printf("%ld connections, %ld messages in %.1f s: %.0f per second, half within %ld us, 99%% "
	       "within "
	       "%ld us, %ld errors\n",
	       count, messages, seconds, (double)messages / seconds, percentile(0.5),
	       percentile(0.99), errors);
	free(connections);
	return errors || messages == 0;
}
