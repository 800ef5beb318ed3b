/* Lookups: addresses by hints, names of addresses, numbers at once, many at a time, cancelled
 * ones, and a resolver of the program's own. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/net.h"

async static int hints(void)
{
	struct addrinfo wanted = {.ai_socktype = SOCK_DGRAM, .ai_family = AF_INET}, *list;

	CHECK(await async_getaddrinfo("127.0.0.1", "53", NULL, &list) == 0);
	CHECK(!list->ai_next && list->ai_socktype == SOCK_STREAM && list->ai_protocol == IPPROTO_TCP);
	freeaddrinfo(list);
	CHECK(await async_getaddrinfo("127.0.0.1", "domain", &wanted, &list) == 0);
	CHECK(list->ai_socktype == SOCK_DGRAM);
	CHECK(((struct sockaddr_in *)list->ai_addr)->sin_port == htons(53));
	freeaddrinfo(list);
	wanted.ai_family = AF_INET6;
	CHECK(await async_getaddrinfo("127.0.0.1", "53", &wanted, &list) == -ENOENT && !list);
	wanted.ai_family = 12345;
	CHECK(await async_getaddrinfo("127.0.0.1", "53", &wanted, &list) == -EAFNOSUPPORT);
	wanted.ai_family = AF_INET;
	wanted.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
	CHECK(await async_getaddrinfo("localhost", "53", &wanted, &list) == -ENOENT && !list);
	CHECK(await async_getaddrinfo(NULL, "53", &wanted, &list) == 0);
	CHECK(((struct sockaddr_in *)list->ai_addr)->sin_addr.s_addr == INADDR_ANY);
	freeaddrinfo(list);
	CHECK(await async_getaddrinfo("127.0.0.1", "no-such-service", &wanted, &list) != 0);
	CHECK(await async_getaddrinfo("localhost", NULL, NULL, &list) == 0);
	freeaddrinfo(list);
	return 0;
}

async static int names(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
	const struct sockaddr *a = (struct sockaddr *)&address;
	char host[NI_MAXHOST], service[NI_MAXSERV];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(await async_getnameinfo(a, sizeof address, host, sizeof host, service, sizeof service,
				      NI_NUMERICHOST | NI_NUMERICSERV) == 0);
	CHECK(!strcmp(host, "127.0.0.1") && !strcmp(service, "80"));
	CHECK(await async_getnameinfo(a, sizeof address, NULL, 0, service, sizeof service, 0) == 0);
	CHECK(!strcmp(service, "http"));
	CHECK(await async_getnameinfo(a, sizeof address, host, sizeof host, service, sizeof service,
				      0) == 0);
	CHECK(!strcmp(host, "localhost") && !strcmp(service, "http"));
	CHECK(await async_getnameinfo(a, sizeof address, host, 3, NULL, 0, NI_NUMERICHOST) == -ENOSPC);
	CHECK(await async_getnameinfo(a, sizeof address, host, 3, NULL, 0, 0) == -ENOSPC);
	CHECK(await async_getnameinfo(a, 3, host, sizeof host, NULL, 0, 0) == -EAFNOSUPPORT);
	return 0;
}

enum { MANY = 40 };

async static int look_up(void)
{
	struct addrinfo *list;
	int error = await async_getaddrinfo("localhost", "http", NULL, &list);

	CHECK((error == 0) == (list != NULL));
	if (list)
		freeaddrinfo(list);
	return error;
}

/* More than there are threads; some cancelled before they begin, some under way. */
async static int many(void)
{
	async_task(int) tasks[MANY];
	int cancelled = 0, error;

	for (int i = 0; i < MANY; i++)
		tasks[i] = async_spawn(look_up());
	CHECK(await async_yield() == 0);
	for (int i = 0; i < MANY; i += 2)
		async_cancel(tasks[i]);
	for (int i = 0; i < MANY; i++) {
		error = await async_join(tasks[i]);
		CHECK(error == 0 || (error == -ECANCELED && i % 2 == 0));
		cancelled += error == -ECANCELED;
	}
	CHECK(cancelled > 0);
	return 0;
}

/* Every name is this machine's. */
struct own {
	struct async_resolver resolver;
	int asked;
};

async static int own_addresses(const struct async_resolver *self, const char *host,
			       const char *service, const struct addrinfo *wanted,
			       struct addrinfo **list)
{
	struct own *own = (struct own *)(uintptr_t)self;
	int error = await async_sleep_ms(3);

	own->asked++;
	if (error || !strcmp(host, "absent.test"))
		return error ? error : -ENOENT;
	return await async_getaddrinfo("127.0.0.1", service, wanted, list);
}

async static int own_names(const struct async_resolver *self, const struct async_name_query *query)
{
	(void)self;
	snprintf(query->host, query->host_size, "name.test");
	return await async_yield();
}

async static int resolver(void)
{
	struct own own = {{own_addresses, own_names}, 0};
	int listener = await async_listen_tcp("127.0.0.1", "0", 0), fd, peer;
	struct sockaddr_in address = {.sin_family = AF_INET};
	char service[8], host[32];

	service_of(listener, service);
	CHECK(async_set_resolver(&own.resolver) == NULL);
	fd = await async_connect_tcp("some.test", service);
	CHECK(fd >= 0 && (peer = await async_accept(listener)) >= 0 && own.asked == 1);
	CHECK(await async_connect_tcp("absent.test", service) == -ENOENT && own.asked == 2);
	/* Not for numbers. */
	CHECK(await async_close(fd) == 0);
	fd = await async_connect_tcp("127.0.0.1", service);
	CHECK(fd >= 0 && own.asked == 2);
	CHECK(await async_getnameinfo((struct sockaddr *)&address, sizeof address, host, sizeof host,
				      NULL, 0, 0) == 0 && !strcmp(host, "name.test"));
	CHECK(async_await_timeout(1, look_up()) == -ETIMEDOUT);
	CHECK(async_set_resolver(NULL) == &own.resolver);
	CHECK(await look_up() == 0);
	await async_close(fd);
	await async_close(peer);
	await async_close(listener);
	return 0;
}

async static int all(void)
{
	CHECK(await hints() == 0);
	CHECK(await names() == 0);
	CHECK(await many() == 0);
	CHECK(await resolver() == 0);
	return 0;
}

int main(void)
{
	CHECK(async_run(all()) == 0);
	return 0;
}
