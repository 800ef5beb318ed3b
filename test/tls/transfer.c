/* Large transfers both ways at once over streams that transfer little, with reads, writes, flushes
 * and new keys cancelled at random moments and begun again: every byte arrives once and in order,
 * and the end is told from a truncation. */
// REQUIRES: tls
// RUN: sh %S/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=address,undefined %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// RUN: %t %t.d && env ASYNC_FORCE_SUSPEND=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/tls.h"

#include <openssl/ssl.h>

#include <sys/uio.h>

enum { TOTAL = 150000 };

static struct async_tls_config *client_config, *server_config;
static unsigned cut_writes, cut_reads, new_keys;

static char byte_at(size_t i, bool server)
{
	return (char)(i * 7 / 3 + i / 256 + server);
}

async static ssize_t write_some(struct async_stream *s, size_t at, size_t len, bool server)
{
	static char rooms[2][70000];
	char *buf = rooms[server];
	struct iovec parts[3];

	if (async_test_random() % 2)
		await async_sleep_ms((int64_t)(async_test_random() % 4));
	for (size_t i = 0; i < len; i++)
		buf[i] = byte_at(at + i, server);
	switch (async_test_random() % 4) {
	case 0:
		return await async_stream_write(s, buf, len);
	case 1:
		parts[0] = (struct iovec){buf, len / 3};
		parts[1] = (struct iovec){buf + len / 3, 0};
		parts[2] = (struct iovec){buf + len / 3, len - len / 3};
		return await async_stream_writev(s, parts, 3);
	case 2:
		if (SSL_version(async_tls_ssl(s)) == TLS1_3_VERSION && async_test_random() % 2)
			new_keys += SSL_key_update(async_tls_ssl(s), SSL_KEY_UPDATE_REQUESTED);
		return await async_stream_write(s, buf, len);
	default:
		return await async_stream_flush(s);
	}
}

async static int writer(struct async_stream *s, bool server)
{
	size_t at = 0, len;
	ssize_t n;

	while (at < TOTAL) {
		len = 1 + async_test_random() % (async_test_random() % 3 ? 500 : 69000);
		if (len > TOTAL - at)
			len = TOTAL - at;
		n = async_await_timeout((int64_t)(async_test_random() % 5), write_some(s, at, len, server));
		CHECK(n == (ssize_t)len || n == 0 || n == -ECANCELED || n == -ETIMEDOUT);
		cut_writes += n < 0;
		at += n > 0 ? (size_t)n : 0;
	}
	while ((n = async_await_timeout(1, async_stream_shutdown(s))))
		CHECK(n == -ECANCELED || n == -ETIMEDOUT);
	CHECK(await async_stream_write(s, "x", 1) == 1);
	CHECK(await async_stream_flush(s) == -EPIPE);
	return 0;
}

async static ssize_t read_some(struct async_stream *s, char *buf)
{
	if (async_test_random() % 2)
		await async_sleep_ms((int64_t)(async_test_random() % 4));
	if (async_test_random() % 2)
		return await async_stream_read(s, buf, 1 + async_test_random() % 40000);
	return await async_stream_read_exactly(s, buf, 1 + async_test_random() % 20000);
}

async static int reader(struct async_stream *s, bool server)
{
	static char rooms[2][100000];
	char *buf = rooms[server];
	size_t at = 0;
	ssize_t n = 1;

	while (n != 0) {
		n = async_await_timeout((int64_t)(async_test_random() % 5), read_some(s, buf));
		CHECK(n >= 0 || n == -ECANCELED || n == -ETIMEDOUT || (n == -ENODATA && at >= TOTAL - 20000));
		cut_reads += n == -ECANCELED || n == -ETIMEDOUT;
		for (ssize_t i = 0; i < n; i++)
			CHECK(buf[i] == byte_at(at + (size_t)i, server));
		at += n > 0 ? (size_t)n : 0;
	}
	CHECK(at == TOTAL);
	return 0;
}

