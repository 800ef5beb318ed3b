/* A reverse proxy: speaks HTTP/1.1 over TLS with its clients, and HTTP/1.1 without with the
 * servers behind it, which take turns.
 *
 *     asyncc -O2 reverse_proxy.c -o reverse_proxy -lasyncc_tls -lssl -lcrypto
 *     ./reverse_proxy [-c CONNECTIONS] [-t MS] 8443 chain.pem key.pem 127.0.0.1:8080 ...
 *
 * Port 0 lets the kernel choose; the port is printed, and a line for each request. At most so
 * many connections are open, 1000 unless told otherwise; nothing that is waited for may take
 * longer than MS, 30 seconds. Bodies go through as they come, both ways at once. Each request
 * has a connection of its own to a server; those that could be understood in two ways (request
 * smuggling, RFC 9112, sections 6.3 and 11.2) are refused. SIGINT and SIGTERM let the requests
 * end that have begun.
 */
#define _GNU_SOURCE
#include <asyncc.h>
#include <asyncc/tls.h>

#include "listen.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { HEAD = 16384, HEADERS = 100, LINGER_MS = 1000, ADDRESS = 64 };

struct header {
	char *name, *value;
};

enum body { NO_BODY, OF_LENGTH, CHUNKED, TO_THE_END };

/* The head of a message. */
struct head {
	char text[HEAD + 1];
	char *words[3]; /* of the first line */
	struct header headers[HEADERS];
	size_t count;
	const char *connection, *host, *expect; /* values, or NULL */
	enum body body;
	uint64_t length;
	bool version_1_1;
};

/* One direction of bodies. */
struct flow {
	struct async_stream *from, *to;
	enum body body;
	uint64_t length;
	bool chunked; /* at to */
	bool lost;    /* what failed was writing */
	uint64_t moved;
};

/* A request and the answer to it. */
struct exchange {
	struct head request, answer;
	struct async_stream *client, *server;
	struct flow up, down;
	struct async_scope scope; /* of waiting for the answer; the request may end it */
	int status;               /* of the answer, 0 before there is any */
	bool sending;             /* the body of the request */
	bool keep;
};

/* A connection that waits for its next request. */
struct idle {
	struct idle *next, **link;
	struct async_scope scope;
};

static char **servers;
static size_t server_count, next_server;
static int64_t limit_ms = 30000;
static struct async_semaphore room;
static struct idle *idle_ones;
static bool stopping;

/* Heads */

static bool is_token(const char *text)
{
	size_t len = strspn(text, "!#$%&'*+-.^_`|~0123456789"
				  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len && !text[len];
}

/* Whether a list with commas has the word. */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list && *list) {
		list += strspn(list, ", \t");
		if (!strncasecmp(list, word, len) && (!list[len] || strchr(", \t", list[len])))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* The next line, cut off at its end; NULL when there is none or it has what no line may have. */
static char *cut_line(char **text)
{
	char *line = *text, *end = strstr(line, "\r\n");

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 2;
	for (const char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c) && *c != '\t')
			return NULL;
	return line;
}

static bool parse_header(struct head *head, char *line)
{
	char *colon = strchr(line, ':'), *end = line + strlen(line);
	struct header *header = &head->headers[head->count];

	if (!colon || head->count++ == HEADERS)
		return false;
	*colon++ = '\0';
	while (end > colon && strchr(" \t", end[-1]))
		*--end = '\0';
	*header = (struct header){line, colon + strspn(colon, " \t")};
	return is_token(line);
}

static bool parse_length(const char *text, uint64_t *length)
{
	size_t digits = strspn(text, "0123456789");

	*length = strtoull(text, NULL, 10);
	return digits && digits < 19 && !text[digits];
}

