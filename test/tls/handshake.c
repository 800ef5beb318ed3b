/* Whom clients and servers accept, what they agree on, and what they say when they do not:
 * certificates good and bad, names and addresses, certificates of clients, protocols, versions,
 * resumption; configurations that are wrong. */
// REQUIRES: tls
// RUN: sh %S/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=address,undefined %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// RUN: %t %t.d && env ASYNC_FORCE_SUSPEND=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/tls.h"

#include <openssl/ssl.h>

#include <sys/stat.h>
#include <unistd.h>

/* A connection of a client that trusts ca, with a server of that certificate. Gives the client's
 * error. */
async static int connect_to(const char *certificate, const char *name, struct both *both)
{
	struct async_tls_config *server = CONFIG(OPTIONS(0), certificate);
	struct async_tls_config *client = config_with(OPTIONS(0), NULL);

	await open_both(both, client, server, name);
	async_tls_config_free(client);
	async_tls_config_free(server);
	if (!both->client_error)
		CHECK(await say(both->client, both->server, "hello") == 0);
	return both->client_error;
}

async static void expect_good(const char *certificate, const char *name)
{
	struct async_tls_info info;
	struct async_tls_peer peer;
	struct both both;

	CHECK(await connect_to(certificate, name, &both) == 0);
	CHECK(async_tls_info(both.client, &info) == 0 && info.verified && !info.resumed);
	CHECK(!strcmp(info.version, "TLSv1.3") && strstr(info.cipher, "TLS_") == info.cipher);
	CHECK(async_tls_info(both.server, &info) == 0 && !info.verified);
	CHECK(async_tls_peer(both.server, &peer) == -ENOKEY);
	CHECK(async_tls_peer(both.client, &peer) == 0);
	CHECK(strstr(peer.subject, certificate) && strstr(peer.issuer, "CN=asyncc test authority") == peer.issuer ||
	      !strcmp(certificate, "chain"));
	CHECK(peer.not_before < time(NULL) && peer.not_after > time(NULL));
	if (!strcmp(certificate, "server"))
		CHECK(!strcmp(peer.names, "server.test,localhost,*.wild.test,127.0.0.1,::1"));
	CHECK(async_tls_stream_failure(both.client) == NULL);
	await close_both(&both);
}

async static void expect_refused(const char *certificate, const char *name, int error, long verification,
				 int alert)
{
	struct both both;

	CHECK(await connect_to(certificate, name, &both) == error);
	CHECK(both.client_why.verification == verification && !both.client_why.alert);
	CHECK(strstr(both.client_why.text, "certificate not accepted: ") == both.client_why.text);
	if (both.server_error) {
		CHECK(both.server_error == (alert ? -EACCES : -EPROTO) && both.server_why.alert == alert);
	} else {
		/* In TLS 1.3 the server may be done before the client is. */
		char c;
		CHECK(await async_stream_read(both.server, &c, 1) == -EACCES);
		CHECK(async_tls_stream_failure(both.server)->alert == alert);
		CHECK(await async_stream_read(both.server, &c, 1) == -EACCES);
		CHECK(await async_stream_write(both.server, &c, 1) == 1);
		CHECK(await async_stream_flush(both.server) == -EACCES);
		CHECK(await async_stream_close(both.server) == -EACCES);
	}
}

async static void certificates(void)
{
	await expect_good("server", "server.test");
	await expect_good("server", "Server.Test.");
	await expect_good("server", "localhost");
	await expect_good("server", "any.wild.test");
	await expect_good("server", "127.0.0.1");
	await expect_good("server", "0:0::1");
	await expect_good("rsa", "server.test");
	await expect_good("chain", "deep.test");
	await expect_refused("server", "other.test", -EKEYREJECTED, X509_V_ERR_HOSTNAME_MISMATCH, 42);
	await expect_refused("server", "two.any.wild.test", -EKEYREJECTED, X509_V_ERR_HOSTNAME_MISMATCH, 42);
	await expect_refused("server", "127.0.0.2", -EKEYREJECTED, X509_V_ERR_IP_ADDRESS_MISMATCH, 42);
	await expect_refused("second", "127.0.0.1", -EKEYREJECTED, X509_V_ERR_IP_ADDRESS_MISMATCH, 42);
	await expect_refused("expired", "server.test", -EKEYEXPIRED, X509_V_ERR_CERT_HAS_EXPIRED, 45);
	await expect_refused("future", "server.test", -EKEYEXPIRED, X509_V_ERR_CERT_NOT_YET_VALID, 42);
	await expect_refused("selfsigned", "server.test", -EKEYREJECTED,
			     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 48);
	await expect_refused("stranger", "server.test", -EKEYREJECTED,
			     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 48);
	await expect_refused("purpose", "server.test", -EKEYREJECTED, X509_V_ERR_INVALID_PURPOSE, 43);
}

