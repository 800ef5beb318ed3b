/* Looks up the addresses of many host names at the same time, without threads, on c-ares: one name
 * in each line of standard input, one line of output for each, as answers come.
 *
 *     asyncc -O2 resolve_names.c -lasyncc_cares -lcares -o resolve_names
 *     ./resolve_names 100 < names.txt      or      ./resolve_names 100 192.0.2.1,192.0.2.2 <
 * names.txt
 *
 * so many at a time, with the system's name servers or those given. Names are looked up by
 * async_getaddrinfo as ever; it is the resolver behind it that is another one.
 */
#include <asyncc.h>
#include <asyncc/cares.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 2000, TRIES = 3 };

static struct async_semaphore room;
static int found, failed;

static const char *reason_of(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such name";
	case -EAGAIN:
		return "no answer";
	default:
		return strerror(-error);
	}
}

static void print_addresses(const char *name, const struct addrinfo *list)
{
	char text[INET6_ADDRSTRLEN];

	printf("%s:", name);
	for (; list; list = list->ai_next) {
		const struct sockaddr_in *v4 = (const void *)list->ai_addr;
		const struct sockaddr_in6 *v6 = (const void *)list->ai_addr;
		if (inet_ntop(list->ai_family,
			      list->ai_family == AF_INET ? (const void *)&v4->sin_addr
							 : (const void *)&v6->sin6_addr,
			      text, sizeof text))
			printf(" %s", text);
	}
	printf("\n");
}

static async void look_up(char *name)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int error = await async_getaddrinfo(name, NULL, &hints, &list);

	if (error)
		printf("%s: %s\n", name, reason_of(error));
	else
		print_addresses(name, list);
	fflush(stdout);
	failed += error != 0;
	found += error == 0;
	if (list)
		freeaddrinfo(list);
	free(name);
	async_semaphore_release(&room, 1);
}

/* Gives 0 at the end of the input. */
static async int look_up_all(struct async_stream *input)
{
	char *line, *name;
	ssize_t r;

	ASYNC_GROUP(group);
	while ((r = await async_stream_read_line(input, &line)) >= 0) {
		if (!*line)
			continue;
		name = strdup(line);
		r = name ? await async_semaphore_acquire(&room, 1) : -ENOMEM;
		if (r == 0)
			r = async_group_start(&group, look_up(name));
		if (r < 0) {
			free(name);
			break;
		}
	}
	return r == -ENODATA ? 0 : (int)r;
}

async int main(int argc, char **argv)
{
	struct async_cares_options options = {
		.servers = argc == 3 ? argv[2] : NULL, .timeout_ms = TIMEOUT_MS, .tries = TRIES};
	struct async_stream *input;
	struct async_cares *cares;
	int error;

	if (argc < 2 || argc > 3 || atoi(argv[1]) < 1) {
		fprintf(stderr, "usage: resolve_names AT-A-TIME [SERVERS] < NAMES\n");
		return 2;
	}
	async_shutdown_on(SIGINT, SIGTERM);
	error = async_cares_new(&options, &cares);
	if (error) {
		fprintf(stderr, "resolve_names: %s\n", strerror(-error));
		return 1;
	}
	async_set_resolver(async_cares_resolver(cares));
	async_semaphore_release(&room, (unsigned)atoi(argv[1]));
	input = async_stream_of_fds(STDIN_FILENO, -1);
	error = input ? await look_up_all(input) : -ENOMEM;
	if (input)
		await async_stream_close(input);
	async_set_resolver(NULL);
	await async_cares_free(cares);
	fprintf(stderr, "%d found, %d not\n", found, failed);
	if (error)
		fprintf(stderr, "resolve_names: %s\n", strerror(-error));
	return error || failed ? 1 : 0;
}
