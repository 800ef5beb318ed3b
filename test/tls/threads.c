/* One configuration for several threads: their loops make connections, and resume each other's. */
// REQUIRES: tls
// RUN: sh %S/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=thread %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// The locks within OpenSSL are not all known to the sanitizer.
// RUN: env TSAN_OPTIONS=ignore_noninstrumented_modules=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/tls.h"

#include <stdatomic.h>

enum { THREADS = 4, CONNECTIONS = 25 };

static struct async_tls_config *client_config, *server_config;
static atomic_int resumed;

async static int connect_often(unsigned number, void *arg)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		struct async_tls_info info;
		struct both both;

		await open_both(&both, client_config, server_config, "server.test");
		CHECK(both.client && both.server);
		CHECK(await say(both.server, both.client, "hello") == 0);
		CHECK(await say(both.client, both.server, "hello") == 0);
		CHECK(async_tls_info(both.client, &info) == 0 && info.verified);
		resumed += info.resumed;
		await close_both(&both);
		if (i == CONNECTIONS / 2 && !number)
			async_tls_config_free(config_with(OPTIONS(0), NULL));
	}
	return 0;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	folder = argv[1];
	client_config = config_with(OPTIONS(0), NULL);
	server_config = CONFIG(OPTIONS(0), "server", "second");
	CHECK(async_run_workers(THREADS, connect_often, NULL) == 0);
	CHECK(resumed > THREADS * CONNECTIONS / 2);
	async_tls_config_free(client_config);
	async_tls_config_free(server_config);
	return 0;
}
