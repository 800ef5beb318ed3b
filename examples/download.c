/* Downloads many files over HTTP at the same time, with progress bars on a terminal.
 *
 *     asyncc -O2 download.c $(pkg-config --cflags --libs libcurl) -o download
 *     ./download -j 4 -d /tmp https://example.org/one.iso https://example.org/two.iso
 *
 * -j N   so many at a time (4)               -t S   at most so many seconds for each (no limit)
 * -r N   tries of each, at most (5)          -s S   give up a try that stands still so long (30)
 * -d DIR where to                            -w MS  wait before the second try, then twice (500)
 *
 * What there is of a file is in NAME.part; NAME.tag says of which version. Failed tries, and the
 * same command after Ctrl-C, go on from there, unless the file has changed on the server. NAME
 * appears when all of it is there.
 */
#define _GNU_SOURCE
#include "curl_fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CONNECT_MS = 10000,
	LONGEST_WAIT_MS = 60000,
	PAINT_MS = 100,
	NAME_COLUMNS = 20,
	SPEED_MS = 3000, /* over which the speed is measured */
};

struct settings {
	const char *dir;
	int at_a_time, tries, wait_ms, limit_s, stall_s;
};

enum state { TO_DO, ACTIVE, PAUSED, ENDED, SHOWN };

struct download {
	const char *url;
	char *path, *part, *tag; /* names of files */
	const char *name;        /* in path */
	enum state state;
	int result, fd;
	bool begun; /* the body of this try */
	int64_t have, total, received;
	double speed;
	uint64_t since, measured;
	int64_t measured_have;
	char message[CURL_ERROR_SIZE];
	CURL *easy;
};

static struct settings settings = {
	.dir = ".", .at_a_time = 4, .tries = 5, .wait_ms = 500, .stall_s = 30};
static struct curl_loop transfers;
static struct download *downloads;
static int count, next;
static struct async_event something_ended;

/* Names. */

/* The last part of the URL's path. NULL when there is none that may name a file. */
static char *name_of(const char *url)
{
	CURLU *parts = curl_url();
	char *path = NULL, *name = NULL;

	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK) {
		const char *last = strrchr(path, '/') + 1;
		if (strlen(last) < 200 && strcmp(last, ".") != 0 && strcmp(last, "..") != 0)
			name = strdup(*last ? last : "index.html");
	}
	curl_free(path);
	curl_url_cleanup(parts);
	return name;
}

static int set_up(struct download *d, const char *url)
{
	char *name = name_of(url);

	*d = (struct download){.url = url, .total = -1, .fd = -1};
	if (!name)
		return -EINVAL;
	if (asprintf(&d->path, "%s/%s", settings.dir, name) < 0)
		d->path = NULL;
	free(name);
	if (!d->path || asprintf(&d->part, "%s.part", d->path) < 0)
		d->part = NULL;
	if (!d->part || asprintf(&d->tag, "%s.tag", d->path) < 0)
		d->tag = NULL;
	if (!d->tag)
		return -ENOMEM;
	d->name = strrchr(d->path, '/') + 1;
	for (const struct download *other = downloads; other < d; other++)
		if (other->path && !strcmp(other->path, d->path))
			return -EEXIST;
	return 0;
}

/* One try. */

