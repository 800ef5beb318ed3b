/* For tests with real sockets. */
#ifndef NET_H
#define NET_H

#include "kit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static inline char *service_of(int fd, char text[8])
{
	snprintf(text, 8, "%d", port_of(fd));
	return text;
}

static inline int number_option(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	CHECK(getsockopt(fd, level, option, &value, &len) == 0);
	return value;
}

#endif
