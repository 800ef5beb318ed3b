/* A resolver on c-ares, by public interfaces alone: c-ares says which sockets it wants to be
 * told of, an epoll descriptor of our own has these, and one task waits for that descriptor
 * as long as lookups are under way. Answers wake the tasks that wait for them.
 */
#define _GNU_SOURCE
#include <asyncc.h>
#include <asyncc/cares.h>

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define EVENTS 16

struct async_cares {
	struct async_resolver resolver;
	ares_channel channel;
	int epoll;
	unsigned pending;         /* lookups */
	struct async_event begun; /* a lookup, whose timeout may be the next */
	async_task(int) driver;
};

struct answer {
	int status;
	struct ares_addrinfo *found;
	char *host, *service;
};

/* A lookup, until c-ares answers. Its task may have gone before that. */
struct query {
	struct async_cares *cares;
	async_oneshot(struct answer) answer;
};

static int error_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
	case ARES_ENONAME:
	case ARES_EBADNAME:
		return -ENOENT;
	case ARES_ESERVICE:
		return -ESRCH;
	case ARES_ESERVFAIL:
	case ARES_ETIMEOUT:
	case ARES_ECONNREFUSED:
		return -EAGAIN;
	case ARES_EBADFAMILY:
		return -EAFNOSUPPORT;
	case ARES_EBADFLAGS:
	case ARES_EBADHINTS:
		return -EINVAL;
	case ARES_ENOMEM:
		return -ENOMEM;
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return -ECANCELED;
	default:
		return -EREMOTEIO;
	}
}