/* What names the version that the server has; NULL when nothing does so for sure. */
static const char *version_of(CURL *easy)
{
	struct curl_header *header;

	if (curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
	    strncmp(header->value, "W/", 2) != 0)
		return header->value;
	if (curl_easy_header(easy, "Last-Modified", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		return header->value;
	return NULL;
}

/* A number of the header Content-Range; -1 when it is not there. */
static int64_t number_of_range(CURL *easy, const char *format)
{
	struct curl_header *header;
	long long number;

	if (curl_easy_header(easy, "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
	    sscanf(header->value, format, &number) != 1)
		return -1;
	return number;
}

static async int start_over(struct download *d)
{
	d->have = d->measured_have = 0;
	await async_unlink(d->tag);
	return await async_ftruncate(d->fd, 0);
}

/* The server goes on from where we are, or sends all of it. */
static async int begin_body(struct download *d)
{
	const char *version = version_of(d->easy);
	curl_off_t length = -1;
	long status = 0;
	int r = 0;

	d->begun = true;
	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(d->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (status != 206)
		r = await start_over(d);
	else if (number_of_range(d->easy, "bytes %lld-") != d->have)
		r = -EPROTO;
	d->total = length < 0 ? -1 : d->have + length;
	if (r == 0 && status != 206 && version)
		r = await async_write_file(d->tag, version, strlen(version), 0666);
	return r;
}

static async int store(void *arg, const char *data, size_t len)
{
	struct download *d = arg;
	int r = d->begun ? 0 : await begin_body(d);

	while (r == 0 && len) {
		ssize_t n = await async_pwrite(d->fd, data, len, d->have);
		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
		d->have += n;
		d->received += n;
	}
	return r;
}

/* Asks for what is missing, and for all of it if that is of another version by now. */
static async struct curl_slist *ask_for_rest(struct download *d)
{
	struct curl_slist *headers;
	char *version, range[32], *line;
	ssize_t len = d->have ? await async_read_file(d->tag, &version, 1000) : -ENOENT;

	if (len < 0)
		return NULL;
	if (asprintf(&line, "If-Range: %s", version) < 0)
		line = NULL;
	free(version);
	headers = line ? curl_slist_append(NULL, line) : NULL;
	free(line);
	if (headers) {
		snprintf(range, sizeof range, "%lld-", (long long)d->have);
		curl_easy_setopt(d->easy, CURLOPT_RANGE, range);
		curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, headers);
	}
	return headers;
}

static void set_options(struct download *d)
{
	curl_easy_setopt(d->easy, CURLOPT_URL, d->url);
	curl_easy_setopt(d->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(d->easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(d->easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(d->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(d->easy, CURLOPT_ERRORBUFFER, d->message);
	curl_easy_setopt(d->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(d->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(d->easy, CURLOPT_LOW_SPEED_TIME, (long)settings.stall_s);
}

static bool may_succeed_later(CURLcode code, long status)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	case CURLE_HTTP_RETURNED_ERROR:
		return status == 408 || status == 416 || status == 429 || status >= 500;
	default:
		return false;
	}
}

/* What became of a try: 0, -EAGAIN when another may succeed, or -EREMOTEIO. */
static async int outcome(struct download *d, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK && !d->message[0])
		snprintf(d->message, sizeof d->message, "%s", curl_easy_strerror(code));
	if (code == CURLE_OK) /* which may have had no body */
		return d->begun ? 0 : await begin_body(d);
	/* Nothing behind what we have, of the same version: that was all, or it is not the file. */
	if (status == 416 && number_of_range(d->easy, "bytes */%lld") == d->have)
		return 0;
	if (status == 416)
		await start_over(d);
	return may_succeed_later(code, status) ? -EAGAIN : -EREMOTEIO;
}

/* One try. *wait_ms becomes how long the server wants us to wait. */
static async int try_once(struct download *d, int64_t *wait_ms)
{
	struct curl_slist *headers;
	curl_off_t seconds = 0;
	CURLcode code;
	int r;

	d->begun = false;
	d->message[0] = 0;
	d->easy = curl_easy_init();
	if (!d->easy)
		return -ENOMEM;
	set_options(d);
	headers = await ask_for_rest(d);
	if (!headers)
		await start_over(d);
	r = await fetch(&transfers, d->easy, store, d, &code);
	if (r == 0)
		r = await outcome(d, code);
	curl_easy_getinfo(d->easy, CURLINFO_RETRY_AFTER, &seconds);
	*wait_ms = seconds < LONGEST_WAIT_MS / 1000 ? (int64_t)seconds * 1000 : LONGEST_WAIT_MS;
	curl_slist_free_all(headers);
	curl_easy_cleanup(d->easy);
	d->easy = NULL;
	return r;
}

/* All tries of a file. */

static async int pause_before_next(struct download *d, int64_t wanted_ms, int64_t *backoff)
{
	int64_t ms = wanted_ms > *backoff ? wanted_ms : *backoff + random() % (*backoff / 2 + 1);
	int r;

	d->state = PAUSED;
	r = await async_sleep_ms(ms);
	d->state = ACTIVE;
	*backoff = *backoff * 2 < LONGEST_WAIT_MS ? *backoff * 2 : LONGEST_WAIT_MS;
	return r;
}

static async int try_all(struct download *d)
{
	int64_t backoff = settings.wait_ms, wanted;
	int r = -EAGAIN;

	for (int tries = 1; r == -EAGAIN; tries++) {
		r = await try_once(d, &wanted);
		if (r == -EAGAIN && tries == settings.tries)
			return -EREMOTEIO;
		if (r == -EAGAIN && await pause_before_next(d, wanted, &backoff))
			return -ECANCELED;
	}
	return r;
}

/* Only one program at a time adds to a file. */
static async int open_part(struct download *d)
{
	struct stat ours, named;
	int r;

	d->fd = await async_open(d->part, O_WRONLY | O_CREAT, 0666);
	if (d->fd < 0)
		return d->fd;
	r = await async_flock(d->fd, LOCK_EX | LOCK_NB);
	if (r == 0)
		r = await async_fstat(d->fd, &ours);
	if (r == 0)
		r = await async_stat(d->part, &named);
	if (r == -ENOENT || (r == 0 && ours.st_ino != named.st_ino))
		r = -EWOULDBLOCK; /* it has just been finished */
	if (r == 0)
		d->have = d->measured_have = ours.st_size;
	return r;
}

static async int get(struct download *d)
{
	struct stat status;
	int r = await async_stat(d->path, &status);

	if (r == 0) {
		d->have = d->total = status.st_size;
		return 0;
	}
	if (r != -ENOENT)
		return r;
	r = await open_part(d);
	if (r == 0)
		r = async_await_timeout(settings.limit_s ? (int64_t)settings.limit_s * 1000 : -1,
					try_all(d));
	if (r == 0)
		r = await async_rename(d->part, d->path);
	if (r == 0)
		await async_unlink(d->tag);
	if (d->fd >= 0)
		await async_close(d->fd);
	return r;
}

/* Takes one URL after the other. */
static async void work(void)
{
	while (next < count && !async_cancelled()) {
		struct download *d = &downloads[next++];

		d->state = ACTIVE;
		d->since = d->measured = async_now_ns();
		d->result = d->result ? d->result : await get(d);
		d->state = ENDED;
		async_event_set(&something_ended);
	}
}

/* On the screen. */

static int columns = 80, rows = 24, painted;

static void look_at_terminal(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		columns = size.ws_col;
		rows = size.ws_row;
	}
}

static const char *in_units(char *to, size_t size, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	int unit = 0;

	for (; bytes >= 1000 && unit < 4; unit++)
		bytes /= 1024;
	snprintf(to, size, "%.*f %s", unit && bytes < 100 ? 1 : 0, bytes, units[unit]);
	return to;
}

static const char *reason_of(const struct download *d)
{
	switch (d->result) {
	case -EREMOTEIO:
		return d->message;
	case -ETIMEDOUT:
		return "takes too long";
	case -EWOULDBLOCK:
		return "another program downloads it";
	case -EEXIST:
		return "another URL has the same file name";
	case -ECANCELED:
		return "interrupted";
	default:
		return strerror(-d->result);
	}
}

/* What became of a file. */
static void print_end(FILE *out, const struct download *d)
{
	double seconds = (double)(async_now_ns() - d->since) / 1e9;
	char size[32], speed[32];

	if (d->result)
		fprintf(out, "%s: %s", d->name ? d->name : d->url, reason_of(d));
	else if (!d->received && !d->begun)
		fprintf(out, "%s: is there already", d->name);
	else
		fprintf(out, "%s: %s in %.1f s, %s/s", d->name,
			in_units(size, sizeof size, (double)d->have), seconds,
			in_units(speed, sizeof speed, (double)d->received / seconds));
}

static void measure(struct download *d)
{
	uint64_t now = async_now_ns(), past = now - d->measured;

	if (past < (uint64_t)PAINT_MS * 1000000)
		return;
	double speed = (double)(d->have - d->measured_have) * 1e9 / (double)past;
	double since = (double)(now - d->since), weight = (double)past / ((double)SPEED_MS * 1e6);
	if (weight < (double)past / since)
		weight = (double)past / since;
	d->speed += (speed - d->speed) * (weight < 1 ? weight : 1);
	d->measured = now;
	d->measured_have = d->have;
}

static void print_rest(FILE *out, const struct download *d)
{
	double left = d->speed > 0 ? (double)(d->total - d->have) / d->speed : 0;
	char text[32];

	fprintf(out, " %10s", in_units(text, sizeof text, (double)d->have));
	if (d->state == PAUSED)
		fprintf(out, "  tries again ");
	else
		fprintf(out, " %9s/s", in_units(text, sizeof text, d->speed));
	if (d->state == ACTIVE && d->total >= 0 && left > 0 && left < 360000)
		fprintf(out, " %3d:%02d", (int)left / 60, (int)left % 60);
}

/* "name          45% [#########           ]    1.2 MiB  600 KiB/s   0:12", as wide as there is
 * room. */
static void print_bar(FILE *out, const struct download *d)
{
	int width = columns - NAME_COLUMNS - 41;

	fprintf(out, "%-*.*s", NAME_COLUMNS, NAME_COLUMNS, d->name);
	if (d->total > 0)
		fprintf(out, " %3d%%", (int)(100 * d->have / d->total));
	else
		fprintf(out, "     ");
	if (width > 0) {
		int full = d->total > 0 ? (int)(width * d->have / d->total) : 0;
		fprintf(out, " [");
		for (int i = 0; i < width; i++)
			fputc(i < full ? '#' : ' ', out);
		fprintf(out, "]");
	}
	print_rest(out, d);
}

/* Lines that stay, of what has ended; and below them, on a terminal, those that are painted over
 * the next time. */
static void compose(FILE *out, bool bars)
{
	char *line = NULL;
	size_t len;
	FILE *one;

	if (painted)
		fprintf(out, "\r\033[%dA", painted);
	painted = 0;
	for (int i = 0; i < count; i++) {
		if (downloads[i].state == ENDED) {
			print_end(out, &downloads[i]);
			fprintf(out, bars ? "\033[K\n" : "\n");
			downloads[i].state = SHOWN;
		}
	}
	for (int i = 0; i < count && bars && painted < rows - 1; i++) {
		if (downloads[i].state != ACTIVE && downloads[i].state != PAUSED)
			continue;
		measure(&downloads[i]);
		if (!(one = open_memstream(&line, &len)))
			break;
		print_bar(one, &downloads[i]);
		if (fclose(one) == 0 && line)
			fprintf(out, "%.*s\033[K\n", columns - 1, line);
		free(line);
		painted++;
	}
	if (bars)
		fprintf(out, "\033[J");
}

/* A terminal that is held up holds up nobody else, as writing to it waits like all else. What has
 * been composed is written also when the painter is to end. */
static async int paint(bool bars)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	ssize_t n = 0;

	if (!out)
		return -ENOMEM;
	compose(out, bars);
	if (fclose(out) == 0 && text) {
		ASYNC_SHIELD(shield);
		n = await async_write_full(STDOUT_FILENO, text, len);
	}
	free(text);
	return n < 0 ? (int)n : 0;
}

static async void keep_painting(void)
{
	bool bars = isatty(STDOUT_FILENO);
	struct async_signals resized;
	int which = 0, r;

	look_at_terminal();
	which = async_signals_open(&resized, SIGWINCH);
	while (which >= 0) {
		which = await async_select(&r, async_on_next_signal(&resized),
					   async_on_event(&something_ended),
					   async_on_timeout(bars ? PAINT_MS : 3600000));
		if (which == 0)
			look_at_terminal();
		async_event_clear(&something_ended);
		if (which >= 0 && await paint(bars) < 0)
			break;
	}
	async_signals_close(&resized);
}

/* How to go on with what is not done. */
static void print_command(char **argv)
{
	char size[32];

	for (int i = 0; i < count; i++)
		if (downloads[i].result == -ECANCELED && downloads[i].have)
			fprintf(stderr, "%s: %s kept\n", downloads[i].part,
				in_units(size, sizeof size, (double)downloads[i].have));
	fprintf(stderr, "interrupted; to go on:\n ");
	for (int i = 0; i < optind; i++)
		fprintf(stderr, " %s", argv[i]);
	for (int i = 0; i < count; i++)
		if (downloads[i].result || downloads[i].state < ENDED)
			fprintf(stderr, " '%s'", downloads[i].url);
	fputc('\n', stderr);
}

static async int run(void)
{
	async_task(void) painter;
	int r = curl_loop_open(&transfers);

	painter = async_spawn(keep_painting());
	if (r == 0) {
		ASYNC_GROUP(group);
		for (int i = 0; i < settings.at_a_time && i < count && r == 0; i++)
			r = async_group_start(&group, work());
	}
	async_cancel(painter);
	await async_join(painter);
	if (transfers.multi)
		await curl_loop_close(&transfers);
	await paint(isatty(STDOUT_FILENO));
	return r;
}

static int read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "j:r:w:t:s:d:")) != -1) {
		int *number = option == 'j'   ? &settings.at_a_time
			      : option == 'r' ? &settings.tries
			      : option == 'w' ? &settings.wait_ms
			      : option == 't' ? &settings.limit_s
			      : option == 's' ? &settings.stall_s
					      : NULL;
		if (number)
			*number = atoi(optarg);
		else if (option == 'd')
			settings.dir = optarg;
		else
			return -EINVAL;
	}
	return optind < argc && settings.at_a_time > 0 && settings.tries > 0 &&
			       settings.wait_ms > 0 && settings.limit_s >= 0 && settings.stall_s > 0
		       ? 0
		       : -EINVAL;
}

