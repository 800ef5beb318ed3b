/* Changes of files: one event at a time, of several watches; lost ones; cancelled waits. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && cd %t.d && %t
// RUN: cd %t.d && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/net.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

async static const struct async_inotify_event *next(struct async_inotify *changes)
{
	const struct async_inotify_event *event;

	CHECK(await async_inotify_next(changes, &event) == 0);
	return event;
}

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	CHECK(fd >= 0 && !close(fd));
}

async static int all(void)
{
	const struct async_inotify_event *event;
	struct async_inotify changes;
	int dir, file;
	uint32_t cookie;

	CHECK(async_inotify_open(&changes) == 0);
	mkdir("dir", 0700);
	touch("file");
	dir = async_inotify_add(&changes, "dir", IN_CREATE | IN_MOVE);
	file = async_inotify_add(&changes, "file", IN_MODIFY);
	CHECK(dir >= 0 && file >= 0 && dir != file);
	CHECK(async_inotify_add(&changes, "absent", IN_MODIFY) == -ENOENT);
	CHECK(async_await_timeout(5, async_inotify_next(&changes, &event)) == -ETIMEDOUT);

	async_task(const struct async_inotify_event *) waiting = async_spawn(next(&changes));
	CHECK(await async_sleep_ms(1) == 0 && !async_done(waiting));
	touch("dir/a-name");
	event = await async_join(waiting);
	CHECK(event->watch == dir && event->mask == IN_CREATE && !strcmp(event->name, "a-name"));

	CHECK(rename("dir/a-name", "dir/b") == 0 && truncate("file", 10) == 0);
	event = await next(&changes);
	CHECK(event->mask == IN_MOVED_FROM && !strcmp(event->name, "a-name") && event->cookie);
	cookie = event->cookie;
	event = await next(&changes);
	CHECK(event->mask == IN_MOVED_TO && !strcmp(event->name, "b") && event->cookie == cookie);
	event = await next(&changes);
	CHECK(event->watch == file && event->mask == IN_MODIFY && !*event->name);

	CHECK(async_inotify_remove(&changes, file) == 0);
	CHECK(async_inotify_remove(&changes, file) == -EINVAL);
	event = await next(&changes);
	CHECK(event->watch == file && event->mask == IN_IGNORED);

	/* More than the kernel keeps. */
	for (int i = 0; i < 20000; i++)
		CHECK(rename(i % 2 ? "dir/c" : "dir/b", i % 2 ? "dir/b" : "dir/c") == 0);
	for (int i = 0; (event = await next(&changes))->watch == dir; i++)
		CHECK(i < 40000);
	CHECK(event->watch == -1 && event->mask == IN_Q_OVERFLOW);
	unlink("dir/b");
	CHECK(await async_inotify_close(&changes) == 0);
	CHECK(await async_inotify_next(&changes, &event) == -EBADF);
	return 0;
}

int main(void)
{
	CHECK(async_run(all()) == 0);
	return 0;
}