/* What the headers say about the message: false when that is not clear. */
static bool parse_framing(struct head *head)
{
	bool length = false, coding = false;

	for (size_t i = 0; i < head->count; i++) {
		const char *name = head->headers[i].name, *value = head->headers[i].value;

		if (!strcasecmp(name, "Content-Length")) {
			if (length || !parse_length(value, &head->length))
				return false;
			length = true;
		} else if (!strcasecmp(name, "Transfer-Encoding")) {
			if (coding || strcasecmp(value, "chunked") || !head->version_1_1)
				return false;
			coding = true;
		} else if (!strcasecmp(name, "Host")) {
			if (head->host)
				return false;
			head->host = value;
		} else if (!strcasecmp(name, "Connection")) {
			if (head->connection)
				return false;
			head->connection = value;
		} else if (!strcasecmp(name, "Expect")) {
			head->expect = value;
		}
	}
	head->body = coding ? CHUNKED : length ? OF_LENGTH : NO_BODY;
	return !(coding && length);
}

/* Takes the head apart, whose text has n bytes with the empty line. */
static bool parse_head(struct head *head, size_t n)
{
	char *text = head->text, *line, *rest;

	if (n < 4 || memchr(text, '\0', n))
		return false;
	text[n - 2] = '\0';
	text += strspn(text, "\r\n") & ~(size_t)1; /* RFC 9112, section 2.2 */
	line = cut_line(&text);
	if (!line)
		return false;
	for (int i = 0; i < 2; i++) {
		rest = strchr(line, ' ');
		if (!rest)
			return false;
		*rest++ = '\0';
		head->words[i] = line;
		line = rest;
	}
	head->words[2] = line;
	while (*text)
		if (!(line = cut_line(&text)) || !parse_header(head, line))
			return false;
	return true;
}

static bool is_version(struct head *head, const char *word)
{
	head->version_1_1 = !strcmp(word, "HTTP/1.1");
	return head->version_1_1 || !strcmp(word, "HTTP/1.0");
}

static bool is_target(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < '!' || *c > '~')
			return false;
	return *text == '/' || !strcmp(text, "*");
}

/* Gives the status for a request that is refused, or 0. */
static int check_request(struct head *head, size_t n)
{
	if (!parse_head(head, n) || !is_token(head->words[0]) || !is_target(head->words[1]))
		return 400;
	if (!is_version(head, head->words[2]))
		return 505;
	if (!parse_framing(head) || (head->version_1_1 && !head->host))
		return 400;
	if (head->expect && strcasecmp(head->expect, "100-continue"))
		return 417;
	return 0;
}

/* Gives the status, or a negative errno. */
static int check_answer(struct head *head, size_t n)
{
	int status;

	if (!parse_head(head, n) || !is_version(head, head->words[0]) || !parse_framing(head))
		return -EPROTO;
	status = atoi(head->words[1]);
	if (strlen(head->words[1]) != 3 || status < 100 || status > 599)
		return -EPROTO;
	return status;
}

/* Gives the length of the head, or a negative errno. */
static async ssize_t read_head(struct async_stream *s, struct head *head)
{
	char *data;
	ssize_t n;

	*head = (struct head){.count = 0};
	n = async_await_timeout(limit_ms, async_stream_read_until(s, "\r\n\r\n", 4, &data));
	if (n > 0)
		memcpy(head->text, data, (size_t)n);
	return n;
}

/* Headers that are for the next one only (RFC 9110, section 7.6.1), or that only we may set. */
static bool is_passed_on(const struct head *head, const char *name)
{
	static const char *const ours[] = {
		"Connection", "Keep-Alive",          "Proxy-Connection",
		"TE",         "Transfer-Encoding",   "Upgrade",
		"Trailer",    "Proxy-Authorization", "Proxy-Authenticate",
		"Forwarded",  "X-Forwarded-For",     "X-Forwarded-Proto",
		"Expect",
	};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (!strcasecmp(name, ours[i]))
			return false;
	return !strcasecmp(name, "Content-Length") || !strcasecmp(name, "Host") ||
	       !lists(head->connection, name);
}

static async ssize_t write_headers(struct async_stream *to, const struct head *head)
{
	ssize_t n = 0;

	for (size_t i = 0; i < head->count && n >= 0; i++)
		if (is_passed_on(head, head->headers[i].name))
			n = await async_stream_printf(to, "%s: %s\r\n", head->headers[i].name,
						      head->headers[i].value);
	return n;
}

/* Bodies */

