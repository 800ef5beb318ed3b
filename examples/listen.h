/* What the example servers share: listening on this machine and saying where. */
#ifndef LISTEN_H
#define LISTEN_H

#include <asyncc.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

/* Listens on the given port of 127.0.0.1, or one that the kernel chooses when it is "0",
 * and prints it. Gives the descriptor or a negative errno. */
static inline async int listen_here(const char *port)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int fd = await async_listen_tcp("127.0.0.1", port, 0);

	if (fd < 0)
		return fd;
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		int err = -errno;
		await async_close(fd);
		return err;
	}
	printf("listening on port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

#endif
