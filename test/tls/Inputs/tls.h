/* TLS over streams in memory, with the certificates of certificates.sh. */
#ifndef TEST_TLS_H
#define TEST_TLS_H

#include "../../runtime/Inputs/kit.h"

#include <asyncc/tls.h>

/* Where the certificates are. */
static const char *folder;

static inline char *path(const char *name, const char *ending)
{
	char *text;

	CHECK(asprintf(&text, "%s/%s%s", folder, name, ending) > 0);
	return text;
}

/* A configuration with certificates of these names, which end with NULL, and else as options say. */
static inline struct async_tls_config *config_with(struct async_tls_options options,
						   const char *const *names)
{
	struct async_tls_certificate certificates[8];
	struct async_tls_failure why;
	struct async_tls_config *config;
	char *ca = path(options.ca_file ? options.ca_file : "ca", ".crt");
	size_t count = 0;

	for (; names && names[count]; count++)
		certificates[count] = (struct async_tls_certificate){
			path(names[count], ".crt"), path(names[count], ".key"), NULL};
	options.certificates = certificates;
	options.certificate_count = count;
	options.ca_file = ca;
	if (async_tls_config_new(&options, &config, &why)) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	while (count--) {
		free((char *)(uintptr_t)certificates[count].chain_file);
		free((char *)(uintptr_t)certificates[count].key_file);
	}
	free(ca);
	return config;
}

#define CONFIG(options, ...) config_with(options, (const char *const[]){__VA_ARGS__, NULL})
#define OPTIONS(...) ((struct async_tls_options){__VA_ARGS__})

/* Both sides of a connection: streams of TLS, or NULL and why. */
struct both {
	struct async_stream *below[2], *client, *server;
	int client_error, server_error;
	struct async_tls_failure client_why, server_why;
};

async static inline int be_server(struct both *both, struct async_tls_config *config)
{
	both->server_error =
		await async_tls_server(both->below[1], config, &both->server, &both->server_why);
	if (both->server_error)
		await async_stream_close(both->below[1]);
	return 0;
}

async static inline int be_client(struct both *both, struct async_tls_config *config, const char *name)
{
	both->client_error =
		await async_tls_client(both->below[0], config, name, &both->client, &both->client_why);
	if (both->client_error)
		await async_stream_close(both->below[0]);
	return 0;
}

/* Makes the handshake over both->below. */
async static inline void shake_hands(struct both *both, struct async_tls_config *client,
				     struct async_tls_config *server, const char *name)
{
	struct async_group group;

	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_start(&group, be_server(both, server)) == 0);
	CHECK(async_group_start(&group, be_client(both, client, name)) == 0);
	CHECK(await async_group_close(&group) == 0);
	CHECK((both->client_error == 0) == (both->client != NULL));
	CHECK((both->server_error == 0) == (both->server != NULL));
	CHECK(both->client || *both->client_why.text);
	CHECK(both->server || *both->server_why.text);
}

async static inline void open_both(struct both *both, struct async_tls_config *client,
				   struct async_tls_config *server, const char *name)
{
	*both = (struct both){.client = NULL};
	CHECK(async_stream_pair(both->below, 4000) == 0);
	await shake_hands(both, client, server, name);
}

async static inline void close_both(struct both *both)
{
	if (both->client)
		CHECK(await async_stream_close(both->client) == 0);
	if (both->server)
		CHECK(await async_stream_close(both->server) == 0);
}

/* Says it, to be read at the other side. */
async static inline int say(struct async_stream *from, struct async_stream *to, const char *text)
{
	char buf[256];
	size_t len = strlen(text);
	ssize_t n = await async_stream_write(from, text, len);

	if (n >= 0)
		n = await async_stream_flush(from);
	if (n < 0)
		return (int)n;
	n = await async_stream_read_exactly(to, buf, len);
	return n < 0 ? (int)n : memcmp(buf, text, len) != 0;
}

#endif