/* Whom the system trusts, with and without a certificate of one's own. */
async static void system_trust(void)
{
	char *ca = path("ca", ".crt"), *other = path("other", ".crt"), *crt = path("client", ".crt");
	char *key = path("client", ".key");
	struct async_tls_certificate own = {crt, key};
	struct async_tls_config *server = CONFIG(OPTIONS(0), "server"), *client;
	struct both both;

	for (int certificates = 0; certificates < 2; certificates++)
		for (int trusted = 0; trusted < 2; trusted++) {
			struct async_tls_options options = {.certificates = &own, .certificate_count = (size_t)certificates};

			setenv("SSL_CERT_FILE", trusted ? ca : other, 1);
			CHECK(async_tls_config_new(&options, &client, NULL) == 0);
			for (int i = 0; i < 2; i++) {
				await open_both(&both, client, server, "server.test");
				CHECK(both.client_error == (trusted ? 0 : -EKEYREJECTED));
				if (both.client)
					await async_stream_close(both.client);
				if (both.server)
					await async_stream_close(both.server);
			}
			async_tls_config_free(client);
		}
	async_tls_config_free(server);
	free(ca), free(other), free(crt), free(key);
}

async static void unverified(void)
{
	struct async_tls_config *server = CONFIG(OPTIONS(0), "selfsigned");
	struct async_tls_config *anybody = config_with(OPTIONS(.unverified = true), NULL);
	struct async_tls_config *client = config_with(OPTIONS(0), NULL);
	struct async_tls_info info;
	struct both both;

	await open_both(&both, anybody, server, NULL);
	CHECK(both.client && both.server && async_tls_info(both.client, &info) == 0 && !info.verified && !info.name);
	await close_both(&both);
	await open_both(&both, anybody, server, "other.test");
	CHECK(both.client && both.server && async_tls_info(both.server, &info) == 0 && !strcmp(info.name, "other.test"));
	await close_both(&both);
	await open_both(&both, client, server, NULL);
	CHECK(both.client_error == -EINVAL && both.server_error == -ECONNABORTED);
	await open_both(&both, client, anybody, "server.test");
	CHECK(both.server_error == -EINVAL && both.client_error == -ECONNABORTED);
	async_tls_config_free(anybody);
	async_tls_config_free(client);
	async_tls_config_free(server);
}

/* The certificate that the client sees. */
async static void expect_choice(struct async_tls_config *client, struct async_tls_config *server,
				const char *name, const char *subject)
{
	struct async_tls_peer peer;
	struct async_tls_info info;
	struct both both;

	await open_both(&both, client, server, name);
	CHECK(both.client && both.server && async_tls_peer(both.client, &peer) == 0);
	CHECK(!strcmp(peer.subject, subject));
	CHECK(async_tls_info(both.server, &info) == 0);
	CHECK(name ? !strcmp(info.name, name) : !info.name);
	await close_both(&both);
}

