/* Data and the end of the stream that arrive together are both seen, though the first read
 * is a short one; so is data behind urgent data, where reads stop short. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static char service[16];

struct reader {
	struct co co;
	int fd, total;
	char buf[100];
};
CO(reader)
{
	ssize_t n;

	BEGIN;
	do {
		AWAIT(n, async__read(self->fd, self->buf, sizeof self->buf));
		CHECK(n >= 0);
		self->total += (int)n;
	} while (n > 0);
	RETURN(self->total);
	END;
}

struct root {
	struct co co;
	struct reader reader;
	struct async_task *task;
	int listener, client, i;
};
CO(root)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	ssize_t n;
	int r;

	BEGIN;
	AWAIT(self->listener, async__listen_tcp("127.0.0.1", "0", 0));
	CHECK(self->listener >= 0);
	CHECK(getsockname(self->listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(service, sizeof service, "%d", ntohs(address.sin_port));
	for (self->i = 0; self->i < 3; self->i++) {
		AWAIT(self->client, async__connect_tcp("127.0.0.1", service));
		CHECK(self->client >= 0);
		self->reader = (struct reader){.fd = -1};
		AWAIT(self->reader.fd, async__accept(self->listener));
		CHECK(self->reader.fd >= 0);
		self->task = spawn(reader, &self->reader);
		/* Let the reader wait, so that its descriptor is watched. */
		AWAIT(r, async__sleep_ms(1));
		CHECK(r == 0);
		if (self->i == 1) {
			CHECK(send(self->client, "ab", 2, 0) == 2);
			CHECK(send(self->client, "c", 1, MSG_OOB) == 1);
			CHECK(send(self->client, "de", 2, 0) == 2);
			AWAIT(r, async__sleep_ms(5));
			CHECK(r == 0);
			CHECK(self->reader.total == 4);
		} else if (self->i == 2) {
			CHECK(send(self->client, "fghi", 4, 0) == 4);
			AWAIT(r, async__sleep_ms(1));
			CHECK(r == 0);
		} else {
			CHECK(send(self->client, "fghi", 4, 0) == 4);
		}
		AWAIT(r, async__close(self->client));
		CHECK(r == 0);
		AWAIT(n, join(self->task));
		CHECK(n == 4);
		AWAIT(r, async__close(self->reader.fd));
		CHECK(r == 0);
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;

	return (int)run(root, &r);
}
