/* A server for tests with real peers, of just enough HTTP.
 *
 *     server FOLDER plain|ask|require|1.2|starttls
 *
 * GET /N gives N bytes; POST gives the body back; /info, what is known of the connection.
 * starttls: a bit of SMTP comes first. Prints its port, and each handshake that failed. */
#include <asyncc.h>
#include <asyncc/tls.h>

#include "../../../examples/listen.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

async static int answer_info(struct async_stream *s)
{
	struct async_tls_info info;
	struct async_tls_peer peer = {.subject = "none"};
	char text[2048];
	int len;

	async_tls_info(s, &info);
	async_tls_peer(s, &peer);
	len = snprintf(text, sizeof text, "%s %s protocol=%s name=%s resumed=%d verified=%d peer=%s\n",
		       info.version, info.cipher, info.protocol ? info.protocol : "none",
		       info.name ? info.name : "none", info.resumed, info.verified, peer.subject);
	await async_stream_printf(s, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len, text);
	return 0;
}

async static int answer_zeroes(struct async_stream *s, long n)
{
	static const char zeroes[100000];
	ssize_t done = 0;

	await async_stream_printf(s, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", n);
	for (; n > 0 && done >= 0; n -= done)
		done = await async_stream_write(s, zeroes, n < (long)sizeof zeroes ? (size_t)n : sizeof zeroes);
	return done < 0 ? (int)done : 0;
}

async static int answer_body(struct async_stream *s, long n)
{
	await async_stream_printf(s, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", n);
	int64_t done = await async_stream_copy(s, s, (uint64_t)n);
	return done < 0 ? (int)done : 0;
}

async static int request(struct async_stream *s)
{
	char *line, path[100] = "";
	long length = 0;
	ssize_t n = await async_stream_read_line(s, &line);
	bool post = n > 0 && !strncmp(line, "POST", 4);

	if (n < 0 || sscanf(line, "%*s %99s", path) != 1)
		return n < 0 ? (int)n : -EPROTO;
	while ((n = await async_stream_read_line(s, &line)) > 0) {
		if (!strncasecmp(line, "Content-Length:", 15))
			length = atol(line + 15);
		if (!strncasecmp(line, "Expect:", 7)) {
			await async_stream_printf(s, "HTTP/1.1 100 Continue\r\n\r\n");
			await async_stream_flush(s);
		}
	}
	if (n < 0)
		return (int)n;
	return !strcmp(path, "/info") ? await answer_info(s)
	       : post                 ? await answer_body(s, length)
				      : await answer_zeroes(s, atol(path + 1));
}

async static void serve(struct async_stream *s, void *arg)
{
	while (await request(s) == 0 && await async_stream_flush(s) == 0)
		;
}

static void refused(struct async_stream *below, int error, const struct async_tls_failure *failure, void *arg)
{
	printf("refused: %s: %s\n", strerrorname_np(-error), failure->text);
	fflush(stdout);
}

async static void start_tls(struct async_stream *below, struct async_tls_config *config)
{
	struct async_tls_failure failure;
	struct async_stream *s;
	char *line;
	int error;

	await async_stream_printf(below, "220 server.test ESMTP\r\n");
	await async_stream_flush(below);
	while (await async_stream_read_line(below, &line) >= 0) {
		bool start = !strncasecmp(line, "STARTTLS", 8);

		await async_stream_printf(below, start ? "220 go ahead\r\n" : "250-server.test\r\n250 STARTTLS\r\n");
		await async_stream_flush(below);
		if (start)
			break;
	}
	error = await async_tls_server(below, config, &s, &failure);
	if (error) {
		refused(below, error, &failure, NULL);
		await async_stream_close(below);
		return;
	}
	await serve(s, NULL);
	await async_stream_close(s);
}

async int main(int argc, char **argv)
{
	static const char *const protocols[] = {"http/1.1", "test", NULL};
	char chain[300], key[300], second[300], second_key[300], ca[300];
	struct async_tls_certificate certificates[] = {{chain, key}, {second, second_key}};
	struct async_tls_options options = {
		.certificates = certificates,
		.certificate_count = 2,
		.protocols = protocols,
		.refused = refused,
		.handshake_ms = 2000,
		.ask_client = !strcmp(argv[2], "ask"),
		.require_client = !strcmp(argv[2], "require"),
		.max_version = strcmp(argv[2], "1.2") ? 0 : ASYNC_TLS_1_2,
	};
	struct async_tls_failure why;
	struct async_tls_config *config;
	int listener, fd;

	snprintf(chain, sizeof chain, "%s/server.crt", argv[1]);
	snprintf(key, sizeof key, "%s/server.key", argv[1]);
	snprintf(second, sizeof second, "%s/second.crt", argv[1]);
	snprintf(second_key, sizeof second_key, "%s/second.key", argv[1]);
	snprintf(ca, sizeof ca, "%s/ca.crt", argv[1]);
	if (options.ask_client || options.require_client)
		options.ca_file = ca;
	async_shutdown_on(SIGTERM);
	if (async_tls_config_new(&options, &config, &why)) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	listener = await listen_here("0");
	if (!strcmp(argv[2], "starttls"))
		while ((fd = await async_accept(listener)) >= 0)
			await start_tls(async_stream_of_fd(fd), config);
	else
		await async_tls_serve(listener, config, serve, NULL);
	async_tls_config_free(config);
	await async_close(listener);
	return 0;
}