async static void names(void)
{
	struct async_tls_config *server = CONFIG(OPTIONS(0), "second", "server", "rsa", "chain");
	struct async_tls_config *rsa_only =
		config_with(OPTIONS(.unverified = true, .max_version = ASYNC_TLS_1_2,
				    .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"),
			    NULL);
	struct async_tls_config *anybody = config_with(OPTIONS(.unverified = true, .no_resumption = true), NULL);

	await expect_choice(anybody, server, "second.test", "CN=second");
	await expect_choice(anybody, server, "server.test", "CN=server");
	await expect_choice(rsa_only, server, "server.test", "CN=rsa");
	await expect_choice(anybody, server, "a.wild.test", "CN=server");
	await expect_choice(anybody, server, "deep.test", "CN=chain");
	await expect_choice(anybody, server, "unknown.test", "CN=second");
	await expect_choice(anybody, server, NULL, "CN=second");
	async_tls_config_free(server);
	async_tls_config_free(rsa_only);
	async_tls_config_free(anybody);
}

/* What the server finds of a client with that certificate, or without. */
async static void expect_client(const char *certificate, bool required, int error)
{
	struct async_tls_config *server =
		CONFIG(OPTIONS(.ask_client = true, .require_client = required), "server");
	struct async_tls_config *client = CONFIG(OPTIONS(0), certificate);
	struct async_tls_info info;
	struct async_tls_peer peer;
	struct both both;
	char c;

	await open_both(&both, client, server, "server.test");
	CHECK(both.server_error == error && (error || both.client));
	if (!error) {
		CHECK(async_tls_info(both.server, &info) == 0 && info.verified == (certificate != NULL));
		CHECK(async_tls_peer(both.server, &peer) == (certificate ? 0 : -ENOKEY));
		CHECK(!certificate || !strcmp(peer.subject, "CN=client"));
		CHECK(await say(both.server, both.client, "welcome") == 0);
	} else {
		/* The client of TLS 1.3 is done before the server has looked. */
		CHECK(both.client && await async_stream_read(both.client, &c, 1) == -EACCES);
		CHECK(strstr(async_tls_stream_failure(both.client)->text, "refused by the other side: "));
	}
	if (both.client)
		await async_stream_close(both.client);
	if (both.server)
		await async_stream_close(both.server);
	async_tls_config_free(client);
	async_tls_config_free(server);
}

async static void clients(void)
{
	await expect_client("client", true, 0);
	await expect_client("client", false, 0);
	await expect_client(NULL, false, 0);
	await expect_client(NULL, true, -ENOKEY);
	await expect_client("foreign", true, -EKEYREJECTED);
	await expect_client("foreign", false, -EKEYREJECTED);
}

#define PROTOCOLS(...) ((const char *const[]){__VA_ARGS__, NULL})

async static void expect_protocol(const char *const *ours, const char *const *theirs, const char *agreed,
				  int error)
{
	struct async_tls_config *server = CONFIG(OPTIONS(.protocols = theirs), "server");
	struct async_tls_config *client = config_with(OPTIONS(.protocols = ours), NULL);
	struct async_tls_info info;
	struct both both;

	await open_both(&both, client, server, "server.test");
	CHECK(both.client_error == error && both.server_error == error);
	for (int i = 0; i < 2 && !error; i++) {
		CHECK(async_tls_info(i ? both.client : both.server, &info) == 0);
		CHECK(agreed ? info.protocol && !strcmp(info.protocol, agreed) : !info.protocol);
	}
	if (error)
		CHECK(both.client_why.alert == 120);
	await close_both(&both);
	async_tls_config_free(client);
	async_tls_config_free(server);
}

async static void protocols(void)
{
	await expect_protocol(PROTOCOLS("h2", "http/1.1"), PROTOCOLS("http/1.1", "h2"), "http/1.1", 0);
	await expect_protocol(PROTOCOLS("h2"), PROTOCOLS("http/1.1", "h2"), "h2", 0);
	await expect_protocol(PROTOCOLS("h2"), NULL, NULL, 0);
	await expect_protocol(NULL, PROTOCOLS("h2"), NULL, 0);
	await expect_protocol(PROTOCOLS("imap"), PROTOCOLS("h2"), NULL, -EPROTONOSUPPORT);
}

async static void expect_version(int client_min, int client_max, int server_min, int server_max,
				 const char *version, int error)
{
	struct async_tls_config *server =
		CONFIG(OPTIONS(.min_version = server_min, .max_version = server_max), "server");
	struct async_tls_config *client =
		config_with(OPTIONS(.min_version = client_min, .max_version = client_max), NULL);
	struct async_tls_info info;
	struct both both;

	await open_both(&both, client, server, "server.test");
	CHECK(both.client_error == error && both.server_error == error);
	if (!error) {
		CHECK(async_tls_info(both.client, &info) == 0 && !strcmp(info.version, version));
		CHECK(await say(both.client, both.server, "hello") == 0);
	}
	await close_both(&both);
	async_tls_config_free(client);
	async_tls_config_free(server);
}

async static void versions(void)
{
	await expect_version(0, 0, 0, 0, "TLSv1.3", 0);
	await expect_version(0, 0, 0, ASYNC_TLS_1_2, "TLSv1.2", 0);
	await expect_version(0, ASYNC_TLS_1_2, 0, 0, "TLSv1.2", 0);
	await expect_version(ASYNC_TLS_1_3, 0, 0, ASYNC_TLS_1_2, NULL, -EPROTONOSUPPORT);
	await expect_version(0, ASYNC_TLS_1_2, ASYNC_TLS_1_3, 0, NULL, -EPROTONOSUPPORT);
}

/* Connects, transfers something each way, and tells whether an earlier session counted. */
async static int again(struct async_tls_config *client, struct async_tls_config *server, const char *name)
{
	struct async_tls_info info, other;
	struct async_tls_peer peer;
	struct both both;

	await open_both(&both, client, server, name);
	CHECK(both.client && both.server);
	CHECK(await say(both.server, both.client, "from the server") == 0);
	CHECK(await say(both.client, both.server, "from the client") == 0);
	CHECK(async_tls_info(both.client, &info) == 0 && async_tls_info(both.server, &other) == 0);
	CHECK(info.resumed == other.resumed && info.verified);
	CHECK(async_tls_peer(both.client, &peer) == 0);
	await close_both(&both);
	return info.resumed;
}

async static void resumption(int version)
{
	struct async_tls_config *server = CONFIG(OPTIONS(0), "server");
	struct async_tls_config *other = CONFIG(OPTIONS(0), "server");
	struct async_tls_config *client = config_with(OPTIONS(.max_version = version), NULL);
	struct async_tls_config *forgetful =
		config_with(OPTIONS(.max_version = version, .no_resumption = true), NULL);

	CHECK(await again(client, server, "server.test") == 0);
	CHECK(await again(client, server, "server.test") == 1);
	CHECK(await again(client, server, "server.test") == 1);
	CHECK(await again(client, server, "localhost") == 0);
	CHECK(await again(client, server, "localhost") == 1);
	/* Another server cannot read the ticket. */
	CHECK(await again(client, other, "localhost") == 0);
	CHECK(await again(forgetful, server, "server.test") == 0);
	CHECK(await again(forgetful, server, "server.test") == 0);
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof name, "h%d.wild.test", i);
		CHECK(await again(client, server, name) == 0);
	}
	CHECK(await again(client, server, "h99.wild.test") == 1);
	CHECK(await again(client, server, "h0.wild.test") == 0);
	async_tls_config_free(client);
	async_tls_config_free(forgetful);
	async_tls_config_free(server);
	async_tls_config_free(other);
}

