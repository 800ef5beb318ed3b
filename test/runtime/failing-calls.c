/* Each system call of a program fails in turn, with several errors: every operation then
 * succeeds or gives a negative errno, and nothing hangs or is left behind. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

async static int echo(int listener)
{
	char buf[16];
	ssize_t n = 0;
	int fd = await async_accept(listener);

	if (fd < 0)
		return fd;
	while ((n = await async_read(fd, buf, sizeof buf)) > 0) {
		n = await async_write_full(fd, buf, (size_t)n);
		if (n < 0)
			break;
	}
	await async_close(fd);
	return (int)n;
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	return ntohs(address.sin_port);
}

async static int ask(int port)
{
	char service[16], buf[5];
	ssize_t n;
	int fd;

	snprintf(service, sizeof service, "%d", port);
	fd = await async_connect_tcp("127.0.0.1", service);
	if (fd < 0)
		return fd;
	n = await async_write_full(fd, "hello", 5);
	if (n >= 0)
		n = await async_read_full(fd, buf, sizeof buf);
	CHECK(n < 5 || !memcmp(buf, "hello", 5));
	await async_close(fd);
	return n == 5 ? 0 : n < 0 ? (int)n : -EPIPE;
}

async static int talk(void)
{
	struct async_group group;
	int listener = await async_listen_tcp("127.0.0.1", "0", 0);
	int r, asked = 0, served = 0;

	if (listener < 0)
		return listener;
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &served, echo(listener)) == 0);
	CHECK(async_group_store(&group, &asked, ask(port_of(listener))) == 0);
	r = await async_group_close(&group);
	CHECK((r == 0) == (asked == 0 && served == 0));
	await async_close(listener);
	return r;
}

/* With a limit, as one side may wait for what the other could not send. */
async static int limited(void)
{
	int r = async_await_timeout(60000, talk());

	return r;
}

int main(void)
{
	static const int errors[] = {-EIO, -ENOMEM, -EMFILE, -ECONNABORTED};
	int fd = dup(0), after;
	unsigned long n, failed = 0;
	int r;

	CHECK(async_test_virtual_time() == 0);
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		for (n = 1;; n++) {
			async_test_fail_call(n, errors[i]);
			r = async_run(limited());
			if (!async_test_call_failed())
				break;
			/* What the program did without, or what it was told. */
			CHECK(r == 0 || r == errors[i] || r == -EPIPE || r == -ECONNRESET ||
			      r == -ETIMEDOUT);
			failed += r != 0;
		}
		CHECK(r == 0 && n > 8);
		async_test_fail_call(0, 0);
	}
	CHECK(failed >= 20);
	/* All descriptors are closed again, but for those of the loop. */
	after = dup(0);
	CHECK(after <= fd + 3);
	return 0;
}
