/* Connecting to one of several addresses as RFC 8305 says: families in turn, the next try
 * after a delay or a failure, the first that connects wins, and the others leave nothing. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/net.h"

/* The fillers do not block. */
#pragma clang diagnostic ignored "-Wasync-blocking"

enum { MOST = 8 };

/* Deadlines of limits are rounded up by a nanosecond. */
static bool took(uint64_t before, uint64_t ms)
{
	return async_now_ns() - before - ms * 1000000 < 10;
}

/* A list of addresses of the test's own. */
struct list {
	struct addrinfo nodes[MOST];
	struct sockaddr_storage addresses[MOST];
	int count;
};

static void add(struct list *list, const char *host, int port)
{
	struct addrinfo *node = &list->nodes[list->count];
	struct sockaddr_storage *address = &list->addresses[list->count];
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	bool is_v4 = strchr(host, '.');

	if (is_v4)
		*v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	else
		*v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
					    .sin6_port = htons((uint16_t)port)};
	CHECK(inet_pton(address->ss_family, host,
			is_v4 ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr) == 1);
	*node = (struct addrinfo){
		.ai_family = address->ss_family,
		.ai_socktype = SOCK_STREAM,
		.ai_addr = (struct sockaddr *)address,
		.ai_addrlen = is_v4 ? sizeof *v4 : sizeof *v6,
	};
	if (list->count)
		list->nodes[list->count - 1].ai_next = node;
	list->count++;
}

/* A listening socket with no room in its queue: those who connect wait. */
struct silent {
	int listener, fillers[8];
};

static int fill(const struct sockaddr_storage *address, socklen_t len)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0);
	connect(fd, (const struct sockaddr *)address, len);
	return fd;
}

async static void silence(struct silent *silent, const char *host)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	silent->listener = await async_listen_tcp(host, "0", 1);
	CHECK(silent->listener >= 0);
	CHECK(!getsockname(silent->listener, (struct sockaddr *)&address, &len));
	for (int i = 0; i < 8; i++) {
		silent->fillers[i] = fill(&address, len);
	}
}

async static void end_silence(struct silent *silent)
{
	for (int i = 0; i < 8; i++)
		close(silent->fillers[i]);
	await async_close(silent->listener);
}

