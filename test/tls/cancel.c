/* Cancelled at each moment in turn: handshakes, of either side, leave nothing behind; reads, writes,
 * flushes and shutdowns lose nothing, and go on; closing does not wait. */
// REQUIRES: tls
// RUN: sh %S/Inputs/certificates.sh %t.d
// RUN: %asyncc -O1 -g -w -fsanitize=address,undefined %s -o %t -L%build/lib -lasyncc_tls -lssl -lcrypto
// RUN: %t %t.d && env ASYNC_FORCE_SUSPEND=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/tls.h"

static struct async_tls_config *client_config, *server_config;

/* Lets the others run so many times. */
async static void pass(int turns)
{
	while (turns--)
		await async_yield();
}

/* One side is cancelled after so many turns; the other side sees the end. Gives whether it was in
 * time. */
async static bool cut_handshake(bool server, int turns)
{
	struct both both = {.client = NULL};
	async_task(int) tasks[2];
	int *errors[] = {&both.client_error, &both.server_error};
	bool in_time;

	CHECK(async_stream_pair(both.below, 100) == 0);
	tasks[0] = async_spawn(be_client(&both, client_config, "server.test"));
	tasks[1] = async_spawn(be_server(&both, server_config));
	await pass(turns);
	in_time = !async_done(tasks[server]);
	async_cancel(tasks[server]);
	CHECK(await async_join(tasks[0]) == 0 && await async_join(tasks[1]) == 0);
	if (*errors[server]) {
		CHECK(*errors[server] == -ECANCELED);
		CHECK(server ? both.client_error == -ECONNABORTED || both.client
			     : both.server_error == -ECONNABORTED);
	}
	if (both.client)
		await async_stream_close(both.client);
	if (both.server)
		await async_stream_close(both.server);
	return in_time;
}

async static void handshakes(void)
{
	for (int server = 0; server < 2; server++) {
		int turns = 0;

		while (await cut_handshake(server, turns))
			turns++;
		CHECK(turns > 20);
	}
}

/* A handshake with one who says nothing. */
async static void silence(void)
{
	struct async_stream *pair[2], *stream;
	struct async_tls_failure why;

	CHECK(async_stream_pair(pair, 4000) == 0);
	{
		ASYNC_TIMEOUT(limit, 1000);
		CHECK(await async_tls_server(pair[0], server_config, &stream, &why) == -ECANCELED);
		CHECK(async_scope_close(&limit) == -ETIMEDOUT);
	}
	CHECK(async_await_timeout(1000, async_tls_client(pair[0], client_config, "server.test", &stream, &why)) ==
	      -ETIMEDOUT);
	await async_stream_close(pair[0]);
	await async_stream_close(pair[1]);
}

enum { LEN = 50000 };
static char sent[LEN], got[LEN];

async static int write_all(struct async_stream *s)
{
	ssize_t n = await async_stream_write(s, sent, LEN);

	return n < 0 ? (int)n : 1;
}

/* Reads as far as it is let. */
async static int read_all(struct async_stream *s, size_t *at)
{
	ssize_t n = 1;

	while (*at < LEN && n > 0) {
		n = await async_stream_read(s, got + *at, LEN - *at);
		*at += n > 0 ? (size_t)n : 0;
	}
	return n < 0 ? (int)n : 0;
}

/* The writer is cancelled after so many turns, then what is left is sent. */
async static bool cut_writer(int turns)
{
	async_task(int) writing, reading;
	struct both both;
	size_t at = 0;
	bool in_time;
	int wrote;

	await open_both(&both, client_config, server_config, "server.test");
	CHECK(both.client && both.server);
	writing = async_spawn(write_all(both.client));
	reading = async_spawn(read_all(both.server, &at));
	await pass(turns);
	in_time = !async_done(writing);
	async_cancel(writing);
	wrote = await async_join(writing);
	CHECK(wrote == 1 || wrote == -ECANCELED);
	if (wrote != 1)
		CHECK(await write_all(both.client) == 1);
	CHECK(await async_stream_flush(both.client) == 0);
	CHECK(await async_join(reading) == 0 && at == LEN && !memcmp(sent, got, LEN));
	await close_both(&both);
	return in_time;
}