/* A peer that says this and ends. */
async static void expect_nonsense(const char *text, int error)
{
	struct async_tls_config *config = CONFIG(OPTIONS(0), "server");
	struct async_tls_failure why;
	struct async_stream *pair[2], *stream;

	for (int server = 0; server < 2; server++) {
		CHECK(async_stream_pair(pair, 4000) == 0);
		CHECK(await async_stream_write(pair[1], text, strlen(text)) >= 0);
		CHECK(await async_stream_close(pair[1]) == 0);
		if (server)
			CHECK(await async_tls_server(pair[0], config, &stream, &why) == error);
		else
			CHECK(await async_tls_client(pair[0], config, "server.test", &stream, &why) == error);
		CHECK(!stream && *why.text);
		await async_stream_close(pair[0]);
	}
	async_tls_config_free(config);
}

async static void nonsense(void)
{
	await expect_nonsense("", -ECONNABORTED);
	await expect_nonsense("\x16\x03\x01", -ECONNABORTED);
	await expect_nonsense("HTTP/1.1 400 Bad Request\r\n\r\n", -EPROTO);
	await expect_nonsense("GET / HTTP/1.1\r\nHost: server.test\r\n\r\n", -EPROTO);
}

/* Wrong configurations say what is wrong. */
static void expect_wrong(struct async_tls_options options, int error, const char *text)
{
	struct async_tls_failure why;
	struct async_tls_config *config;

	CHECK(async_tls_config_new(&options, &config, &why) == error && !config);
	if (!strstr(why.text, text)) {
		fprintf(stderr, "%s: %s\n", text, why.text);
		exit(1);
	}
	CHECK(async_tls_config_new(&options, &config, NULL) == error);
}