async static int accept_and_compare(int listener, int fd)
{
	struct sockaddr_storage a, b;
	socklen_t a_len = sizeof a, b_len = sizeof b;
	int peer;

	CHECK(fd >= 0);
	peer = await async_accept(listener);
	CHECK(peer >= 0);
	CHECK(!getpeername(peer, (struct sockaddr *)&a, &a_len));
	CHECK(!getsockname(fd, (struct sockaddr *)&b, &b_len));
	CHECK(a_len == b_len && !memcmp(&a, &b, a_len));
	CHECK(number_option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
	await async_close(peer);
	await async_close(fd);
	return 0;
}

/* Longer than anything below takes. */
enum { LONG = 10000 };

async static int delays(bool v6)
{
	const char *host = v6 ? "::1" : "127.0.0.1";
	struct async_socket_options options = {0};
	struct list list = {0};
	struct silent silent;
	int good = await async_listen_tcp("127.0.0.1", "0", 0), refuser, fd;
	uint64_t before;

	/* A port at which nobody listens. */
	refuser = await async_listen_tcp("127.0.0.1", "0", 0);
	await silence(&silent, host);
	add(&list, host, port_of(silent.listener));
	add(&list, host, port_of(silent.listener));
	add(&list, "127.0.0.1", port_of(good));

	before = async_now_ns();
	fd = async_await_timeout(LONG, async_connect_any(&list.nodes[0], NULL));
	/* Of another family, it is the second to be tried, else the third. */
	CHECK(took(before, v6 ? 250 : 500));
	CHECK(await accept_and_compare(good, fd) == 0);

	options.attempt_delay_ms = 40;
	before = async_now_ns();
	fd = async_await_timeout(LONG, async_connect_any(&list.nodes[0], &options));
	CHECK(took(before, v6 ? 40 : 80));
	CHECK(await accept_and_compare(good, fd) == 0);

	/* One after the other only: the limit is what ends it. */
	options.attempt_delay_ms = -1;
	CHECK(async_await_timeout(900, async_connect_any(&list.nodes[0], &options)) == -ETIMEDOUT);

	/* A refusal is not waited for. */
	list.count = 0;
	add(&list, "127.0.0.1", port_of(refuser));
	add(&list, "127.0.0.1", port_of(good));
	await async_close(refuser);
	before = async_now_ns();
	fd = async_await_timeout(LONG, async_connect_any(&list.nodes[0], NULL));
	CHECK(async_now_ns() == before);
	CHECK(await accept_and_compare(good, fd) == 0);

	/* Nobody but refusers. */
	list.nodes[0].ai_next = NULL;
	list.count = 1;
	add(&list, "127.0.0.1", port_of(good));
	await async_close(good);
	CHECK(await async_connect_any(&list.nodes[0], NULL) == -ECONNREFUSED);
	CHECK(await async_connect_any(NULL, NULL) == -ENOENT);
	await end_silence(&silent);
	return 0;
}

async static int families(void)
{
	struct async_socket_options options = {.family = AF_INET6};
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);
	struct list list = {0};
	char service[8];

	add(&list, "127.0.0.1", port_of(listener));
	add(&list, "127.0.0.1", port_of(listener));
	CHECK(await async_connect_any(&list.nodes[0], &options) == -ENOENT);
	list.nodes[0].ai_next = NULL;
	CHECK(await async_connect_any(&list.nodes[0], &options) == -ENOENT);
	CHECK(await async_connect_tcp_with("127.0.0.1", service_of(listener, service), &options) ==
	      -ENOENT);
	await async_close(listener);
	return 0;
}

/* The connection of a race that is cancelled, at any moment, is not left behind. */
async static int cancelled(void)
{
	struct silent silent;
	struct list list = {0};
	int good = await async_listen_tcp("127.0.0.1", "0", 0), fd;

	await silence(&silent, "127.0.0.1");
	add(&list, "127.0.0.1", port_of(silent.listener));
	add(&list, "127.0.0.1", port_of(good));
	add(&list, "127.0.0.1", port_of(good));
	for (int ms = 0; ms <= 300; ms += 50) {
		async_task(int) task = async_spawn(async_connect_any(&list.nodes[0], NULL));
		CHECK(await async_sleep_ms(ms) == 0);
		async_cancel(task);
		fd = await async_join(task);
		CHECK(fd == -ECANCELED || (ms > 200 && fd >= 0));
		if (fd >= 0)
			await async_close(fd);
	}
	await end_silence(&silent);

	/* As a try has just connected, too. */
	list.count = 0;
	add(&list, "127.0.0.1", port_of(good));
	add(&list, "127.0.0.1", port_of(good));
	for (int turns = 0; turns < 150; turns++) {
		async_task(int) task = async_spawn(async_connect_any(&list.nodes[0], NULL));
		for (int i = 0; i < turns; i++)
			CHECK(await async_yield() == 0);
		async_cancel(task);
		fd = await async_join(task);
		CHECK(fd == -ECANCELED || fd >= 0);
		if (fd >= 0)
			await async_close(fd);
	}
	await async_close(good);
	return 0;
}

async static int all(void)
{
	CHECK(await delays(false) == 0);
	CHECK(await delays(true) == 0);
	CHECK(await families() == 0);
	CHECK(await cancelled() == 0);
	return 0;
}

int main(void)
{
	int before;

	CHECK(async_test_virtual_time() == 0);
	CHECK(async_run(families()) == 0);
	before = count_descriptors();
	EXPLORE(all(), 10);
	CHECK(count_descriptors() == before);
	return 0;
}
