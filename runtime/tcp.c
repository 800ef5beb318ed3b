/* TCP: connecting and listening.
 *
 * A name may have several addresses, some of which never answer. Connecting tries them as
 * RFC 8305 says: in the order of the list, IPv6 and IPv4 in turn, each one a little later
 * than the one before or when that has failed; the first to connect wins, and the others
 * are ended. Each try is a task.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define ATTEMPT_DELAY_MS 250 /* RFC 8305, section 5 */

const struct async_socket_options async__no_options;
static const int one = 1;

static void set_number(int fd, int level, int option, int value)
{
	if (value > 0)
		setsockopt(fd, level, option, &value, sizeof value);
}

static void set_flag(int fd, int level, int option, bool wanted)
{
	set_number(fd, level, option, wanted);
}

/* What can be set on every kind of socket, before it is bound. */
static int set_common(int fd, const struct async_socket_options *options)
{
	if (options->reuse_port &&
	    ASYNC__CALL(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one)))
		return -errno;
	set_number(fd, SOL_SOCKET, SO_RCVBUF, options->receive_buffer);
	set_number(fd, SOL_SOCKET, SO_SNDBUF, options->send_buffer);
	set_flag(fd, SOL_SOCKET, SO_BROADCAST, options->broadcast);
	return 0;
}

/* Of TCP; connections inherit them from the socket that they come from. */
static void set_tcp(int fd, const struct async_socket_options *options)
{
	static const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	set_flag(fd, IPPROTO_TCP, TCP_NODELAY, !options->delay);
	set_flag(fd, SOL_SOCKET, SO_KEEPALIVE, options->keep_alive_s > 0);
	set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, options->keep_alive_s);
	set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, options->keep_alive_interval_s);
	set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, options->keep_alive_count);
	set_number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options->user_timeout_ms);
	if (options->reset_on_close)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

int async__socket_open(const struct addrinfo *address, const struct async_socket_options *options)
{
	bool tcp = address->ai_socktype == SOCK_STREAM;
	int error, fd = ASYNC__CALL(socket(address->ai_family,
					   address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
					   address->ai_protocol));

	if (fd < 0)
		return -errno;
	error = set_common(fd, options);
	if (error)
		goto fail;
	if (tcp)
		set_tcp(fd, options);
	error = async__fd_fresh(async__loop, fd,
				ASYNC__FD_SOCKET | ASYNC__FD_NONBLOCK | (tcp ? ASYNC__FD_TCP : 0));
	if (error)
		goto fail;
	return fd;

fail:
	close(fd);
	return error;
}

void async__socket_discard(int fd)
{
	async__fd_forget(async__loop, fd);
	close(fd);
}

static const struct addrinfo *of_family(const struct addrinfo *list, int family)
{
	while (list && list->ai_family != family)
		list = list->ai_next;
	return list;
}

int async__socket_bind_local(int fd, int family, const struct addrinfo *local)
{
	if (!local)
		return 0;
	local = of_family(local, family);
	if (!local)
		return -EADDRNOTAVAIL;
	return ASYNC__CALL(bind(fd, local->ai_addr, local->ai_addrlen)) ? -errno : 0;
}

/* A race of addresses. */
struct race {
	const struct async_socket_options *options;
	const struct addrinfo *local;
	size_t count, started;
	async_task(int) * tasks;
	const struct addrinfo *addresses[];
};

static async int connect_one(const struct addrinfo *address, const struct addrinfo *local,
			     const struct async_socket_options *options)
{
	int error, fd = async__socket_open(address, options);

	if (fd < 0)
		return fd;
	error = async__socket_bind_local(fd, address->ai_family, local);
	if (!error)
		error = await async_connect(fd, address->ai_addr, address->ai_addrlen);
	if (!error)
		return fd;
	await async_close(fd);
	return error;
}

static bool is_wanted(const struct addrinfo *address, const struct async_socket_options *options)
{
	return !options->family || address->ai_family == options->family;
}

/* The addresses of the family that comes first, and the others, in turn. */
static void interleave(struct race *race, const struct addrinfo *list)
{
	const struct addrinfo *next[2] = {list, list};
	size_t turn = 0;
	int first = 0;

	for (; list && !first; list = list->ai_next)
		if (is_wanted(list, race->options))
			first = list->ai_family;
	while (next[0] || next[1]) {
		const struct addrinfo **at = &next[turn++ % 2];
		bool is_first = at == &next[0];

		while (*at && ((*at)->ai_family == first) != is_first)
			*at = (*at)->ai_next;
		if (!*at)
			continue;
		if (is_wanted(*at, race->options))
			race->addresses[race->count++] = *at;
		*at = (*at)->ai_next;
	}
}

static struct race *race_new(const struct addrinfo *list, const struct addrinfo *local,
			     const struct async_socket_options *options)
{
	struct race *race;
	size_t most = 0;

	for (const struct addrinfo *address = list; address; address = address->ai_next)
		most++;
	race = async__alloc_zero(sizeof *race +
				 most * (sizeof *race->addresses + sizeof *race->tasks));
	if (!race)
		return NULL;
	race->options = options;
	race->local = local;
	race->tasks = (void *)(race->addresses + most);
	interleave(race, list);
	return race;
}

static int start_next(struct race *race)
{
	async_task(int) task = async_spawn(
		connect_one(race->addresses[race->started], race->local, race->options));

	if (!task)
		return -ENOMEM;
	race->tasks[race->started++] = task;
	return 0;
}

