/* A name server for tests, and a reader of its questions. It answers for names in .test:
 * "hN.test" has the address 127.0.0.N, "both.test" ::1 as well, "slow.test" answers after 50
 * milliseconds, "mute.test" never, and "N.0.0.127.in-addr.arpa" is hN.test. All else does not
 * exist. */
#ifndef DNS_H
#define DNS_H

#include "net.h"

enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_AAAA = 28 };

/* The name in a question, with dots; gives its type, 0 for nonsense. */
static inline int read_question(const unsigned char *packet, size_t len, char *name, size_t size)
{
	size_t at = 12, n = 0;

	while (at < len && packet[at]) {
		size_t label = packet[at++];

		if (label > 63 || at + label > len || n + label + 2 > size)
			return 0;
		memcpy(name + n, packet + at, label);
		n += label;
		at += label;
		name[n++] = '.';
	}
	if (!n || at + 5 > len)
		return 0;
	name[n - 1] = '\0';
	return packet[at + 1] << 8 | packet[at + 2];
}

static inline size_t put_name(unsigned char *to, const char *name)
{
	size_t n = 0;

	while (*name) {
		size_t label = strcspn(name, ".");

		to[n++] = (unsigned char)label;
		memcpy(to + n, name, label);
		n += label;
		name += label + (name[label] == '.');
	}
	to[n++] = 0;
	return n;
}

/* The data of the answer; 0 bytes when there is none of that type, -1 for no such name. */
static inline int answer_data(const char *name, int type, unsigned char *data)
{
	char text[32];
	int n = 0;

	if (type == TYPE_PTR && sscanf(name, "%d.0.0.127.in-addr.arpa", &n) == 1) {
		snprintf(text, sizeof text, "h%d.test", n);
		return (int)put_name(data, text);
	}
	if (!strcmp(name, "both.test") || !strcmp(name, "slow.test"))
		n = 1;
	else if (sscanf(name, "h%d.tes%c", &n, text) != 2)
		return -1;
	if (type == TYPE_A) {
		memcpy(data, (unsigned char[]){127, 0, 0, (unsigned char)n}, 4);
		return 4;
	}
	if (type != TYPE_AAAA || strcmp(name, "both.test"))
		return 0;
	memset(data, 0, 16);
	data[15] = 1;
	return 16;
}

struct question {
	int fd, type;
	struct sockaddr_storage from;
	socklen_t from_len;
	unsigned char packet[700];
	size_t len;
	char name[256];
};

static inline void put_answer(struct question *q)
{
	unsigned char data[256];
	int n = answer_data(q->name, q->type, data);

	q->len = 12 + strlen(q->name) + 2 + 4; /* without what came behind the question */
	q->packet[2] = 0x81;
	q->packet[3] = n < 0 ? 0x83 : 0x80;
	q->packet[7] = n > 0;
	memset(q->packet + 8, 0, 4);
	if (n <= 0)
		return;
	memcpy(q->packet + q->len, (unsigned char[]){0xc0, 12, 0, (unsigned char)q->type, 0, 1, 0,
						     0, 0, 60, 0, (unsigned char)n},
	       12);
	memcpy(q->packet + q->len + 12, data, (size_t)n);
	q->len += 12 + (size_t)n;
}

static unsigned questions;

async static int answer_one(struct question question)
{
	questions++;
	if (!strcmp(question.name, "mute.test"))
		return 0;
	if (!strcmp(question.name, "slow.test") && await async_sleep_ms(50))
		return 0;
	put_answer(&question);
	await async_sendto(question.fd, question.packet, question.len, 0,
			   (struct sockaddr *)&question.from, question.from_len);
	return 0;
}

/* Serves until it is cancelled. */
async static int serve_names(int fd)
{
	struct question q = {.fd = fd};
	struct async_group group;
	ssize_t n;

	CHECK(async_group_open(&group) == 0);
	for (;;) {
		q.from_len = sizeof q.from;
		n = await async_recvfrom(fd, q.packet, 500, 0, (struct sockaddr *)&q.from, &q.from_len);
		if (n < 0)
			break;
		q.len = (size_t)n;
		q.type = read_question(q.packet, q.len, q.name, sizeof q.name);
		if (q.type)
			async_group_start(&group, answer_one(q));
	}
	async_group_cancel(&group);
	await async_group_close(&group);
	return 0;
}

#endif
