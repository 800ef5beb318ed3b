/* Listening sockets that a service manager passes on, by the protocol of sd_listen_fds(3):
 * LISTEN_PID is the process that they are for, LISTEN_FDS their number, LISTEN_FDNAMES their
 * names, colons between them.
 */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -1 when there is no number. */
static long number_of(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	long value;

	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	return errno || *end ? -1 : value;
}

static int protect(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) ? -errno : 0;
}

ASYNC__EXPORT int async_passed_fds(void)
{
	long count;

	if (!getenv("LISTEN_PID") || !getenv("LISTEN_FDS"))
		return 0;
	count = number_of("LISTEN_PID");
	if (count >= 0 && count != getpid())
		return 0;
	count = count < 0 ? -1 : number_of("LISTEN_FDS");
	if (count < 0 || count > INT_MAX - ASYNC_PASSED_FDS)
		return -EINVAL;
	for (int fd = ASYNC_PASSED_FDS; fd < ASYNC_PASSED_FDS + count; fd++)
		if (protect(fd))
			return -EINVAL;
	return (int)count;
}

ASYNC__EXPORT int async_passed_fd(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int count = async_passed_fds();
	size_t len = strlen(name);

	if (count < 0)
		return count;
	for (int i = 0; i < count && names; i++) {
		if (strcspn(names, ":") == len && !memcmp(names, name, len))
			return ASYNC_PASSED_FDS + i;
		names = strchr(names, ':');
		names = names ? names + 1 : NULL;
	}
	return -ENOENT;
}
