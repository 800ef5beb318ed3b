/* Changes of files and directories, by inotify(7).
 *
 *     struct async_inotify changes;
 *     const struct async_inotify_event *event;
 *
 *     if ((error = async_inotify_open(&changes)))
 *             return error;
 *     async_inotify_add(&changes, "/var/log", IN_CREATE | IN_MODIFY);
 *     while ((error = await async_inotify_next(&changes, &event)) == 0)
 *             puts(event->name);
 *     await async_inotify_close(&changes);
 *
 * Masks and events are those of <sys/inotify.h>.
 */
#ifndef ASYNCC_INOTIFY_H
#define ASYNCC_INOTIFY_H

#include <asyncc.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_inotify_event {
	int watch;        /* which watch it is of; -1 for IN_Q_OVERFLOW: events were lost */
	uint32_t mask;    /* what has happened */
	uint32_t cookie;  /* the same for the two halves of a renaming; else 0 */
	const char *name; /* of the file in a watched directory; "" for the watched one itself */
};

/* Its members are private. */
struct async_inotify {
	int fd;
	size_t at, len;
	struct async_inotify_event event;
	char *buf;
};

/* Opens a queue of events. Not async. Gives 0, or -EMFILE, -ENFILE or -ENOMEM. */
int async_inotify_open(struct async_inotify *inotify);
/* Watches path for what mask says. Not async. Gives the watch's number or the negative errno of
 * inotify_add_watch(2): -ENOENT, -EACCES, -ENOSPC. A path that is watched already keeps its
 * number and gets the new mask. */
int async_inotify_add(struct async_inotify *inotify, const char *path, uint32_t mask);
/* Ends a watch; its last event is IN_IGNORED. Not async. Gives 0 or -EINVAL. */
int async_inotify_remove(struct async_inotify *inotify, int watch);
/* Waits for the next event, which is good until the next call. Gives 0 or a negative errno of
 * async_read. When cancelled, no event has been taken. */
_Async int async_inotify_next(struct async_inotify *inotify,
			      const struct async_inotify_event **event);
/* Closes the queue; events in it are lost. Gives 0 or -EBADF. */
_Async int async_inotify_close(struct async_inotify *inotify);

#ifdef __cplusplus
}
#endif

#endif
