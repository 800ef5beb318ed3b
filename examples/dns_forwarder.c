/* A DNS forwarder: passes questions on to a name server and its answers back, many at a
 * time, and answers what it has heard before from memory for as long as the answer is good.
 *
 *     asyncc -O2 dns_forwarder.c -o dns_forwarder && ./dns_forwarder 5353 192.0.2.1 53
 *
 * Port 0 lets the kernel choose; the port is printed. See RFC 1035, section 4.1. A question
 * goes on under a number of our own choice, from a socket of its own, so that nobody else's
 * answer fits it.
 */
#include <asyncc.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

enum { HEADER = 12, LONGEST = 1232, KEPT = 256, TRIES = 3, WAIT_MS = 1000, MOST_AT_ONCE = 500 };

struct packet {
	size_t len;
	unsigned char data[LONGEST];
};

/* An answer, kept until a time. */
struct kept {
	uint64_t until_ns;
	struct packet asked, answer;
};

struct forwarder {
	int fd;
	const char *host, *port;
	struct async_semaphore room;
	struct kept *kept;
	size_t next;
};

struct question {
	struct sockaddr_storage from;
	socklen_t from_len;
	struct packet packet;
};

/* Behind the name at a place, or 0 when the packet is no good. */
static size_t skip_name(const struct packet *p, size_t at)
{
	while (at < p->len && p->data[at]) {
		if (p->data[at] >= 0xc0)
			return at + 2;
		at += p->data[at] + 1u;
	}
	return at < p->len ? at + 1 : 0;
}

static unsigned number(const struct packet *p, size_t at)
{
	return (unsigned)p->data[at] << 8 | p->data[at + 1];
}

/* The length of header and question; 0 unless there is one question, complete. */
static size_t question_length(const struct packet *p)
{
	size_t end = p->len > HEADER && number(p, 4) == 1 ? skip_name(p, HEADER) : 0;

	return end && end + 4 <= p->len ? end + 4 : 0;
}

/* For how many seconds all of the answers are good; 0 for anything but a plain success. */
static uint32_t seconds_good(const struct packet *p)
{
	size_t at = question_length(p);
	uint32_t least = number(p, 6) ? 3600 : 0, ttl;

	if (p->data[3] & 0x0f || p->data[2] & 0x02)
		return 0;
	for (unsigned i = number(p, 6); i && at; i--) {
		at = skip_name(p, at);
		if (!at || at + 10 > p->len)
			return 0;
		ttl = (uint32_t)number(p, at + 4) << 16 | number(p, at + 6);
		least = ttl < least ? ttl : least;
		at += 10 + number(p, at + 8);
	}
	return at ? least : 0;
}

/* All but the numbers: an answer depends on the flags and on what the asker understands, too. */
static const struct packet *remembered(const struct forwarder *f, const struct packet *asked)
{
	for (size_t i = 0; i < KEPT; i++) {
		const struct kept *k = &f->kept[i];

		if (k->until_ns > async_now_ns() && k->asked.len == asked->len &&
		    !memcmp(k->asked.data + 2, asked->data + 2, asked->len - 2))
			return &k->answer;
	}
	return NULL;
}

static void remember(struct forwarder *f, const struct packet *asked, const struct packet *answer)
{
	uint32_t seconds = seconds_good(answer);

	if (!seconds)
		return;
	f->kept[f->next] =
		(struct kept){async_now_ns() + (uint64_t)seconds * 1000000000, *asked, *answer};
	f->next = (f->next + 1) % KEPT;
}

/* Waits for the answer to a question, and for nothing else that may come. */
static async int receive_answer(int fd, const struct packet *asked, struct packet *answer)
{
	size_t len = question_length(asked);
	ssize_t n;

	for (;;) {
		n = await async_read(fd, answer->data, LONGEST);
		if (n < 0)
			return (int)n;
		answer->len = (size_t)n;
		if (question_length(answer) == len && answer->data[2] & 0x80 &&
		    !memcmp(answer->data, asked->data, 2) &&
		    !memcmp(answer->data + HEADER, asked->data + HEADER, len - HEADER))
			return 0;
	}
}

