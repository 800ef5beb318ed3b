/* inotify: events come in bunches, of which one is given at a time.
 */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define BUNCH (16 * (sizeof(struct inotify_event) + NAME_MAX + 1))

ASYNC__EXPORT int async_inotify_open(struct async_inotify *inotify)
{
	char *buf = async__alloc(BUNCH);
	int fd;

	*inotify = (struct async_inotify){.fd = -1};
	if (!buf)
		return -ENOMEM;
	fd = ASYNC__CALL(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	if (fd < 0) {
		free(buf);
		return -errno;
	}
	inotify->fd = fd;
	inotify->buf = buf;
	return 0;
}

ASYNC__EXPORT int async_inotify_add(struct async_inotify *inotify, const char *path, uint32_t mask)
{
	int watch = ASYNC__CALL(inotify_add_watch(inotify->fd, path, mask));

	return watch < 0 ? -errno : watch;
}

ASYNC__EXPORT int async_inotify_remove(struct async_inotify *inotify, int watch)
{
	return ASYNC__CALL(inotify_rm_watch(inotify->fd, watch)) ? -errno : 0;
}

static void next_event(struct async_inotify *inotify)
{
	struct inotify_event event;
	const char *at = inotify->buf + inotify->at;

	memcpy(&event, at, sizeof event);
	inotify->at += sizeof event + event.len;
	inotify->event = (struct async_inotify_event){
		.watch = event.wd,
		.mask = event.mask,
		.cookie = event.cookie,
		.name = event.len ? at + sizeof event : "",
	};
}

ASYNC__EXPORT async int async_inotify_next(struct async_inotify *inotify,
					   const struct async_inotify_event **event)
{
	ssize_t n;
	int error;

	if (async__checkpoint_due() && (error = await async__checkpoint()))
		return error;
	if (inotify->at == inotify->len) {
		n = await async_read(inotify->fd, inotify->buf, BUNCH);
		if (n <= 0)
			return n ? (int)n : -EIO;
		inotify->at = 0;
		inotify->len = (size_t)n;
	}
	next_event(inotify);
	*event = &inotify->event;
	return 0;
}

ASYNC__EXPORT async int async_inotify_close(struct async_inotify *inotify)
{
	int fd = inotify->fd;

	free(inotify->buf);
	*inotify = (struct async_inotify){.fd = -1};
	return await async_close(fd);
}