static void wrong(void)
{
	char *crt = path("server", ".crt"), *key = path("server", ".key"), *rsa = path("rsa", ".crt");
	char *locked = path("locked", ".key"), *none = path("none", ".crt");
	struct async_tls_certificate one;
	struct async_tls_options options;
	struct async_tls_config *config;
	char long_name[300] = "";

	memset(long_name, 'x', 256);
#define ONE(...) (one = (struct async_tls_certificate){__VA_ARGS__}, OPTIONS(.certificates = &one, .certificate_count = 1))
	expect_wrong(ONE(none, key), -ENOENT, "No such file");
	expect_wrong(ONE(crt, none), -ENOENT, "No such file");
	expect_wrong(ONE((char *)folder, key), -EISDIR, "Is a directory");
	expect_wrong(ONE(crt, (char *)folder), -EISDIR, "Is a directory");
	expect_wrong(OPTIONS(.ca_file = folder), -EISDIR, "Is a directory");
	expect_wrong(OPTIONS(.ca_file = "/proc/self/mem"), -EIO, "Input/output error");
	expect_wrong(ONE(key, key), -EINVAL, "no start line");
	expect_wrong(ONE(crt, crt), -EINVAL, "");
	expect_wrong(ONE(crt, locked), -EINVAL, "");
	expect_wrong(ONE(rsa, key), -EINVAL, "different key types");
	expect_wrong(ONE(rsa, locked, "wrong"), -EINVAL, "");
	expect_wrong(ONE(crt, NULL), -EINVAL, "key_file");
	expect_wrong(OPTIONS(.ca_file = none), -ENOENT, "No such file");
	expect_wrong(OPTIONS(.ca_file = key), -EINVAL, "");
	expect_wrong(OPTIONS(.ask_client = true), -EINVAL, "ca_file");
	expect_wrong(OPTIONS(.ciphers = "nonsense"), -EINVAL, "no cipher match");
	expect_wrong(OPTIONS(.min_version = 0x0301), -EINVAL, "TLS 1.2");
	expect_wrong(OPTIONS(.protocols = PROTOCOLS("")), -EINVAL, "1 to 255");
	expect_wrong(OPTIONS(.protocols = PROTOCOLS(long_name)), -EINVAL, "1 to 255");
	expect_wrong(OPTIONS(.key_log_file = "/nonexistent/keys"), -ENOENT, "No such file");
	options = ONE(rsa, locked, "secret");
	CHECK(async_tls_config_new(&options, &config, NULL) == 0);
	async_tls_config_free(config);
	async_tls_config_free(NULL);
	free(crt), free(key), free(rsa), free(locked), free(none);
}

/* The keys of a connection, with a line for each secret. */
async static void key_log(void)
{
	char *file = path("keys", ".log"), line[512];
	struct async_tls_config *server = CONFIG(OPTIONS(0), "server");
	struct async_tls_config *client = config_with(OPTIONS(.key_log_file = file), NULL);
	struct stat status;
	struct both both;
	FILE *keys;
	int traffic = 0;

	await open_both(&both, client, server, "server.test");
	await close_both(&both);
	async_tls_config_free(client);
	async_tls_config_free(server);
	keys = fopen(file, "r");
	CHECK(keys && fstat(fileno(keys), &status) == 0 && (status.st_mode & 0777) == 0600);
	while (fgets(line, sizeof line, keys))
		traffic += !strncmp(line, "CLIENT_TRAFFIC_SECRET_0 ", 24) || !strncmp(line, "SERVER_TRAFFIC_SECRET_0 ", 24);
	CHECK(traffic == 2);
	fclose(keys);
	unlink(file);
	free(file);
}


async int main(int argc, char **argv)
{
	CHECK(argc == 2);
	folder = argv[1];
	await certificates();
	await system_trust();
	await unverified();
	await names();
	await clients();
	await protocols();
	await versions();
	await resumption(0);
	await resumption(ASYNC_TLS_1_2);
	await nonsense();
	wrong();
	await key_log();
	return 0;
}
