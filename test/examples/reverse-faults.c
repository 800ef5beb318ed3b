/* Each system call of the reverse proxy fails in turn, and allocations of it, of OpenSSL and of the
 * runtime, while a client on another thread asks a server on that thread through it: it ends, leaves no
 * descriptor or memory behind, and no client takes half an answer for a whole one. */
// REQUIRES: tls
// RUN: sh %S/../tls/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=address,undefined -fno-sanitize-recover=all -I%examples %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// RUN: env ASAN_OPTIONS=malloc_context_size=3 %t %t.d > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: calls failed
// CHECK: allocations failed
#define _GNU_SOURCE
#include "../runtime/Inputs/net.h"
#include "../tls/Inputs/failing-openssl.h"

#include <pthread.h>
#include <stdatomic.h>

#define main proxy_main
#include "reverse_proxy.c"
#undef main

static char *folder;
/* The other thread */

enum { LEN = 30000, ROUNDS = 2 };
static char data[LEN], server_name[32], proxy_port[8];
static struct async_notify go = ASYNC_NOTIFY_INIT, done = ASYNC_NOTIFY_INIT, ready = ASYNC_NOTIFY_INIT;
static atomic_bool proxy_ended, finished, leave;
static atomic_int good;

/* Gives back the body of each request. */
async static void give_back(struct async_stream *s, void *arg)
{
	char *line, buf[LEN];
	size_t len = 0;
	ssize_t n;

	while ((n = await async_stream_read_line(s, &line)) > 0)
		if (!strncasecmp(line, "Content-Length:", 15))
			len = (size_t)atol(line + 15);
	if (n < 0 || len > LEN || await async_stream_read_exactly(s, buf, len) < 0)
		return;
	await async_stream_printf(s, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
	await async_stream_write(s, buf, len);
}

/* Whether the whole answer has come, and it is the right one. */
async static bool ask_once(struct async_stream *s)
{
	char *line, buf[LEN];
	size_t len = 0;
	bool right;
	ssize_t n;

	await async_stream_printf(s, "POST / HTTP/1.1\r\nHost: server.test\r\nContent-Length: %d\r\n\r\n", LEN);
	await async_stream_write(s, data, LEN);
	if (await async_stream_flush(s) < 0 || await async_stream_read_line(s, &line) < 0)
		return false;
	right = !strcmp(line, "HTTP/1.1 200 OK");
	CHECK(right || !strncmp(line, "HTTP/1.1 4", 10) || !strncmp(line, "HTTP/1.1 50", 11));
	while ((n = await async_stream_read_line(s, &line)) > 0)
		if (!strncasecmp(line, "Content-Length:", 15))
			len = (size_t)atol(line + 15);
	if (n < 0 || !right || await async_stream_read_exactly(s, buf, len) < 0)
		return false;
	CHECK(len == LEN && !memcmp(buf, data, LEN));
	return true;
}

async static int use_proxy(struct async_tls_config *config)
{
	struct async_stream *s;
	int error;

	/* Those of reading certificates have a test of their own. */
	do {
		counting = true;
		error = await async_tls_connect("127.0.0.1", proxy_port, config, &s, NULL);
		if (error == -ECONNREFUSED)
			await async_sleep_ms(2);
	} while (error == -ECONNREFUSED && !proxy_ended);
	if (error)
		return error;
	for (int i = 0; i < ROUNDS; i++)
		if (!await ask_once(s))
			break;
		else
			good++;
	await async_stream_close(s);
	return 0;
}

async static int peers(void)
{
	struct async_tls_options options = {.ca_file = NULL};
	struct async_tls_config *config;
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);
	async_task(int) server;
	char ca[300];

	snprintf(ca, sizeof ca, "%s/ca.crt", folder);
	options.ca_file = ca;
	CHECK(async_tls_config_new(&options, &config, NULL) == 0);
	snprintf(server_name, sizeof server_name, "127.0.0.1:%d", port_of(listener));
	server = async_spawn(async_serve(listener, give_back, NULL));
	async_notify_post(&ready);
	for (;;) {
		CHECK(await async_notify_wait(&go) == 0);
		if (leave)
			break;
		async_await_timeout(10000, use_proxy(config));
		async_notify_post(&done);
		finished = true;
	}
	async_cancel(server);
	CHECK(await async_join(server) == -ECANCELED);
	await async_close(listener);
	async_tls_config_free(config);
	return 0;
}

static void *other_thread(void *arg)
{
	CHECK(async_run(peers()) == 0);
	return NULL;
}

/* This one */

async static int to_the_end(int count, char **arguments)
{
	int status = await proxy_main(count, arguments);

	proxy_ended = true;
	return status;
}

async static int run_proxy(void)
{
	char chain[300], key[300];
	char *arguments[] = {"reverse_proxy", "-t", "2000", proxy_port, chain, key, server_name, NULL};
	async_task(int) task;

	snprintf(chain, sizeof chain, "%s/server.crt", folder);
	snprintf(key, sizeof key, "%s/server.key", folder);
	optind = 1;
	stopping = false;
	idle_ones = NULL;
	task = async_spawn(to_the_end(7, arguments));
	await async_notify_wait(&done);
	async_cancel(task);
	return await async_join(task);
}

/* Whether all requests were answered. */
static bool attempt(void)
{
	uint64_t began = async_now_ns();

	good = 0;
	proxy_ended = finished = false;
	async_notify_post(&go);
	async_run(run_proxy());
	counting = false;
	proxy_ended = true;
	while (!finished)
		usleep(500);
	/* Where waiting failed, nobody has taken it. */
	done = (struct async_notify)ASYNC_NOTIFY_INIT;
	CHECK(async_now_ns() - began < UINT64_C(30000000000));
	return good == ROUNDS;
}

async static int wait_for(struct async_notify *flag)
{
	return await async_notify_wait(flag);
}

static void find_port(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
	service_of(fd, proxy_port);
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned long n, count = 0, seen = 0, step;
	pthread_t thread;
	int descriptors;
	bool all_good;

	CHECK(fail_openssl());
	CHECK(argc == 2);
	folder = argv[1];
	for (size_t i = 0; i < LEN; i++)
		data[i] = (char)(i * 13 / 7);
	find_port();
	CHECK(pthread_create(&thread, NULL, other_thread, NULL) == 0);
	CHECK(async_run(wait_for(&ready)) == 0);
	for (int i = 0; i < 2; i++)
		CHECK((allocations = 0, attempt()));
	step = getenv("ASYNC_EVERY") ? 1 : allocations / 25;
	descriptors = count_descriptors();
	for (n = 1;; n++, count++) {
		async_test_fail_call(n, -EIO);
		all_good = attempt();
		CHECK(count_descriptors() <= descriptors + 4);
		if (!async_test_call_failed())
			break;
		seen += !all_good;
	}
	async_test_fail_call(0, 0);
	CHECK(all_good && n > 20 && seen > 5);
	printf("%lu calls failed, %lu of them seen by the client\n", count, seen);
	count = seen = 0;
	for (int all = 0; all < 2; all++) {
		for (n = 1;; n += step + async_test_random() % step, count++) {
			async_test_fail_allocation(n, all);
			all_good = attempt();
			CHECK(count_descriptors() <= descriptors + 4);
			if (!async_test_allocation_failed())
				break;
			seen += !all_good;
		}
		async_test_fail_allocation(0, false);
		CHECK(all_good);
	}
	printf("%lu of %lu allocations failed, %lu of them seen by the client\n", count, n, seen);
	leave = true;
	async_notify_post(&go);
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