/* Waits until a try has ended or it is time for the next one: -ETIMEDOUT. */
static async int watch(struct race *race)
{
	int ms = race->options->attempt_delay_ms;

	if (race->started == race->count || ms < 0)
		return await async_wait_any(race->tasks, race->started);
	return async_await_timeout(ms ? ms : ATTEMPT_DELAY_MS,
				   async_wait_any(race->tasks, race->started));
}

static async int run(struct race *race)
{
	int error = -ENOENT, at, fd;

	for (;;) {
		at = await watch(race);
		if (at >= 0) {
			fd = await async_join(race->tasks[at]);
			race->tasks[at] = NULL;
			if (fd >= 0)
				return fd;
			error = fd;
		} else if (at != -ETIMEDOUT && at != -ENOENT) {
			return at;
		}
		if (race->started < race->count) {
			at = start_next(race);
			if (at)
				return at;
		} else if (at == -ENOENT) {
			return error;
		}
	}
}

/* A try that has connected all the same loses its connection. */
static async void end_all(struct race *race)
{
	int fd;

	for (size_t i = 0; i < race->started; i++)
		async_cancel(race->tasks[i]);
	for (size_t i = 0; i < race->started; i++) {
		if (!race->tasks[i])
			continue;
		fd = await async_join(race->tasks[i]);
		if (fd >= 0)
			await async_close(fd);
	}
}

static async int connect_list(const struct addrinfo *list, const struct addrinfo *local,
			      const struct async_socket_options *options)
{
	struct race *race;
	int fd;

	if (list && !list->ai_next && is_wanted(list, options))
		return await connect_one(list, local, options);
	race = race_new(list, local, options);
	if (!race)
		return -ENOMEM;
	fd = await run(race);
	await end_all(race);
	free(race);
	return fd;
}

async int async__local_addresses(const struct async_socket_options *options, int type,
				 struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_family = options->family,
		.ai_socktype = type,
		.ai_flags = AI_PASSIVE,
	};

	*list = NULL;
	if (!options->local_host && !options->local_service)
		return 0;
	return await async_getaddrinfo(options->local_host,
				       options->local_service ? options->local_service : "0",
				       &hints, list);
}

ASYNC__EXPORT async int async_connect_any(const struct addrinfo *list,
					  const struct async_socket_options *options)
{
	struct addrinfo *local;
	int fd;

	if (!options)
		options = &async__no_options;
	fd = await async__local_addresses(options, SOCK_STREAM, &local);
	if (!fd)
		fd = await connect_list(list, local, options);
	if (local)
		freeaddrinfo(local);
	return fd;
}

ASYNC__EXPORT async int async_connect_tcp_with(const char *host, const char *service,
					       const struct async_socket_options *options)
{
	struct addrinfo hints = {
		.ai_family = options->family,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
	};
	struct addrinfo *list;
	int fd = await async_getaddrinfo(host, service, &hints, &list);

	if (fd)
		return fd;
	fd = await async_connect_any(list, options);
	freeaddrinfo(list);
	return fd;
}

ASYNC__EXPORT async int async_connect_tcp(const char *host, const char *service)
{
	return await async_connect_tcp_with(host, service, &async__no_options);
}

static int listen_address(const struct addrinfo *address, bool any,
			  const struct async_socket_options *options)
{
	int fd = async__socket_open(address, options), v6_only = options->v6_only, error;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (address->ai_family == AF_INET6 && (any || v6_only))
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
	if (ASYNC__CALL(bind(fd, address->ai_addr, address->ai_addrlen)) ||
	    ASYNC__CALL(listen(fd, options->backlog > 0 ? options->backlog : INT_MAX))) {
		error = -errno;
		async__socket_discard(fd);
		return error;
	}
	return fd;
}

/* For every address of the machine, an IPv6 socket does for both families, so it comes
 * first, whatever the order of the list. */
static int listen_list(const struct addrinfo *list, bool any,
		       const struct async_socket_options *options)
{
	const struct addrinfo *address;
	int fd = -ENOENT;

	for (address = list; address && fd < 0 && any; address = address->ai_next)
		if (address->ai_family == AF_INET6)
			fd = listen_address(address, any, options);
	for (address = list; address && fd < 0; address = address->ai_next)
		if (!any || address->ai_family != AF_INET6)
			fd = listen_address(address, any, options);
	return fd;
}

ASYNC__EXPORT async int async_listen_tcp_with(const char *host, const char *service,
					      const struct async_socket_options *options)
{
	struct addrinfo hints = {
		.ai_family = options->family,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = AI_PASSIVE,
	};
	struct addrinfo *list;
	int fd = await async_getaddrinfo(host, service, &hints, &list);

	if (fd)
		return fd;
	fd = listen_list(list, !host, options);
	freeaddrinfo(list);
	return fd;
}

ASYNC__EXPORT async int async_listen_tcp(const char *host, const char *service, int backlog)
{
	struct async_socket_options options = {.backlog = backlog};

	return await async_listen_tcp_with(host, service, &options);
}

/* Reads and drops what comes. */
static async ssize_t drain(int fd)
{
	char buf[4096];
	ssize_t n;

	do
		n = await async_read(fd, buf, sizeof buf);
	while (n > 0);
	return n;
}

ASYNC__EXPORT async int async_close_lingering(int fd, int64_t ms)
{
	ssize_t n = 0;
	int error;

	if (ASYNC__CALL(shutdown(fd, SHUT_WR)))
		n = -errno;
	else
		n = async_await_timeout(ms, drain(fd));
	error = await async_close(fd);
	return n < 0 ? (int)n : error;
}
