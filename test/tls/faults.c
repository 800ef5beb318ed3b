/* Every allocation fails in turn, the library's own, OpenSSL's and the runtime's, once or from then
 * on; every call of the streams below fails in turn: all ends with an error where there was one to
 * give, nothing is leaked, nobody waits for ever, and what was received is what was sent. */
// REQUIRES: tls
// RUN: sh %S/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=address,undefined %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// RUN: %t %t.d | FileCheck %s
// CHECK: allocations of a configuration failed{{$}}
// CHECK-NEXT: allocations of a configuration failed with all after them
// CHECK-NEXT: allocations of a connection failed,
// CHECK-NEXT: allocations of a connection failed with all after them
// CHECK: calls of streams failed
#define _GNU_SOURCE
#include "Inputs/failing-openssl.h"
#include "Inputs/tls.h"

#include <openssl/err.h>
#include <openssl/rand.h>

static struct async_tls_config *client_config, *server_config;
static bool complete; /* the transfer was */

enum { LEN = 20000 };
static char sent[LEN], got[2][LEN];
static int wrote[2]; /* what came of it at each side */

async static int write_all(struct async_stream *s, bool server)
{
	ssize_t n = await async_stream_write(s, sent, LEN);

	wrote[server] = n < 0 ? (int)n : await async_stream_shutdown(s);
	return wrote[server];
}

/* Reads to the end. */
async static int read_all(struct async_stream *s, bool server)
{
	size_t at = 0;
	ssize_t n;

	do {
		n = await async_stream_read(s, got[server] + at, LEN - at + 1);
		at += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	CHECK(!memcmp(got[server], sent, at));
	CHECK(n < 0 || at == LEN || wrote[!server]);
	return (int)n;
}

/* Both directions at once, and then the stream is closed. */
async static int use(struct async_stream *s, bool server)
{
	async_task(int) writing = async_spawn(write_all(s, server));
	struct async_tls_info info;
	struct async_tls_peer peer;
	int error, other;

	if (!writing) {
		await async_stream_close(s);
		return -ENOMEM;
	}
	async_tls_info(s, &info);
	error = async_tls_peer(s, &peer);
	CHECK(error == (server ? -ENOKEY : 0) || error == -ENOMEM);
	error = await read_all(s, server);
	if (error)
		async_cancel(writing);
	other = await async_join(writing);
	error = error ? error : other;
	other = await async_stream_close(s);
	return error ? error : other;
}

async static int client_side(struct async_stream *below)
{
	struct async_stream *s;
	struct async_tls_failure why;
	int error = await async_tls_client(below, client_config, "server.test", &s, &why);

	if (!error)
		return await use(s, false);
	CHECK(!s && *why.text);
	await async_stream_close(below);
	return error;
}

async static int server_side(struct async_stream *below)
{
	struct async_stream *s;
	struct async_tls_failure why;
	int error = await async_tls_server(below, server_config, &s, &why);

	if (!error)
		return await use(s, true);
	CHECK(!s && *why.text);
	await async_stream_close(below);
	return error;
}

static unsigned broken_call; /* of a stream below, counted from 1; 0: none */
static bool broken_server;

async static int connection(void)
{
	async_task(int) client, server;
	struct async_stream *pair[2];
	int errors[2];

	wrote[0] = wrote[1] = -ENODATA;
	if (async_stream_pair(pair, 3000))
		return -ENOMEM;
	if (broken_call)
		CHECK(async_test_fail_stream(pair[broken_server], broken_call - 1, -EIO) == 0);
	client = async_spawn(client_side(pair[0]));
	if (!client)
		await async_stream_close(pair[0]);
	server = async_spawn(server_side(pair[1]));
	if (!server)
		await async_stream_close(pair[1]);
	errors[0] = await async_join(client);
	errors[1] = await async_join(server);
	complete = !errors[0] && !errors[1];
	return 0;
}

static int make_configs(void)
{
	char *crt = path("server", ".crt"), *key = path("server", ".key"), *ca = path("ca", ".crt");
	struct async_tls_certificate certificates[] = {{crt, key, NULL}, {crt, key, NULL}};
	const char *const protocols[] = {"one", "two", NULL};
	struct async_tls_options server = {.certificates = certificates, .certificate_count = 2,
					   .ca_file = ca, .ask_client = true, .protocols = protocols};
	struct async_tls_options client = {.ca_file = ca, .protocols = protocols};
	struct async_tls_failure why;
	int error;

	counting = true;
	error = async_tls_config_new(&server, &server_config, &why);
	/* What was not remembered for lack of memory may look as if it were not there. */
	CHECK(!error || error == -ENOMEM || (error == -EINVAL && *why.text));
	if (!error)
		error = async_tls_config_new(&client, &client_config, NULL);
	counting = false;
	free(crt), free(key), free(ca);
	return error;
}

static void free_configs(void)
{
	async_tls_config_free(server_config);
	async_tls_config_free(client_config);
	server_config = client_config = NULL;
}

/* Which come next: all of them, ASYNC_EVERY in the environment, or as many as a test has time for. */
static unsigned long step_of(bool all, unsigned long few)
{
	if (getenv("ASYNC_EVERY"))
		return 1;
	return few + (all ? 10 : 0) + async_test_random() % few;
}

int main(int argc, char **argv)
{
	unsigned long n, count, survived;
	bool failed;
	int error;

	CHECK(fail_openssl());
	CHECK(argc == 2);
	folder = argv[1];
	for (size_t i = 0; i < LEN; i++)
		sent[i] = (char)(i * 11 / 3);
	async_test_virtual_time();
	CHECK(make_configs() == 0);
	/* The first uses set up what stays. */
	for (int i = 0; i < 2; i++)
		CHECK(async_run(connection()) == 0 && complete);
	free_configs();
	for (int all = 0; all < 2; all++) {
		for (n = 1, count = 0;; n += step_of(all, 31), count++) {
			async_test_fail_allocation(n, all);
			make_configs();
			failed = async_test_allocation_failed();
			async_test_fail_allocation(0, false);
			free_configs();
			if (!failed)
				break;
		}
		printf("%lu of %lu allocations of a configuration failed%s\n", count, n - 1,
		       all ? " with all after them" : "");
	}

	CHECK(make_configs() == 0);
	for (int all = 0; all < 2; all++) {
		for (n = 1, count = 0, survived = 0;; n += step_of(all, 3), count++) {
			counting = true;
			async_test_fail_allocation(n, all);
			complete = false;
			error = async_run(connection());
			CHECK(!error || error == -ENOMEM);
			counting = false;
			failed = async_test_allocation_failed();
			async_test_fail_allocation(0, false);
			survived += failed && complete;
			if (!failed)
				break;
		}
		CHECK(complete);
		printf("%lu of %lu allocations of a connection failed%s, %lu made no difference\n", count,
		       n - 1, all ? " with all after them" : "", survived);
	}

	count = 0;
	for (int server = 0; server < 2; server++) {
		for (n = 1; n < 400; n++) {
			broken_call = (unsigned)n;
			broken_server = server;
			CHECK(async_run(connection()) == 0);
			count += !complete;
			if (complete && n > 50)
				break;
		}
		CHECK(complete);
	}
	CHECK(count > 10);
	printf("%lu calls of streams failed\n", count);
	free_configs();
	return 0;
}
