/* A server of streams: many clients over TCP and a Unix socket, descriptors that run out, and
 * its end, which ends the handlers. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && cd %t.d && %t
// RUN: cd %t.d && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/net.h"

#include <sys/resource.h>

enum { CLIENTS = 50 };

static int serving, served;

/* Lines back to front. */
async static void reverse(struct async_stream *stream, void *arg)
{
	char *line;
	ssize_t n;

	CHECK(arg == &served);
	serving++;
	while ((n = await async_stream_read_line(stream, &line)) >= 0) {
		for (ssize_t i = 0; i < n / 2; i++) {
			char c = line[i];

			line[i] = line[n - 1 - i];
			line[n - 1 - i] = c;
		}
		await async_stream_printf(stream, "%s\n", line);
		if (await async_stream_flush(stream))
			break;
	}
	serving--;
	served++;
}

async static int ask(const char *service, int number)
{
	struct async_stream *stream;
	char *line, expected[20], text[20];
	int error = service ? await async_open_connection("127.0.0.1", service, &stream)
			    : await async_open_unix_connection("sock", &stream);

	CHECK(error == 0);
	for (int i = number; i < number + 5; i++) {
		snprintf(text, sizeof text, "%d", i);
		CHECK(await async_stream_printf(stream, "%s\r\n", text) > 0);
		CHECK(await async_stream_flush(stream) == 0);
		for (size_t c = 0, n = strlen(text); c <= n; c++)
			expected[c] = c < n ? text[n - 1 - c] : '\0';
		CHECK(await async_stream_read_line(stream, &line) >= 1 && !strcmp(line, expected));
	}
	CHECK(await async_stream_close(stream) == 0);
	return 0;
}

async static int serve_all(int listener)
{
	int r = await async_serve(listener, reverse, &served);

	CHECK(r == -ECANCELED);
	return r;
}

async static int ask_all(int listener, const char *service)
{
	async_task(int) server = async_spawn(serve_all(listener));
	struct async_stream *idle;
	struct async_group group;

	served = 0;
	CHECK(server != NULL);
	async_group_open(&group);
	for (int i = 0; i < CLIENTS; i++)
		CHECK(async_group_start(&group, ask(service, i * 1000)) == 0);
	CHECK(await async_group_close(&group) == 0);
	/* One is being served as the server ends. */
	CHECK((service ? await async_open_connection("127.0.0.1", service, &idle)
		       : await async_open_unix_connection("sock", &idle)) == 0);
	CHECK(await async_stream_write(idle, "x", 1) == 1 && await async_stream_flush(idle) == 0);
	while (served < CLIENTS || serving < 1)
		CHECK(await async_sleep_ms(1) == 0);
	async_cancel(server);
	CHECK(await async_join(server) == -ECANCELED);
	CHECK(serving == 0 && served == CLIENTS + 1);
	CHECK(await async_stream_close(idle) == 0);
	await async_close(listener);
	return 0;
}

/* No descriptor for the connection: it is served when there is one. */
async static int run_out(void)
{
	int listener = await async_listen_tcp("127.0.0.1", "0", 0), hog[64], count = 0;
	struct rlimit limit, low;
	async_task(int) server;
	char service[8];
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	struct async_stream *stream;
	char *line;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(!getsockname(listener, (struct sockaddr *)&address, &len));
	service_of(listener, service);
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	low = limit;
	low.rlim_cur = (rlim_t)fd + 20;
	CHECK(!setrlimit(RLIMIT_NOFILE, &low));
	while ((hog[count] = dup(0)) >= 0)
		count++;
	server = async_spawn(serve_all(listener));
	CHECK(await async_connect(fd, (struct sockaddr *)&address, len) == 0);
	stream = async_stream_of_fd(fd);
	CHECK(stream);
	CHECK(await async_stream_printf(stream, "abc\n") == 4);
	CHECK(await async_stream_flush(stream) == 0);
	CHECK(async_await_timeout(20, async_stream_read_line(stream, &line)) == -ETIMEDOUT);
	while (count)
		close(hog[--count]);
	CHECK(await async_stream_read_line(stream, &line) == 3 && !strcmp(line, "cba"));
	CHECK(await async_stream_close(stream) == 0);
	async_cancel(server);
	CHECK(await async_join(server) == -ECANCELED);
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	await async_close(listener);
	return 0;
}

async static int all(void)
{
	struct async_stream *none;
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);
	char service[8];

	CHECK(await ask_all(listener, service_of(listener, service)) == 0);
	CHECK(await ask_all(await async_listen_unix("sock", SOCK_STREAM, 0), NULL) == 0);
	CHECK(await run_out() == 0);
	CHECK(await async_serve(-1, reverse, NULL) == -EBADF);
	CHECK(await async_open_connection("127.0.0.1", service, &none) == -ECONNREFUSED && !none);
	return 0;
}

LIMITED(10000, all())

int main(void)
{
	int before = count_descriptors();

	CHECK(async_run(limited()) == 0);
	CHECK(count_descriptors() <= before + 2);
	return 0;
}
