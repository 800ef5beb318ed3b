/* Fetches many URLs at the same time over HTTP/1.1, each in a task of its own, and stores
 * the bodies in files of a folder, named as the last part of the path.
 *
 *     asyncc -O2 http_fetch.c -o http_fetch
 *     ./http_fetch /tmp http://example.org/index.html http://example.org/other.html
 */
#include <asyncc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_MS = 10000 };

struct reader {
	int fd;
	size_t at, end;
	char buf[8192];
};

/* Makes sure that something is buffered. Gives 1, 0 at the end, or a negative errno. */
static async int fill(struct reader *r)
{
	if (r->at < r->end)
		return 1;
	ssize_t n = await async_read_timeout(r->fd, r->buf, sizeof r->buf, TIMEOUT_MS);
	r->at = 0;
	r->end = n > 0 ? (size_t)n : 0;
	return n > 0 ? 1 : (int)n;
}

/* Reads a line without its end. Gives 0, or a negative errno. */
static async int read_line(struct reader *r, char *line, size_t cap)
{
	size_t len = 0;

	for (;;) {
		int err = await fill(r);
		if (err <= 0)
			return err ? err : -EPROTO;
		char c = r->buf[r->at++];
		if (c == '\n')
			break;
		if (c != '\r' && len + 1 < cap)
			line[len++] = c;
	}
	line[len] = 0;
	return 0;
}

/* Copies len bytes to out, or with a negative len all up to the end. */
static async int copy_body(struct reader *r, long len, FILE *out)
{
	while (len != 0) {
		int err = await fill(r);
		if (err <= 0)
			return err || len < 0 ? err : -EPROTO;
		size_t n = r->end - r->at;
		if (len > 0 && n > (size_t)len)
			n = (size_t)len;
		if (fwrite(r->buf + r->at, 1, n, out) != n)
			return -errno;
		r->at += n;
		if (len > 0)
			len -= (long)n;
	}
	return 0;
}

static async int copy_chunks(struct reader *r, FILE *out)
{
	char line[64];
	long len;
	int err;

	do {
		if ((err = await read_line(r, line, sizeof line)) < 0)
			return err;
		len = strtol(line, NULL, 16);
		if (len < 0 || (err = await copy_body(r, len, out)) < 0)
			return len < 0 ? -EPROTO : err;
		err = await read_line(r, line, sizeof line);
	} while (len > 0 && err == 0);
	return err;
}

/* Reads a response and stores its body. Gives the status, or a negative errno. */
static async int receive(int fd, FILE *out)
{
	struct reader r = {.fd = fd};
	char line[1024];
	long len = -1;
	bool chunked = false;
	int status = 0, err = await read_line(&r, line, sizeof line);

	if (err < 0 || sscanf(line, "HTTP/1.%*d %d", &status) != 1)
		return err < 0 ? err : -EPROTO;
	while ((err = await read_line(&r, line, sizeof line)) == 0 && line[0]) {
		if (!strncasecmp(line, "content-length:", 15))
			len = strtol(line + 15, NULL, 10);
		else if (!strncasecmp(line, "transfer-encoding:", 18))
			chunked = strstr(line + 18, "chunked") != NULL;
	}
	if (err == 0)
		err = chunked ? await copy_chunks(&r, out) : await copy_body(&r, len, out);
	return err < 0 ? err : status;
}

static async int fetch(const char *url, const char *folder)
{
	char host[256] = "", port[8] = "80", path[1024] = "/", request[1400], name[1400];

	if (sscanf(url, "http://%255[^:/]:%7[0-9]%1023s", host, port, path) < 2 &&
	    sscanf(url, "http://%255[^:/]%1023s", host, path) < 1)
		return -EINVAL;
	snprintf(name, sizeof name, "%s/%s", folder, path[1] ? strrchr(path, '/') + 1 : "index");
	FILE *out = fopen(name, "wb");
	if (!out)
		return -errno;
	int fd = await async_connect_tcp(host, port), status = fd;
	if (fd >= 0) {
		int len = snprintf(request, sizeof request,
				   "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path,
				   host);
		ssize_t sent = await async_write_full(fd, request, (size_t)len);
		status = sent < 0 ? (int)sent : await receive(fd, out);
		await async_close(fd);
	}
	if (fclose(out) != 0 && status >= 0)
		status = -errno;
	return status;
}

async int main(int argc, char **argv)
{
	async_task(int) *tasks = calloc((size_t)argc, sizeof *tasks);
	int failed = 0;

	if (!tasks || argc < 3) {
		fprintf(stderr, "usage: http_fetch FOLDER URL...\n");
		free(tasks);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		tasks[i] = async_spawn(fetch(argv[i], argv[1]));
	for (int i = 2; i < argc; i++) {
		int status = await async_join(tasks[i]);
		if (status != 200)
			printf("%s: %s\n", argv[i],
			       status < 0 ? strerror(-status) : "no such page");
		failed += status != 200;
	}
	printf("%d of %d fetched\n", argc - 2 - failed, argc - 2);
	free(tasks);
	return failed != 0;
}
