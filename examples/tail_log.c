/* Follows log files as they grow, like `tail -F`: prints each new line behind the name of its
 * file, goes on with a file that was cut short or replaced by another one, and waits for
 * those that are not there yet.
 *
 *     asyncc -O2 tail_log.c -o tail_log && ./tail_log /var/log/syslog /var/log/auth.log
 */
#include <asyncc.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = 65536 };

struct log {
	const char *path, *name;
	int watch; /* of the directory */
	int fd;    /* -1: not there */
	off_t at;
	size_t len; /* of the line so far */
	char line[LONGEST];
};

static async void put(struct log *log, struct async_stream *out)
{
	await async_stream_printf(out, "%s: %.*s\n", log->name, (int)log->len, log->line);
	log->len = 0;
}

/* Takes in what was read, line by line; one that is too long is cut. */
static async void take(struct log *log, const char *data, size_t n, struct async_stream *out)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n' || log->len == LONGEST)
			await put(log, out);
		if (data[i] != '\n')
			log->line[log->len++] = data[i];
	}
}

/* Reads what is new. A file shorter than before was cut, and begins anew. */
static async int read_on(struct log *log, struct async_stream *out)
{
	struct stat status;
	char data[16384];
	ssize_t n;

	if (log->fd < 0)
		return 0;
	if (fstat(log->fd, &status))
		return -errno;
	if (status.st_size < log->at) {
		log->at = lseek(log->fd, 0, SEEK_SET);
		log->len = 0;
	}
	while ((n = await async_read(log->fd, data, sizeof data)) > 0) {
		log->at += n;
		await take(log, data, (size_t)n, out);
	}
	return n < 0 ? (int)n : await async_stream_flush(out);
}

/* Opens the file that has the name now, if there is one. */
static int open_current(struct log *log)
{
	log->at = 0;
	log->fd = open(log->path, O_RDONLY | O_CLOEXEC);
	return log->fd < 0 && errno != ENOENT ? -errno : 0;
}

/* Reads the rest of the file that had the name, and turns to the one that has it now. */
static async int turn_over(struct log *log, struct async_stream *out)
{
	int error = await read_on(log, out);

	if (log->fd >= 0)
		await async_close(log->fd);
	if (log->len)
		await put(log, out);
	log->fd = -1;
	error = error ? error : open_current(log);
	return error ? error : await read_on(log, out);
}

static async int follow(struct async_inotify *changes, struct log *logs, int count,
			struct async_stream *out)
{
	const struct async_inotify_event *event;
	int error;

	while ((error = await async_inotify_next(changes, &event)) == 0) {
		for (int i = 0; i < count && !error; i++) {
			bool all = event->mask & IN_Q_OVERFLOW;

			if (!all &&
			    (event->watch != logs[i].watch || strcmp(event->name, logs[i].name)))
				continue;
			if (all || event->mask & (IN_CREATE | IN_MOVED_TO))
				error = await turn_over(&logs[i], out);
			else
				error = await read_on(&logs[i], out);
		}
		if (error)
			return error;
	}
	return error;
}

/* Begins at the end of what is there. */
static int log_open(struct log *log, const char *path, struct async_inotify *changes)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX] = ".";
	int error;

	log->path = path;
	log->name = slash ? slash + 1 : path;
	if (slash)
		snprintf(dir, sizeof dir, "%.*s", (int)(slash + 1 - path), path);
	log->watch =
		async_inotify_add(changes, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (log->watch < 0)
		return log->watch;
	error = open_current(log);
	if (log->fd >= 0 && (log->at = lseek(log->fd, 0, SEEK_END)) < 0)
		error = -errno;
	return error;
}

static async int follow_all(struct log *logs, int count, char **paths, struct async_stream *out)
{
	struct async_inotify changes;
	int error = async_inotify_open(&changes);

	if (error)
		return error;
	for (int i = 0; i < count && !error; i++)
		error = log_open(&logs[i], paths[i], &changes);
	if (!error) {
		fprintf(stderr, "following %d files\n", count);
		error = await follow(&changes, logs, count, out);
	}
	for (int i = 0; i < count; i++)
		if (logs[i].fd >= 0)
			await async_close(logs[i].fd);
	await async_inotify_close(&changes);
	return error;
}

async int main(int argc, char **argv)
{
	int count = argc - 1, error = -ENOMEM;
	struct log *logs = calloc((size_t)argc, sizeof *logs);
	struct async_stream *out = async_stream_of_fds(-1, STDOUT_FILENO);

	async_shutdown_on(SIGINT, SIGTERM);
	for (int i = 0; logs && i < count; i++)
		logs[i].fd = -1;
	if (logs && out)
		error = await follow_all(logs, count, argv + 1, out);
	if (out)
		await async_stream_close(out);
	free(logs);
	if (async_shutdown_signal())
		return 0;
	fprintf(stderr, "tail_log: %s\n", strerror(-error));
	return 1;
}
