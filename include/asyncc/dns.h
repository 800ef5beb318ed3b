/* Names and addresses.
 *
 * Names are looked up by the system's resolver, getaddrinfo(3) and getnameinfo(3) with all
 * that nsswitch.conf(5) says, on other threads, so a slow name server holds up nobody;
 * numbers take no detour. A thread may use another resolver instead: async_set_resolver,
 * asyncc/cares.h.
 *
 * Errors of lookups: -ENOENT (no such name, or none with an address), -ESRCH (no such
 * service), -EAGAIN (the name servers cannot tell now), -EREMOTEIO (they failed for good),
 * -EAFNOSUPPORT (an unknown family), -EINVAL (bad hints or flags), -ENOMEM, -EMFILE or
 * -ENFILE, -ECANCELED (results are dropped, and nothing is left behind), or the negative
 * errno of another failure.
 */
#ifndef ASYNCC_DNS_H
#define ASYNCC_DNS_H

#include <asyncc.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;
struct sockaddr;

/* Looks up the addresses of host (a name or an address; NULL for this machine, or with
 * AI_PASSIVE for every address of it) and service (a port number or a name; NULL for none),
 * as hints say, which may be NULL: TCP, IPv4 and IPv6. See getaddrinfo(3); flags are as
 * there. Gives 0 and a list to be freed by freeaddrinfo(3), or an error, with the list set
 * to NULL. */
_Async int async_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
			     struct addrinfo **list);

/* Looks up the names of an address and its port: getnameinfo(3), with flags as there. A host
 * or service of NULL is not wanted. Without NI_NAMEREQD a host without a name gives its
 * number. With NI_NUMERICHOST and NI_NUMERICSERV both are written at once. Gives 0, -ENOSPC
 * when a buffer is too small, or an error. */
_Async int async_getnameinfo(const struct sockaddr *address, unsigned len, char *host,
			     size_t host_size, char *service, size_t service_size, int flags);

/* What async_getnameinfo was called with. */
struct async_name_query {
	const struct sockaddr *address;
	unsigned len;
	char *host;
	size_t host_size;
	char *service;
	size_t service_size;
	int flags;
};

/* A resolver: functions with the results and errors above, called for what is no number.
 * Lists are such that freeaddrinfo(3) can free them. */
struct async_resolver {
	_Async int (*getaddrinfo)(const struct async_resolver *self, const char *host,
				  const char *service, const struct addrinfo *hints,
				  struct addrinfo **list);
	_Async int (*getnameinfo)(const struct async_resolver *self,
				  const struct async_name_query *query);
};

/* Makes this thread's lookups, those of async_connect_tcp and the like included, use a
 * resolver, which must exist until another is set; NULL: the system's. Lookups that are under
 * way go on. Gives the former one, NULL for the system's. */
const struct async_resolver *async_set_resolver(const struct async_resolver *resolver);

#ifdef __cplusplus
}
#endif

#endif