/* Moves some bytes, at most left, as soon as there are some. Gives their number, 0 at the end. */
static async ssize_t move_some(struct flow *flow, uint64_t left)
{
	char *data;
	ssize_t n = await async_stream_peek(flow->from, 1, &data), written;

	if (n <= 0)
		return n;
	if ((uint64_t)n > left)
		n = (ssize_t)left;
	flow->lost = true;
	if (flow->chunked)
		await async_stream_printf(flow->to, "%zx\r\n", (size_t)n);
	written = await async_stream_write(flow->to, data, (size_t)n);
	if (written >= 0 && flow->chunked)
		written = await async_stream_write(flow->to, "\r\n", 2);
	if (written >= 0)
		written = await async_stream_flush(flow->to);
	if (written < 0)
		return written;
	flow->lost = false;
	async_stream_skip(flow->from, (size_t)n);
	flow->moved += (uint64_t)n;
	return n;
}

static async int move_bytes(struct flow *flow, uint64_t left)
{
	ssize_t n = 1;

	while (left && n > 0) {
		n = async_await_timeout(limit_ms, move_some(flow, left));
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return n < 0 ? (int)n : left ? -ENODATA : 0;
}

/* Reads a line of a chunked body. Gives its length, without its end. */
static async ssize_t read_line(struct async_stream *s, char **line)
{
	ssize_t n = async_await_timeout(limit_ms, async_stream_read_until(s, "\r\n", 2, line));

	if (n < 0)
		return n;
	(*line)[n - 2] = '\0';
	return strlen(*line) == (size_t)n - 2 && !strchr(*line, '\n') ? n - 2 : -EPROTO;
}

static async int read_chunk_size(struct async_stream *s, uint64_t *size)
{
	char *line;
	ssize_t n = await read_line(s, &line);
	size_t digits = n < 0 ? 0 : strspn(line, "0123456789abcdefABCDEF");

	if (n < 0)
		return (int)n;
	if (!digits || digits > 15 || (line[digits] && line[digits] != ';'))
		return -EPROTO;
	*size = strtoull(line, NULL, 16);
	return 0;
}

static async int drop_trailers(struct async_stream *s)
{
	char *line;
	ssize_t n = 1;

	for (int i = 0; i < HEADERS && n > 0; i++)
		n = await read_line(s, &line);
	return n < 0 ? (int)n : n ? -EMSGSIZE : 0;
}

static async int move_chunks(struct flow *flow)
{
	uint64_t size = 1;
	char *line;
	int error;

	for (;;) {
		error = await read_chunk_size(flow->from, &size);
		if (error)
			return error;
		if (!size)
			return await drop_trailers(flow->from);
		error = await move_bytes(flow, size);
		if (error)
			return error;
		error = (int)await read_line(flow->from, &line);
		if (error)
			return error < 0 ? error : -EPROTO;
	}
}

static async int move_body(struct flow *flow)
{
	int error = 0;

	if (flow->body == CHUNKED)
		error = await move_chunks(flow);
	else if (flow->body != NO_BODY)
		error = await move_bytes(flow, flow->body == OF_LENGTH ? flow->length : UINT64_MAX);
	if (flow->body == TO_THE_END && error == -ENODATA)
		error = 0;
	if (error)
		return error;
	flow->lost = true;
	if (flow->chunked)
		await async_stream_write(flow->to, "0\r\n\r\n", 5);
	error = async_await_timeout(limit_ms, async_stream_flush(flow->to));
	flow->lost = error != 0;
	return error;
}

/* Exchanges */

/* Says what the proxy itself has to say, and that the connection ends. */
static async void say(struct exchange *x, int status)
{
	const char *text = status == 400   ? "Bad Request"
			   : status == 408 ? "Request Timeout"
			   : status == 417 ? "Expectation Failed"
			   : status == 431 ? "Request Header Fields Too Large"
			   : status == 502 ? "Bad Gateway"
			   : status == 503 ? "Service Unavailable"
			   : status == 504 ? "Gateway Timeout"
					   : "HTTP Version Not Supported";
	ssize_t n =
		await async_stream_printf(x->client,
					  "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\n"
					  "Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
					  status, text, strlen(text) + 1, text);

	x->keep = false;
	x->status = status;
	if (n > 0)
		async_await_timeout(limit_ms, async_stream_flush(x->client));
}

/* Connects to the server whose turn it is, or else to another. Gives its number. */
static async int connect_server(struct async_stream **server)
{
	char host[256];
	const char *colon;
	int error = -ECONNREFUSED;

	for (size_t tries = 0; tries < server_count; tries++) {
		size_t number = next_server++ % server_count;

		colon = strrchr(servers[number], ':');
		snprintf(host, sizeof host, "%.*s", (int)(colon - servers[number]),
			 servers[number]);
		error = async_await_timeout(limit_ms,
					    async_open_connection(host, colon + 1, server));
		if (!error)
			return (int)number;
		if (error == -ECANCELED)
			break;
	}
	return error;
}

static async int send_request(struct exchange *x, const char *address)
{
	const struct head *head = &x->request;
	ssize_t n = await async_stream_printf(x->server, "%s %s HTTP/1.1\r\n", head->words[0],
					      head->words[1]);

	if (n >= 0)
		n = await write_headers(x->server, head);
	if (n >= 0)
		n = await async_stream_printf(
			x->server,
			"X-Forwarded-For: %s\r\nX-Forwarded-Proto: https\r\n"
			"Via: 1.1 reverse_proxy\r\n%sConnection: close\r\n\r\n",
			address, head->body == CHUNKED ? "Transfer-Encoding: chunked\r\n" : "");
	if (n >= 0)
		n = async_await_timeout(limit_ms, async_stream_flush(x->server));
	return n < 0 ? (int)n : 0;
}

/* Moves the body of the request. When that fails there is no use in waiting for an answer, unless
 * the server has closed, which may have said why. */
static async int send_body(struct exchange *x)
{
	int error = await move_body(&x->up);
	bool closed = x->up.lost && (error == -EPIPE || error == -ECONNRESET);

	x->sending = false;
	if (error && error != -ECANCELED && !closed)
		async_scope_cancel(&x->scope, error);
	return error;
}

/* Tells a client that waits for it to go on with the body. */
static async int encourage(struct exchange *x)
{
	ssize_t n;

	if (!x->request.expect || !x->request.version_1_1 || x->up.body == NO_BODY)
		return 0;
	n = await async_stream_printf(x->client, "HTTP/1.1 100 Continue\r\n\r\n");
	return n < 0 ? (int)n : async_await_timeout(limit_ms, async_stream_flush(x->client));
}

/* Reads the head of the answer, those that come before it left out. A server may take its time from
 * when it has the request. Gives the status. */
static async int read_answer(struct exchange *x)
{
	ssize_t n;
	int status;

	do {
		do
			n = await read_head(x->server, &x->answer);
		while (n == -ETIMEDOUT && x->sending);
		status = n < 0 ? (int)n : check_answer(&x->answer, (size_t)n);
	} while (status >= 100 && status < 200 && status != 101);
	return status == 101 ? -EPROTO : status;
}

/* How the body of the answer comes, and how it goes on. */
static void plan_answer(struct exchange *x)
{
	struct head *answer = &x->answer;
	bool none = !strcmp(x->request.words[0], "HEAD") || x->status == 204 || x->status == 304;

	if (answer->body == NO_BODY && !none)
		answer->body = TO_THE_END;
	x->down = (struct flow){.from = x->server, .to = x->client, .length = answer->length};
	x->down.body = none ? NO_BODY : answer->body;
	x->down.chunked =
		x->request.version_1_1 && (x->down.body == CHUNKED || x->down.body == TO_THE_END);
	if (stopping || !x->request.version_1_1 || lists(x->request.connection, "close"))
		x->keep = false;
}

static async int send_answer(struct exchange *x)
{
	const struct head *answer = &x->answer;
	ssize_t n;

	plan_answer(x);
	n = await async_stream_printf(x->client, "HTTP/1.1 %s %s\r\n", answer->words[1],
				      answer->words[2]);
	if (n >= 0)
		n = await write_headers(x->client, answer);
	if (n >= 0)
		n = await async_stream_printf(x->client, "%s%s\r\n",
					      x->down.chunked ? "Transfer-Encoding: chunked\r\n"
							      : "",
					      x->keep ? "" : "Connection: close\r\n");
	return n < 0 ? (int)n : await move_body(&x->down);
}

/* What to say of a request whose body has failed, by the client or by the server. */
static int status_of(int reason, bool by_server)
{
	if (by_server)
		return reason == -ETIMEDOUT ? 504 : 502;
	return reason == -ETIMEDOUT ? 408 : 400;
}

/* The answer goes to the client while the body of the request may still come from there. Gives
 * what has failed. */
static async int answer(struct exchange *x)
{
	async_task(int) body = NULL;
	int error = await encourage(x), reason, sent;

	if (error)
		return error;
	x->sending = true;
	if (!async_scope_open(&x->scope))
		body = async_spawn(send_body(x));
	if (!body) {
		async_scope_close(&x->scope);
		await say(x, 503);
		return -ENOMEM;
	}
	error = await read_answer(x);
	if (error > 0) {
		x->status = error;
		error = await send_answer(x);
	}
	reason = async_scope_close(&x->scope);
	async_cancel(body);
	sent = await async_join(body);
	if (error || sent)
		x->keep = false;
	if (!x->status && reason)
		await say(x, status_of(reason, x->up.lost));
	else if (!x->status && error != -ECANCELED)
		await say(x, status_of(error, true));
	return reason ? reason : error;
}

static async int pass_on(struct exchange *x, const char *address)
{
	int number = await connect_server(&x->server), error = number;

	if (number >= 0) {
		x->up = (struct flow){.from = x->client, .to = x->server};
		x->up.body = x->request.body;
		x->up.length = x->request.length;
		x->up.chunked = x->up.body == CHUNKED;
		async_stream_set_limit(x->server, HEAD);
		error = await send_request(x, address);
		if (!error)
			error = await answer(x);
		else
			await say(x, status_of(error, true));
		await async_stream_close(x->server);
	} else if (error != -ECANCELED) {
		await say(x, status_of(error, true));
	}
	return error < 0 ? error : number;
}

static void report(const struct exchange *x, const char *address, int number, uint64_t began)
{
	printf("%s \"%s %s\" %d %llu bytes %llu ms%s%s\n", address,
	       x->request.words[0] ? x->request.words[0] : "",
	       x->request.words[1] ? x->request.words[1] : "", x->status,
	       (unsigned long long)x->down.moved,
	       (unsigned long long)(async_now_ns() - began) / 1000000,
	       number >= 0 ? " from " : ": ", number >= 0 ? servers[number] : strerror(-number));
	fflush(stdout);
}

/* One request, of which there is a byte. */
static async void exchange(struct exchange *x, const char *address)
{
	uint64_t began = async_now_ns();
	ssize_t n = await read_head(x->client, &x->request);
	int status = n >= 0            ? check_request(&x->request, (size_t)n)
		     : n == -EMSGSIZE  ? 431
		     : n == -ETIMEDOUT ? 408
				       : 0,
	    number = n < 0 ? (int)n : -EPROTO;

	x->keep = true;
	if (status)
		await say(x, status);
	else if (n < 0)
		x->keep = false;
	else
		number = await pass_on(x, address);
	report(x, address, number, began);
}

/* Connections */

/* Gives 1 when the next request begins. */
static async ssize_t wait_for_request(struct async_stream *client)
{
	struct idle idle = {.next = idle_ones, .link = &idle_ones};
	ssize_t n;
	char *data;

	if (stopping)
		return 0;
	n = async_timeout_open(&idle.scope, limit_ms);
	if (n)
		return n;
	if (idle_ones)
		idle_ones->link = &idle.next;
	idle_ones = &idle;
	n = await async_stream_peek(client, 1, &data);
	async_scope_close(&idle.scope);
	*idle.link = idle.next;
	if (idle.next)
		idle.next->link = idle.link;
	return n;
}

static async void serve(struct async_stream *client, const char *address)
{
	struct exchange *x;
	bool keep = true;

	async_stream_set_limit(client, HEAD);
	while (keep && await wait_for_request(client) > 0) {
		x = malloc(sizeof *x);
		if (!x)
			break;
		*x = (struct exchange){.client = client};
		await exchange(x, address);
		keep = x->keep;
		free(x);
	}
}

/* Lets the client read the last answer: closing with something unread would reset the connection.
 */
static async ssize_t end(struct async_stream *client)
{
	ssize_t n = await async_stream_shutdown(client);
	char buf[4096];

	if (!n)
		do
			n = await async_stream_read(client, buf, sizeof buf);
		while (n > 0);
	return n;
}

static async void serve_tls(struct async_stream *below, struct async_tls_config *config)
{
	struct async_tls_failure why;
	struct async_stream *client;
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	char address[ADDRESS] = "?";
	int error;

	if (!getpeername(async_stream_fd(below), (struct sockaddr *)&peer, &len))
		await async_getnameinfo((struct sockaddr *)&peer, len, address, sizeof address,
					NULL, 0, NI_NUMERICHOST);
	error = async_await_timeout(limit_ms, async_tls_server(below, config, &client, &why));
	if (error) {
		printf("%s refused: %s\n", address, error == -ETIMEDOUT ? "too slow" : why.text);
		fflush(stdout);
		await async_stream_close(below);
		return;
	}
	await serve(client, address);
	async_await_timeout(LINGER_MS, end(client));
	await async_stream_close(client);
}

static async void connection(struct async_stream *below, struct async_tls_config *config)
{
	await serve_tls(below, config);
	async_semaphore_release(&room, 1);
}

static async int accept_all(int listener, struct async_tls_config *config)
{
	for (;;) {
		struct async_stream *below = NULL;
		async_task(void) task = NULL;
		int error = await async_semaphore_acquire(&room, 1), fd;

		if (error)
			return error;
		fd = await async_accept(listener);
		if (fd >= 0 && !(below = async_stream_of_fd(fd)))
			await async_close(fd);
		if (below && !(task = async_spawn(connection(below, config))))
			await async_stream_close(below);
		if (task) {
			async_detach(task);
			continue;
		}
		async_semaphore_release(&room, 1);
		if (fd < 0 && fd != -EMFILE && fd != -ENFILE && fd != -ENOMEM && fd != -ENOBUFS)
			return fd;
		error = await async_sleep_ms(50); /* until there is memory or a descriptor again */
		if (error)
			return error;
	}
}

/* Ends the idle connections, and waits for the others. */
static async int stop(unsigned most)
{
	ASYNC_SHIELD(shield);
	stopping = true;
	for (struct idle *idle = idle_ones; idle; idle = idle->next)
		async_scope_cancel(&idle->scope, -ESHUTDOWN);
	return async_await_timeout(limit_ms, async_semaphore_acquire(&room, most));
}

static int usage(void)
{
	fprintf(stderr,
		"usage: reverse_proxy [-c CONNECTIONS] [-t MS] PORT CHAIN KEY HOST:PORT...\n");
	return 2;
}

async int main(int argc, char **argv)
{
	static const char *const protocols[] = {"http/1.1", "http/1.0", NULL};
	struct async_tls_certificate certificate;
	struct async_tls_options options = {
		.certificates = &certificate, .certificate_count = 1, .protocols = protocols};
	struct async_tls_config *config;
	struct async_tls_failure why;
	unsigned most = 1000;
	int listener, error, option;

	while ((option = getopt(argc, argv, "c:t:")) >= 0)
		if (option == 'c')
			most = (unsigned)atoi(optarg);
		else if (option == 't')
			limit_ms = atol(optarg);
		else
			return usage();
	argv += optind;
	if (argc - optind < 4 || !most)
		return usage();
	servers = argv + 3;
	for (server_count = 0; servers[server_count]; server_count++)
		if (!strchr(servers[server_count], ':'))
			return usage();
	certificate = (struct async_tls_certificate){.chain_file = argv[1], .key_file = argv[2]};
	if (async_tls_config_new(&options, &config, &why)) {
		fprintf(stderr, "reverse_proxy: %s\n", why.text);
		return 1;
	}
	room = (struct async_semaphore)ASYNC_SEMAPHORE_INIT(most);
	async_shutdown_on(SIGINT, SIGTERM);
	listener = error = await listen_here(argv[0]);
	if (listener >= 0) {
		error = await accept_all(listener, config);
		await async_close(listener);
		await stop(most);
	}
	async_tls_config_free(config);
	if (async_shutdown_signal())
		return 0;
	fprintf(stderr, "reverse_proxy: %s\n", strerror(-error));
	return 1;
}
