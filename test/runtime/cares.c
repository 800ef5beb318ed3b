/* The resolver on c-ares, with a name server of the test's own: many lookups at once on one
 * thread, both families, names of addresses, errors, cancelled lookups, its end. */
// REQUIRES: cares
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t -L%build/lib -lasyncc_cares -lcares
// RUN: %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/dns.h"

#include <asyncc/cares.h>

async static int address_of(const char *name, int family, struct sockaddr_storage *address)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list;
	int error = await async_getaddrinfo(name, "80", &hints, &list), count = 0;

	CHECK((error == 0) == (list != NULL));
	for (struct addrinfo *at = list; at; at = at->ai_next) {
		CHECK(at->ai_socktype == SOCK_STREAM);
		memcpy(address, at->ai_addr, at->ai_addrlen);
		count++;
	}
	if (list)
		freeaddrinfo(list);
	return error ? error : count;
}

async static int expect(int number)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	char name[16];

	snprintf(name, sizeof name, "h%d.test", number);
	CHECK(await address_of(name, AF_UNSPEC, &address) == 1);
	CHECK(v4->sin_family == AF_INET && v4->sin_port == htons(80));
	CHECK(ntohl(v4->sin_addr.s_addr) == INADDR_LOOPBACK + (unsigned)number - 1);
	return 0;
}

async static int many(void)
{
	struct async_group group;

	CHECK(async_group_open(&group) == 0);
	for (int i = 1; i <= 200; i++)
		CHECK(async_group_start(&group, expect(i)) == 0);
	CHECK(await async_group_close(&group) == 0);
	return 0;
}

async static int kinds(void)
{
	struct sockaddr_storage address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_family = AF_INET}, *list;
	char host[64], service[64];

	CHECK(await address_of("both.test", AF_UNSPEC, &address) == 2);
	CHECK(await address_of("both.test", AF_INET6, &address) == 1);
	CHECK(address.ss_family == AF_INET6);
	CHECK(await address_of("h7.test", AF_INET6, &address) == -ENOENT);
	CHECK(await address_of("absent.test", AF_UNSPEC, &address) == -ENOENT);
	CHECK(await address_of("slow.test", AF_INET, &address) == 1);
	CHECK(await address_of("mute.test", AF_INET, &address) == -EAGAIN);
	CHECK(await async_getaddrinfo("h7.test", "http", &hints, &list) == 0);
	CHECK(!strcmp(list->ai_canonname, "h7.test"));
	CHECK(((struct sockaddr_in *)list->ai_addr)->sin_port == htons(80));
	freeaddrinfo(list);
	CHECK(await async_getaddrinfo("h7.test", "no-such-service", NULL, &list) == -ESRCH);
	CHECK(await async_getaddrinfo(NULL, "http", NULL, &list) == 0 && list->ai_next);
	freeaddrinfo(list);

	*v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(80)};
	v4->sin_addr.s_addr = htonl(0x7f000037);
	CHECK(await async_getnameinfo((struct sockaddr *)v4, sizeof *v4, host, sizeof host, service,
				      sizeof service, 0) == 0);
	CHECK(!strcmp(host, "h55.test") && !strcmp(service, "http"));
	CHECK(await async_getnameinfo((struct sockaddr *)v4, sizeof *v4, host, 4, NULL, 0, 0) ==
	      -ENOSPC);
	return 0;
}

async static int cancelled(void)
{
	struct sockaddr_storage address;
	async_task(int) tasks[3];

	CHECK(async_await_timeout(10, address_of("slow.test", AF_INET, &address)) == -ETIMEDOUT);
	/* The answer that nobody wants comes meanwhile. */
	CHECK(await async_sleep_ms(60) == 0);
	for (int i = 0; i < 3; i++)
		tasks[i] = async_spawn(address_of("slow.test", AF_INET, &address));
	CHECK(await async_yield() == 0);
	async_cancel(tasks[1]);
	CHECK(await async_join(tasks[0]) == 1);
	CHECK(await async_join(tasks[1]) == -ECANCELED);
	CHECK(await async_join(tasks[2]) == 1);
	return 0;
}

async static int all(void)
{
	int fd = await async_bind_udp("127.0.0.1", "0", NULL), listener, client, buffer = 1 << 20;
	struct async_cares_options options = {.timeout_ms = 300, .tries = 2};
	struct sockaddr_storage address;
	async_task(int) server = async_spawn(serve_names(fd)), waiting;
	struct async_cares *cares;
	char servers[32], service[8];

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	options.servers = "nonsense!";
	CHECK(async_cares_new(&options, &cares) == -EINVAL && !cares);
	snprintf(servers, sizeof servers, "127.0.0.1:%d", port_of(fd));
	options.servers = servers;
	CHECK(async_cares_new(&options, &cares) == 0);
	async_set_resolver(async_cares_resolver(cares));
	CHECK(await kinds() == 0);
	questions = 0;
	CHECK(await many() == 0);
	CHECK(questions >= 400);
	CHECK(await cancelled() == 0);
	listener = await async_listen_tcp("127.0.0.1", "0", 0);
	client = await async_connect_tcp("both.test", service_of(listener, service));
	CHECK(client >= 0);
	await async_close(client);
	await async_close(listener);

	waiting = async_spawn(address_of("mute.test", AF_INET, &address));
	CHECK(await async_sleep_ms(5) == 0);
	async_set_resolver(NULL);
	CHECK(await async_cares_free(cares) == 0);
	CHECK(await async_join(waiting) == -ECANCELED);
	CHECK(async_cares_new(NULL, &cares) == 0 && await async_cares_free(cares) == 0);
	async_cancel(server);
	await async_join(server);
	await async_close(fd);
	return 0;
}

int main(void)
{
	int before = count_descriptors();

	CHECK(async_run(all()) == 0);
	CHECK(count_descriptors() <= before + 2);
	return 0;
}