static void free_all(void)
{
	for (int i = 0; i < count; i++) {
		free(downloads[i].path);
		free(downloads[i].part);
		free(downloads[i].tag);
	}
	free(downloads);
	curl_global_cleanup();
}

async int main(int argc, char **argv)
{
	int r, failed = 0;

	if (read_options(argc, argv)) {
		fprintf(stderr, "usage: download [-j N] [-r TRIES] [-w MS] [-t SECONDS] "
				"[-s SECONDS] [-d DIR] URL...\n");
		return 2;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    !(downloads = calloc((size_t)(argc - optind), sizeof *downloads))) {
		fprintf(stderr, "download: no memory\n");
		return 1;
	}
	for (; count < argc - optind; count++)
		downloads[count].result = set_up(&downloads[count], argv[optind + count]);
	r = async_shutdown_on(SIGINT, SIGTERM);
	if (r == 0)
		r = await run();
	if (r < 0)
		fprintf(stderr, "download: %s\n", strerror(-r));
	if (async_shutdown_signal())
		print_command(argv);
	for (int i = 0; i < count; i++)
		failed += downloads[i].result != 0 || downloads[i].state < ENDED;
	free_all();
	return async_shutdown_signal() ? 128 + async_shutdown_signal() : failed ? 1 : 0;
}