/* Limits of the streams below, once in a while. */
static void limit(struct async_stream *s)
{
	size_t most = async_test_random() % 2 ? 1 + async_test_random() % 3000 : 20000;

	CHECK(async_test_limit_stream(s, 1 + async_test_random() % most, 1 + async_test_random() % most, true) == 0);
}

async static void open_limited(struct both *both)
{
	int fds[2];

	*both = (struct both){.client = NULL};
	if (async_test_random() % 2) {
		CHECK(async_stream_pair(both->below, 1 + async_test_random() % 30000) == 0);
	} else {
		CHECK(async_test_stream(fds) == 0);
		both->below[0] = async_stream_of_fd(fds[0]);
		both->below[1] = async_stream_of_fd(fds[1]);
	}
	limit(both->below[0]);
	limit(both->below[1]);
	await shake_hands(both, client_config, server_config, "server.test");
	CHECK(both->client && both->server);
}

async static int both_ways(void)
{
	struct async_group group;
	struct both both;

	await open_limited(&both);
	if (async_test_random() % 2)
		async_test_limit_stream(both.client, 1 + async_test_random() % 5000, 1 + async_test_random() % 5000, true);
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_start(&group, writer(both.client, false)) == 0);
	CHECK(async_group_start(&group, writer(both.server, true)) == 0);
	CHECK(async_group_start(&group, reader(both.client, true)) == 0);
	CHECK(async_group_start(&group, reader(both.server, false)) == 0);
	CHECK(await async_group_close(&group) == 0);
	/* Their last byte came after the end. */
	CHECK(await async_stream_close(both.client) == -EPIPE);
	CHECK(await async_stream_close(both.server) == -EPIPE);
	return 0;
}

/* The bytes before a cut are read, and then it is told, each time. */
async static int truncated(void)
{
	struct async_stream *cut;
	struct both both;
	char buf[8];

	await open_limited(&both);
	CHECK(await async_stream_write(both.server, "1234", 4) == 4);
	CHECK(await async_stream_flush(both.server) == 0);
	cut = both.below[1];
	CHECK(await async_stream_shutdown(cut) == 0);
	CHECK(await async_stream_read(both.client, buf, 8) == 4 && !memcmp(buf, "1234", 4));
	for (int i = 0; i < 3; i++)
		CHECK(await async_stream_read(both.client, buf, 8) == -ECONNABORTED);
	CHECK(!strcmp(async_tls_stream_failure(both.client)->text, "the connection ended without notice"));
	CHECK(await say(both.client, both.server, "still there") == 0);
	await async_stream_close(both.server);
	await async_stream_close(both.client);
	return 0;
}

/* Somebody changes a byte. */
async static int changed(void)
{
	struct both both;
	char buf[8];

	await open_limited(&both);
	CHECK(await async_stream_write(both.below[1], "\x17\x03\x03\x00\x20" "0123456789abcdef0123456789abcdef", 37) == 37);
	CHECK(await async_stream_flush(both.below[1]) == 0);
	for (int i = 0; i < 2; i++)
		CHECK(await async_stream_read(both.client, buf, 8) == -EBADMSG);
	CHECK(await async_stream_write(both.client, "x", 1) == 1);
	CHECK(await async_stream_flush(both.client) == -EBADMSG);
	CHECK(await async_stream_read(both.server, buf, 8) == -EPROTO);
	CHECK(async_tls_stream_failure(both.server)->alert == 20);
	CHECK(await async_stream_close(both.client) == -EBADMSG);
	await async_stream_close(both.server);
	return 0;
}

async static int scenario(void)
{
	CHECK(await both_ways() == 0);
	CHECK(await truncated() == 0);
	CHECK(await changed() == 0);
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	folder = argv[1];
	for (int version = 0; version < 2; version++) {
		client_config = config_with(OPTIONS(.max_version = version ? ASYNC_TLS_1_2 : 0), NULL);
		server_config = CONFIG(OPTIONS(0), "server");
		EXPLORE(scenario(), 8);
		async_tls_config_free(client_config);
		async_tls_config_free(server_config);
	}
	CHECK(cut_writes > 100 && cut_reads > 100 && new_keys > 10);
	return 0;
}
