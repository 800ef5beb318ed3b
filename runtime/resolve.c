/* Looking up names: numbers on the spot, all else by the thread's resolver, which is the
 * system's unless the program sets another.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static async int system_addresses(const struct async_resolver *self, const char *host,
				  const char *service, const struct addrinfo *hints,
				  struct addrinfo **list)
{
	(void)self;
	return await async__getaddrinfo(host, service, hints, list);
}

static async int system_names(const struct async_resolver *self,
			      const struct async_name_query *query)
{
	(void)self;
	return await async__getnameinfo(query);
}

static const struct addrinfo for_tcp = {
	.ai_family = AF_UNSPEC,
	.ai_socktype = SOCK_STREAM,
	.ai_protocol = IPPROTO_TCP,
};

static const struct async_resolver system_resolver = {system_addresses, system_names};
static __thread const struct async_resolver *resolver;

ASYNC__EXPORT const struct async_resolver *async_set_resolver(const struct async_resolver *wanted)
{
	const struct async_resolver *former = resolver;

	resolver = wanted;
	return former;
}

static const struct async_resolver *current_resolver(void)
{
	return resolver ? resolver : &system_resolver;
}

ASYNC__EXPORT async int async_getaddrinfo(const char *host, const char *service,
					  const struct addrinfo *hints, struct addrinfo **list)
{
	const struct async_resolver *used = current_resolver();
	int error;

	*list = NULL;
	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	if (!hints)
		hints = &for_tcp;
	error = async__numbers(host, service, hints, list);
	if (error != -ENOENT || hints->ai_flags & AI_NUMERICHOST)
		return error;
	*list = NULL;
	return await used->getaddrinfo(used, host, service, hints, list);
}

static bool is_numeric(const struct async_name_query *query)
{
	bool host = query->host && query->host_size && !(query->flags & NI_NUMERICHOST);
	bool service = query->service && query->service_size && !(query->flags & NI_NUMERICSERV);

	return !host && !service;
}

ASYNC__EXPORT async int async_getnameinfo(const struct sockaddr *address, socklen_t len, char *host,
					  size_t host_size, char *service, size_t service_size,
					  int flags)
{
	struct async_name_query query = {address, len,          host, host_size,
					 service, service_size, flags};
	const struct async_resolver *used = current_resolver();
	int error;

	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	if (is_numeric(&query))
		return async__lookup_error(getnameinfo(address, len, host, (socklen_t)host_size,
						       service, (socklen_t)service_size, flags));
	return await used->getnameinfo(used, &query);
}