async static bool cut_reader(int turns)
{
	async_task(int) writing, reading;
	struct both both;
	size_t at = 0;
	bool in_time;

	memset(got, 0, LEN);
	await open_both(&both, client_config, server_config, "server.test");
	CHECK(both.client && both.server);
	writing = async_spawn(write_all(both.client));
	reading = async_spawn(read_all(both.server, &at));
	await pass(turns);
	in_time = !async_done(reading);
	async_cancel(reading);
	await async_join(reading);
	reading = async_spawn(read_all(both.server, &at));
	CHECK(await async_join(writing) == 1);
	CHECK(await async_stream_flush(both.client) == 0);
	CHECK(await async_join(reading) == 0 && at == LEN && !memcmp(sent, got, LEN));
	await close_both(&both);
	return in_time;
}

async static int end_writing(struct async_stream *s)
{
	return await async_stream_shutdown(s);
}

/* Shutting down waits for room, as nobody reads. */
async static bool cut_shutdown(int turns, bool flush)
{
	struct both both;
	async_task(int) task;
	char buf[10000];
	bool in_time;
	int error;

	await open_both(&both, client_config, server_config, "server.test");
	CHECK(await async_stream_write(both.client, sent, sizeof buf) == sizeof buf);
	task = flush ? async_spawn(async_stream_flush(both.client)) : async_spawn(end_writing(both.client));
	await pass(turns);
	in_time = !async_done(task);
	async_cancel(task);
	error = await async_join(task);
	CHECK(error == -ECANCELED);
	task = async_spawn(end_writing(both.client));
	CHECK(await async_stream_read_exactly(both.server, buf, sizeof buf) == sizeof buf);
	CHECK(!memcmp(buf, sent, sizeof buf));
	CHECK(await async_stream_read(both.server, buf, 1) == 0);
	CHECK(await async_join(task) == 0);
	CHECK(await say(both.server, both.client, "the other way goes on") == 0);
	await close_both(&both);
	return in_time;
}

async static int close_it(struct async_stream *s)
{
	return await async_stream_close(s);
}

/* A close that is cancelled is done all the same. */
async static bool cut_close(int turns)
{
	struct both both;
	async_task(int) task;
	bool in_time;
	char buf[64];
	ssize_t n;

	await open_both(&both, client_config, server_config, "server.test");
	CHECK(await async_stream_write(both.client, sent, 10000) == 10000);
	task = async_spawn(close_it(both.client));
	await pass(turns);
	in_time = !async_done(task);
	async_cancel(task);
	CHECK(await async_join(task) == -ECANCELED);
	while ((n = await async_stream_read(both.server, buf, sizeof buf)) > 0)
		;
	CHECK(n == -ECONNABORTED);
	await async_stream_close(both.server);
	return in_time;
}

async int main(int argc, char **argv)
{
	int turns = 0;

	CHECK(argc == 2);
	folder = argv[1];
	async_test_virtual_time();
	for (size_t i = 0; i < LEN; i++)
		sent[i] = (char)(i * 11 / 3);
	client_config = config_with(OPTIONS(0), NULL);
	server_config = CONFIG(OPTIONS(0), "server");
	await handshakes();
	await silence();
	while (await cut_writer(turns))
		turns++;
	CHECK(turns > 10);
	for (turns = 0; await cut_reader(turns); turns++)
		;
	CHECK(turns > 10);
	for (turns = 0; turns < 12; turns++) {
		CHECK(await cut_shutdown(turns, false));
		CHECK(await cut_shutdown(turns, true));
		CHECK(await cut_close(turns));
	}
	async_tls_config_free(client_config);
	async_tls_config_free(server_config);
	return 0;
}
