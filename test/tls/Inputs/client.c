/* A client for tests with real peers.
 *
 *     client [-c CERTIFICATE] [-p PROTOCOL] [-v 1.2] [-k KEY-LOG] [-n COUNT] FOLDER HOST PORT NAME TEXT
 *
 * Connects COUNT times, one after the other, to the server of that name at HOST, sends TEXT (with
 * \n for the end of a line), and prints what was agreed on and what comes until the end, or the
 * error. */
#include <asyncc.h>
#include <asyncc/tls.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (text[0] == '\\' && text[1] == 'n')
			*to++ = '\r', *to++ = '\n', text++;
		else
			*to++ = *text;
	*to = 0;
}

static int failed(int error, const char *what, const char *text)
{
	printf("%s: %s: %s\n", what, strerrorname_np(-error), text);
	return 1;
}

async static int talk(struct async_stream *s, const char *text)
{
	const struct async_tls_failure *failure;
	struct async_tls_info info;
	struct async_tls_peer peer;
	char buf[65536];
	ssize_t n;

	async_tls_info(s, &info);
	async_tls_peer(s, &peer);
	printf("%s %s protocol=%s resumed=%d verified=%d peer=%s\n", info.version, info.cipher,
	       info.protocol ? info.protocol : "none", info.resumed, info.verified, peer.subject);
	await async_stream_write(s, text, strlen(text));
	n = await async_stream_flush(s);
	if (n < 0)
		return failed((int)n, "write", "");
	while ((n = await async_stream_read(s, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	failure = async_tls_stream_failure(s);
	return n ? failed((int)n, "\nread", failure ? failure->text : "") : 0;
}

async int main(int argc, char **argv)
{
	struct async_tls_certificate certificate;
	struct async_tls_options options = {.ca_file = NULL};
	const char *protocols[2] = {NULL, NULL};
	char ca[300], chain[300], key[300];
	struct async_tls_failure why;
	struct async_tls_config *config;
	int option, count = 1, status = 0;

	while ((option = getopt(argc, argv, "c:p:v:k:n:")) >= 0) {
		if (option == 'c') {
			snprintf(chain, sizeof chain, "%s.crt", optarg);
			snprintf(key, sizeof key, "%s.key", optarg);
			certificate = (struct async_tls_certificate){chain, key};
			options.certificates = &certificate;
			options.certificate_count = 1;
		} else if (option == 'p') {
			protocols[0] = optarg;
			options.protocols = protocols;
		} else if (option == 'v') {
			options.max_version = ASYNC_TLS_1_2;
		} else if (option == 'k') {
			options.key_log_file = optarg;
		} else {
			count = atoi(optarg);
		}
	}
	argv += optind;
	snprintf(ca, sizeof ca, "%s/ca.crt", argv[0]);
	options.ca_file = ca;
	unescape(argv[4]);
	if (async_tls_config_new(&options, &config, &why))
		return failed(-EINVAL, "config", why.text);
	while (count-- && !status) {
		struct async_stream *below, *s;
		int error = await async_open_connection(argv[1], argv[2], &below);

		if (error) {
			status = failed(error, "connect", strerror(-error));
			break;
		}
		error = async_await_timeout(5000, async_tls_client(below, config, argv[3], &s, &why));
		if (error) {
			status = failed(error, "handshake", error == -ETIMEDOUT ? "" : why.text);
			await async_stream_close(below);
		} else {
			status = await talk(s, argv[4]);
			await async_stream_close(s);
		}
	}
	async_tls_config_free(config);
	return status;
}
