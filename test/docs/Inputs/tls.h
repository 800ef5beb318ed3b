/* For the blocks of docs/tls.md: certificates in the folder of the first argument, a server of TLS
 * that shouts, and one that speaks plainly first. */
#include <asyncc/tls.h>
#include <openssl/ssl.h>

static char ca_file[300], chain_file[300], key_file[300];
static char tls_shouter[8], tls_mail[8];
static struct async_tls_config *server_config;

/* For async_listen_tcp: the port. */
static void note_port(int listener, char service[8])
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	assert(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(service, 8, "%d", ntohs(address.sin_port));
}

async static void shout_back(struct async_stream *stream, void *arg)
{
	char *line;

	(void)arg;
	while (await async_stream_read_line(stream, &line) >= 0) {
		for (char *c = line; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		await async_stream_printf(stream, "%s!\n", line);
		if (await async_stream_flush(stream))
			break;
	}
}

async static void mail(int listener)
{
	struct async_stream *below = async_stream_of_fd(await async_accept(listener)), *stream;
	char *line;

	await async_stream_printf(below, "220 localhost\r\n");
	await async_stream_flush(below);
	await async_stream_read_line(below, &line);
	await async_stream_printf(below, "220 go ahead\r\n");
	await async_stream_flush(below);
	assert(await async_tls_server(below, server_config, &stream, NULL) == 0);
	assert(await async_stream_read(stream, &(char){0}, 1) == 0);
	await async_stream_close(stream);
	await async_close(listener);
}

async static int start_more(const char *folder)
{
	struct async_tls_certificate certificate = {.chain_file = chain_file, .key_file = key_file};
	struct async_tls_options options = {.certificates = &certificate, .certificate_count = 1};
	int listener = await async_listen_tcp("127.0.0.1", "0", 0), plain;

	snprintf(ca_file, sizeof ca_file, "%s/ca.crt", folder);
	snprintf(chain_file, sizeof chain_file, "%s/server.crt", folder);
	snprintf(key_file, sizeof key_file, "%s/server.key", folder);
	assert(async_tls_config_new(&options, &server_config, NULL) == 0);
	note_port(listener, tls_shouter);
	async_detach(async_spawn(async_tls_serve(listener, server_config, shout_back, NULL)));
	plain = await async_listen_tcp("127.0.0.1", "0", 0);
	note_port(plain, tls_mail);
	async_detach(async_spawn(mail(plain)));
	return 0;
}