/* What c-ares wants to be told of a socket. */
static void watch(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct async_cares *cares = arg;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u),
		.data.fd = fd,
	};

	if (!readable && !writable)
		epoll_ctl(cares->epoll, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(cares->epoll, EPOLL_CTL_MOD, fd, &event))
		epoll_ctl(cares->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Passes on events, or that time has passed. */
static void process(struct async_cares *cares)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(cares->epoll, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		bool failed = events[i].events & (EPOLLERR | EPOLLHUP);
		int fd = events[i].data.fd;

		ares_process_fd(cares->channel,
				failed || events[i].events & EPOLLIN ? fd : ARES_SOCKET_BAD,
				failed || events[i].events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	}
	if (count <= 0)
		ares_process_fd(cares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static int64_t until_timeout(struct async_cares *cares)
{
	struct timeval room, *timeout = ares_timeout(cares->channel, NULL, &room);

	return timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000 : -1;
}

static async int wait_for_news(struct async_cares *cares)
{
	int result;

	return await async_select(&result, async_on_fd(cares->epoll, ASYNC_READABLE),
				  async_on_event(&cares->begun));
}

static async int drive(struct async_cares *cares)
{
	int error;

	while (cares->pending) {
		error = async_await_timeout(until_timeout(cares), wait_for_news(cares));
		if (error < 0 && error != -ETIMEDOUT) {
			ares_cancel(cares->channel);
			return error;
		}
		async_event_clear(&cares->begun);
		process(cares);
	}
	return 0;
}

/* Sees to it that somebody waits for answers. */
static async int start_driver(struct async_cares *cares)
{
	async_task(int) former = cares->driver;

	if (former && !async_done(former))
		return 0;
	cares->driver = async_spawn(drive(cares));
	if (former)
		await async_join(former);
	return cares->driver ? 0 : -ENOMEM;
}

static void answer_free(struct answer *answer)
{
	if (answer->found)
		ares_freeaddrinfo(answer->found);
	free(answer->host);
	free(answer->service);
}

static void answer_query(struct query *query, struct answer answer)
{
	query->cares->pending--;
	if (async_oneshot_set(query->answer, answer))
		answer_free(&answer);
	free(query);
}

static void addresses_found(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
	(void)timeouts;
	answer_query(arg, (struct answer){.status = status, .found = found});
}

static void names_found(void *arg, int status, int timeouts, char *host, char *service)
{
	struct answer answer = {
		.status = status,
		.host = host ? strdup(host) : NULL,
		.service = service ? strdup(service) : NULL,
	};

	(void)timeouts;
	if ((host && !answer.host) || (service && !answer.service))
		answer.status = ARES_ENOMEM;
	answer_query(arg, answer);
}

static async struct query *query_new(struct async_cares *cares, int *error)
{
	struct query *query = calloc(1, sizeof *query);

	*error = -ENOMEM;
	if (!query)
		return NULL;
	query->cares = cares;
	query->answer = async_oneshot_new(struct answer);
	cares->pending++;
	if (query->answer)
		*error = await start_driver(cares);
	if (!*error)
		return query;
	cares->pending--;
	async_oneshot_free(query->answer);
	free(query);
	return NULL;
}

/* Waits for the answer, which the caller frees when this gives 0. */
static async int wait_for_answer(struct async_cares *cares, async_oneshot(struct answer) coming,
				 struct answer *answer)
{
	async_event_set(&cares->begun);
	return await async_oneshot_wait(coming, answer);
}

/* A list of one more address, made by the C library, whose freeaddrinfo takes lists apart one
 * by one. */
static async int append(struct addrinfo **list, const struct ares_addrinfo_node *node)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_family = node->ai_family,
		.ai_socktype = node->ai_socktype,
		.ai_protocol = node->ai_protocol,
	};
	char host[INET6_ADDRSTRLEN], service[8];
	const struct sockaddr_in *v4 = (const void *)node->ai_addr;
	const struct sockaddr_in6 *v6 = (const void *)node->ai_addr;
	bool is_v4 = node->ai_family == AF_INET;

	if (!is_v4 && node->ai_family != AF_INET6)
		return 0;
	if (!inet_ntop(node->ai_family,
		       is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, host,
		       sizeof host))
		return -errno;
	snprintf(service, sizeof service, "%u", ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
	while (*list)
		list = &(*list)->ai_next;
	return await async_getaddrinfo(host, service, &hints, list);
}

static async int convert(const struct ares_addrinfo *found, int flags, struct addrinfo **list)
{
	int error = 0;

	for (const struct ares_addrinfo_node *node = found->nodes; node && !error;
	     node = node->ai_next)
		error = await append(list, node);
	if (!error && !*list)
		error = -ENOENT;
	if (!error && flags & AI_CANONNAME && found->name) {
		(*list)->ai_canonname = strdup(found->name);
		error = (*list)->ai_canonname ? 0 : -ENOMEM;
	}
	return error;
}

static int ares_flags(int flags)
{
	static const struct {
		int ours, theirs;
	} pairs[] = {
		{AI_CANONNAME, ARES_AI_CANONNAME},   {AI_NUMERICHOST, ARES_AI_NUMERICHOST},
		{AI_PASSIVE, ARES_AI_PASSIVE},       {AI_NUMERICSERV, ARES_AI_NUMERICSERV},
		{AI_V4MAPPED, ARES_AI_V4MAPPED},     {AI_ALL, ARES_AI_ALL},
		{AI_ADDRCONFIG, ARES_AI_ADDRCONFIG},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		result |= flags & pairs[i].ours ? pairs[i].theirs : 0;
	return result;
}

static async int look_up(struct async_cares *cares, const char *host, const char *service,
			 const struct addrinfo *hints, struct addrinfo **list)
{
	struct ares_addrinfo_hints wanted = {
		.ai_flags = ares_flags(hints->ai_flags),
		.ai_family = hints->ai_family,
		.ai_socktype = hints->ai_socktype,
		.ai_protocol = hints->ai_protocol,
	};
	async_oneshot(struct answer) coming;
	struct answer answer;
	int error;
	struct query *query = await query_new(cares, &error);

	if (!query)
		return error;
	coming = query->answer; /* the query may have gone when the call returns */
	ares_getaddrinfo(cares->channel, host, service, &wanted, addresses_found, query);
	error = await wait_for_answer(cares, coming, &answer);
	if (error)
		return error;
	error = error_of(answer.status);
	if (!error)
		error = await convert(answer.found, hints->ai_flags, list);
	answer_free(&answer);
	return error;
}

/* Without a host: this machine, or any address of it. */
static async int look_up_own(struct async_cares *cares, const char *service,
			     const struct addrinfo *hints, struct addrinfo **list)
{
	bool passive = hints->ai_flags & AI_PASSIVE;
	struct addrinfo *last;
	int error = -ENOENT;

	if (hints->ai_family != AF_INET)
		error = await look_up(cares, passive ? "::" : "::1", service, hints, list);
	if (hints->ai_family == AF_INET6 || (error && error != -ENOENT))
		return error;
	for (last = *list; last && last->ai_next;)
		last = last->ai_next;
	return await look_up(cares, passive ? "0.0.0.0" : "127.0.0.1", service, hints,
			     last ? &last->ai_next : list);
}

static struct async_cares *cares_of(const struct async_resolver *resolver)
{
	return (struct async_cares *)(uintptr_t)resolver;
}

static async int cares_getaddrinfo(const struct async_resolver *self, const char *host,
				   const char *service, const struct addrinfo *hints,
				   struct addrinfo **list)
{
	struct async_cares *cares = cares_of(self);
	int error;

	*list = NULL;
	error = host ? await look_up(cares, host, service, hints, list)
		     : await look_up_own(cares, service, hints, list);
	if (error && *list) {
		freeaddrinfo(*list);
		*list = NULL;
	}
	return error;
}

/* Whether the text fits. */
static bool put_text(char *to, size_t size, const char *text)
{
	return !to || !size || (text && (size_t)snprintf(to, size, "%s", text) < size);
}

static int ares_name_flags(const struct async_name_query *names)
{
	int flags = names->flags;

	return (names->host && names->host_size ? ARES_NI_LOOKUPHOST : 0) |
	       (names->service && names->service_size ? ARES_NI_LOOKUPSERVICE : 0) |
	       (flags & NI_NUMERICHOST ? ARES_NI_NUMERICHOST : 0) |
	       (flags & NI_NUMERICSERV ? ARES_NI_NUMERICSERV : 0) |
	       (flags & NI_NAMEREQD ? ARES_NI_NAMEREQD : 0) |
	       (flags & NI_NOFQDN ? ARES_NI_NOFQDN : 0) | (flags & NI_DGRAM ? ARES_NI_DGRAM : 0);
}

static async int cares_getnameinfo(const struct async_resolver *self,
				   const struct async_name_query *names)
{
	struct async_cares *cares = cares_of(self);
	async_oneshot(struct answer) coming;
	struct answer answer;
	int error;
	struct query *query = await query_new(cares, &error);

	if (!query)
		return error;
	coming = query->answer;
	ares_getnameinfo(cares->channel, names->address, names->len, ares_name_flags(names),
			 names_found, query);
	error = await wait_for_answer(cares, coming, &answer);
	if (error)
		return error;
	error = error_of(answer.status);
	if (!error && (!put_text(names->host, names->host_size, answer.host) ||
		       !put_text(names->service, names->service_size, answer.service)))
		error = -ENOSPC;
	answer_free(&answer);
	return error;
}

static int channel_open(struct async_cares *cares, const struct async_cares_options *options)
{
	struct ares_options wanted = {
		.sock_state_cb = watch,
		.sock_state_cb_data = cares,
		.timeout = options->timeout_ms,
		.tries = options->tries,
	};
	int mask = ARES_OPT_SOCK_STATE_CB | (options->timeout_ms > 0 ? ARES_OPT_TIMEOUTMS : 0) |
		   (options->tries > 0 ? ARES_OPT_TRIES : 0);
	int status = ares_init_options(&cares->channel, &wanted, mask);

	if (status)
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	if (!options->servers)
		return 0;
	status = ares_set_servers_ports_csv(cares->channel, options->servers);
	if (status)
		ares_destroy(cares->channel);
	return !status ? 0 : status == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

EXPORT int async_cares_new(const struct async_cares_options *options, struct async_cares **made)
{
	static const struct async_cares_options none;
	struct async_cares *cares = calloc(1, sizeof *cares);
	int error = -ENOMEM;

	*made = NULL;
	if (!cares)
		goto fail;
	error = ares_library_init(ARES_LIB_INIT_ALL) ? -EIO : 0;
	if (error)
		goto fail_cares;
	cares->resolver = (struct async_resolver){cares_getaddrinfo, cares_getnameinfo};
	cares->epoll = epoll_create1(EPOLL_CLOEXEC);
	error = cares->epoll < 0 ? -errno : 0;
	if (error)
		goto fail_library;
	error = channel_open(cares, options ? options : &none);
	if (error)
		goto fail_epoll;
	*made = cares;
	return 0;

fail_epoll:
	close(cares->epoll);
fail_library:
	ares_library_cleanup();
fail_cares:
	free(cares);
fail:
	return error;
}

EXPORT const struct async_resolver *async_cares_resolver(const struct async_cares *cares)
{
	return &cares->resolver;
}

EXPORT async int async_cares_free(struct async_cares *cares)
{
	if (cares->driver) {
		async_cancel(cares->driver);
		await async_join(cares->driver);
	}
	ares_destroy(cares->channel);
	await async_close(cares->epoll);
	ares_library_cleanup();
	free(cares);
	return 0;
}
