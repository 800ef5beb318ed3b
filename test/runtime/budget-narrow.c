// An operation whose int result comes after others have run writes nothing but that int.
// RUN: %asyncc -O1 %s -o %t && env ASYNC_FORCE_SUSPEND=1 %t
#include <asyncc.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(int listener)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listener, (struct sockaddr *)&address, &len) ||
	    connect(fd, (struct sockaddr *)&address, len))
		return -1;
	return fd;
}

static async int accept_two(int listener, int guard)
{
	for (int i = 0; i < 2; i++) {
		int client = connect_to(listener);
		int fd = await async_accept(listener);
		if (client < 0 || fd < 0 || guard != 12345)
			return 1;
		await async_close(fd);
		close(client);
	}
	return guard == 12345 ? 0 : 2;
}

async int main(void)
{
	int listener = await async_listen_tcp("127.0.0.1", "0", 8);

	return listener < 0 ? 3 : await accept_two(listener, 12345);
}
