/* Which TCP ports of this machine are open: tries a range of them on a loopback address, so
 * many at a time, each for at most half a second, and prints the open ones in order. Other
 * addresses are refused.
 *
 *     asyncc -O2 port_scan.c -o port_scan && ./port_scan 127.0.0.1 1 1024
 */
#include <asyncc.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 200, WAIT_MS = 500, LAST = 65535 };

static bool open_ports[LAST + 1];

static bool is_loopback(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Takes a place among those who try at the same time. */
static async int probe(const char *host, int port, struct async_semaphore *places)
{
	char service[8];
	int fd;

	snprintf(service, sizeof service, "%d", port);
	fd = async_await_timeout(WAIT_MS, async_connect_tcp(host, service));
	open_ports[port] = fd >= 0;
	if (fd >= 0)
		await async_close(fd);
	async_semaphore_release(places, 1);
	/* Not being let in says that a port is closed; all else is a failure. */
	return fd >= 0 || fd == -ECONNREFUSED || fd == -ETIMEDOUT ? 0 : fd;
}

static async int scan(const char *host, int first, int last)
{
	struct async_semaphore places = ASYNC_SEMAPHORE_INIT(AT_ONCE);
	struct async_group group;
	int error = async_group_open(&group), closed;

	for (int port = first; port <= last && !error; port++) {
		error = await async_semaphore_acquire(&places, 1);
		if (!error)
			error = async_group_start(&group, probe(host, port, &places));
	}
	closed = await async_group_close(&group);
	return closed ? closed : error;
}

async int main(int argc, char **argv)
{
	int first = argc == 4 ? atoi(argv[2]) : 0, last = argc == 4 ? atoi(argv[3]) : 0;
	int error, count = 0;

	if (first < 1 || last > LAST || first > last || !is_loopback(argv[1])) {
		fprintf(stderr, "usage: port_scan LOOPBACK-ADDRESS FIRST LAST\n");
		return 2;
	}
	error = await scan(argv[1], first, last);
	for (int port = first; port <= last; port++) {
		if (open_ports[port])
			printf("%d open\n", port);
		count += open_ports[port];
	}
	printf("%d of %d\n", count, last - first + 1);
	if (error)
		fprintf(stderr, "port_scan: %s\n", strerror(-error));
	return error != 0;
}
