/* Files by libuv's callbacks: as many chains of requests as asked for. */
#include "files.h"

#include "../files.h"
#include <uv.h>

typedef struct chain chain;
struct chain {
	uv_fs_t request;
	uv_buf_t buf;
	char block[FILE_BLOCK], path[32];
	char *piece;
	uint64_t random, number;
	long at, end;
	int fd;
	double began;
	void (*next)(chain *c);
};

static uv_loop_t *loop;
static int big;

static void next(chain *c)
{
	if (c->at == c->end)
		return;
	c->began = now_ns();
	c->next(c);
}

static void done(chain *c)
{
	uv_fs_req_cleanup(&c->request);
	files_took(c->began);
	c->at++;
	next(c);
}

static long result(chain *c)
{
	long n = c->request.result;

	if (n < 0) {
		fprintf(stderr, "%s\n", uv_strerror((int)n));
		exit(1);
	}
	return n;
}

static void on_block(uv_fs_t *request)
{
	chain *c = request->data;

	files_check(result(c), c->block, c->number);
	done(c);
}

static void read_block(chain *c)
{
	c->number = files_draw(&c->random);
	c->buf = uv_buf_init(c->block, FILE_BLOCK);
	uv_fs_read(loop, &c->request, big, &c->buf, 1, (int64_t)c->number * FILE_BLOCK, on_block);
}

static void on_piece(uv_fs_t *request)
{
	chain *c = request->data;

	if (result(c) != FILE_PIECE)
		exit(1);
	done(c);
}

static void start_piece(chain *c)
{
	if (c->at % FILE_PIECES == 0)
		lseek(big, 0, SEEK_SET);
	c->buf = uv_buf_init(c->piece, FILE_PIECE);
}

static void read_piece(chain *c)
{
	start_piece(c);
	uv_fs_read(loop, &c->request, big, &c->buf, 1, -1, on_piece);
}

static void write_piece(chain *c)
{
	start_piece(c);
	uv_fs_write(loop, &c->request, big, &c->buf, 1, -1, on_piece);
}

static void on_end(uv_fs_t *request)
{
	result(request->data);
	done(request->data);
}

static void on_content(uv_fs_t *request)
{
	chain *c = request->data;

	if (result(c) != FILE_BLOCK)
		exit(1);
	uv_fs_req_cleanup(request);
	uv_fs_close(loop, request, c->fd, on_end);
}

static void on_open_to_write(uv_fs_t *request)
{
	chain *c = request->data;

	c->fd = (int)result(c);
	uv_fs_req_cleanup(request);
	c->buf = uv_buf_init(c->block, FILE_BLOCK);
	uv_fs_write(loop, request, c->fd, &c->buf, 1, -1, on_content);
}

static void on_open_to_read(uv_fs_t *request)
{
	chain *c = request->data;

	c->fd = (int)result(c);
	uv_fs_req_cleanup(request);
	c->buf = uv_buf_init(c->block, FILE_BLOCK);
	uv_fs_read(loop, request, c->fd, &c->buf, 1, -1, on_content);
}

static void make(chain *c)
{
	uv_fs_open(loop, &c->request, files_small(c->path, c->at), O_WRONLY | O_CREAT | O_TRUNC,
		   0600, on_open_to_write);
}

static void load(chain *c)
{
	uv_fs_open(loop, &c->request, files_small(c->path, c->at), O_RDONLY, 0, on_open_to_read);
}

static void on_status(uv_fs_t *request)
{
	chain *c = request->data;

	result(c);
	if (request->statbuf.st_size != FILE_BLOCK)
		exit(1);
	done(c);
}

static void look(chain *c)
{
	uv_fs_stat(loop, &c->request, files_small(c->path, c->at), on_status);
}

static void drop(chain *c)
{
	uv_fs_unlink(loop, &c->request, files_small(c->path, c->at), on_end);
}

static void chains(long n, long m, void (*what)(chain *c))
{
	chain *all = calloc((size_t)m, sizeof *all);

	for (long i = 0; i < m; i++) {
		chain *c = &all[i];

		c->request.data = c;
		c->at = i * (n / m);
		c->end = c->at + n / m;
		c->random = (uint64_t)c->at + 1;
		c->piece = malloc(FILE_PIECE);
		c->next = what;
		next(c);
	}
	uv_run(loop, UV_RUN_DEFAULT);
}

static const struct {
	const char *name, *big;
	int small;
	void (*what)(chain *c);
} tests[] = {
	{"fileread", "big", -1, read_block},
	{"filescan", "big", -1, read_piece},
	{"filefill", "written", -1, write_piece},
	{"filemake", NULL, 0, make},
	{"fileload", NULL, 1, load},
	{"filestat", NULL, 1, look},
	{"fileremove", NULL, 1, drop},
};

int files_test(uv_loop_t *on, const char *name, long n, long m)
{
	double began;

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (strcmp(name, tests[i].name))
			continue;
		loop = on;
		if (tests[i].big)
			big = files_big(tests[i].big);
		else
			files_prepare(n, tests[i].small);
		began = cpu_ns();
		files_start(n);
		chains(n, m, tests[i].what);
		files_report();
		printf("ns %.3f\n", (cpu_ns() - began) / (double)n);
		return 0;
	}
	return BENCH_NO_TEST;
}