static async int ask(const struct forwarder *f, struct packet *asked, struct packet *answer)
{
	int fd = await async_connect_udp(f->host, f->port, NULL), error = -ETIMEDOUT;

	if (fd < 0)
		return fd;
	for (int i = 0; i < TRIES && error == -ETIMEDOUT; i++) {
		if (getrandom(asked->data, 2, 0) != 2)
			break;
		if (await async_write(fd, asked->data, asked->len) < 0)
			break;
		error = async_await_timeout(WAIT_MS, receive_answer(fd, asked, answer));
	}
	await async_close(fd);
	return error;
}

/* The question, said to have failed. */
static void refuse(const struct packet *asked, struct packet *answer)
{
	answer->len = question_length(asked);
	memcpy(answer->data, asked->data, answer->len);
	answer->data[2] |= 0x80;
	answer->data[3] = 0x82; /* recursion available, server failure */
	memset(answer->data + 6, 0, 6);
}

static async void reply(const struct forwarder *f, const struct question *q, struct packet *answer)
{
	memcpy(answer->data, q->packet.data, 2);
	await async_sendto(f->fd, answer->data, answer->len, 0, (const struct sockaddr *)&q->from,
			   q->from_len);
}

static async void serve(struct forwarder *f, struct question *q)
{
	const struct packet *known = remembered(f, &q->packet);
	struct packet asked = q->packet, answer;
	int error = 0;

	if (known)
		answer = *known;
	else
		error = await ask(f, &asked, &answer);
	if (error)
		refuse(&q->packet, &answer);
	else if (!known)
		remember(f, &q->packet, &answer);
	printf("%s%s\n", known ? "from memory" : "asked", error ? ": failed" : "");
	fflush(stdout);
	await reply(f, q, &answer);
	free(q);
	async_semaphore_release(&f->room, 1);
}

/* Takes in a packet, and serves it when it is a question. */
static async int take(struct forwarder *f, struct async_group *serving)
{
	struct question *q = malloc(sizeof *q);
	ssize_t n;

	if (!q)
		return -ENOMEM;
	q->from_len = sizeof q->from;
	n = await async_recvfrom(f->fd, q->packet.data, LONGEST, 0, (struct sockaddr *)&q->from,
				 &q->from_len);
	q->packet.len = n < 0 ? 0 : (size_t)n;
	if (question_length(&q->packet) && !(q->packet.data[2] & 0x80) &&
	    async_group_start(serving, serve(f, q)) == 0)
		return 0;
	free(q);
	async_semaphore_release(&f->room, 1);
	return n < 0 ? (int)n : 0;
}

/* Goes on until receiving fails, and answers what it has taken in. */
static async int forward(struct forwarder *f)
{
	struct async_group serving;
	int error = async_group_open(&serving);

	while (!error && (error = await async_semaphore_acquire(&f->room, 1)) == 0)
		error = await take(f, &serving);
	await async_group_close(&serving);
	return error;
}

async int main(int argc, char **argv)
{
	struct forwarder f = {.room = ASYNC_SEMAPHORE_INIT(MOST_AT_ONCE)};
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int error;

	if (argc != 4) {
		fprintf(stderr, "usage: dns_forwarder PORT SERVER SERVER-PORT\n");
		return 2;
	}
	async_shutdown_on(SIGINT, SIGTERM);
	f.host = argv[2];
	f.port = argv[3];
	f.kept = calloc(KEPT, sizeof *f.kept);
	f.fd = await async_bind_udp("127.0.0.1", argv[1], NULL);
	if (!f.kept || f.fd < 0 || getsockname(f.fd, (struct sockaddr *)&address, &len)) {
		fprintf(stderr, "dns_forwarder: %s\n", strerror(f.fd < 0 ? -f.fd : ENOMEM));
		free(f.kept);
		return 1;
	}
	printf("listening on port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	error = await forward(&f);
	await async_close(f.fd);
	free(f.kept);
	if (async_shutdown_signal())
		return 0;
	fprintf(stderr, "dns_forwarder: %s\n", strerror(-error));
	return 1;
}
