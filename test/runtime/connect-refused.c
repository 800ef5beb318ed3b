/* Connecting to a port that nobody listens on gives -ECONNREFUSED and leaves no descriptor
 * behind. */
// RUN: %cc_plain %s -o %t %runtime_link && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/hand.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static char service[16];

struct root {
	struct co co;
	int before, i;
};
CO(root)
{
	int r;

	BEGIN;
	for (self->i = 0; self->i < 3; self->i++) {
		AWAIT(r, async__connect_tcp("127.0.0.1", service));
		CHECK(r == -ECONNREFUSED);
		r = dup(0);
		CHECK(r >= 0 && (self->i == 0 || r == self->before));
		self->before = r;
		close(r);
	}
	RETURN(0);
	END;
}

int main(void)
{
	static struct root r;
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	/* Bound but not listening, so that nobody else takes the port. */
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	snprintf(service, sizeof service, "%d", ntohs(address.sin_port));
	return (int)run(root, &r);
}
