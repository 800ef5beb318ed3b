/* The cancellation matrix of descriptors, sockets, streams, signals and processes: see
 * Inputs/matrix.h. */
// RUN: rm -rf %t.d && mkdir %t.d
// RUN: %asyncc -O1 -g -Wno-async-blocking -fsanitize=address,undefined %s -o %t && %t %t.d
// RUN: env ASYNC_FORCE_SUSPEND=1 %t %t.d
#define _GNU_SOURCE
#include "Inputs/matrix.h"
#include "Inputs/net.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#define BIG 100000

static int fds[2]; /* a pair of sockets */
static char big[BIG + 1];
static ssize_t filled;
static int file; /* with BIG bytes */

static int zero_if(bool condition, int r)
{
	return condition ? 0 : r < 0 ? r : -EIO;
}

/* Reading: what was not read is still there. */

async static int give_byte(void)
{
	return zero_if(write(fds[1], "x", 1) == 1, 0);
}

async static int byte_unless(bool completed)
{
	char byte;
	ssize_t n = recv(fds[0], &byte, 1, MSG_DONTWAIT);

	CHECK(n == (completed ? -1 : 1));
	return 0;
}

async static int drop_byte(bool completed)
{
	(void)completed;
	return await byte_unless(false);
}

async static int do_read(void)
{
	char byte;
	ssize_t n = await async_read(fds[0], &byte, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_read_timeout(void)
{
	char byte;
	ssize_t n = await async_read_timeout(fds[0], &byte, 1, 1000);

	return zero_if(n == 1, (int)n);
}

async static int do_read_full(void)
{
	char byte;
	ssize_t n = await async_read_full(fds[0], &byte, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_readv(void)
{
	char byte;
	ssize_t n = await async_readv(fds[0], &(struct iovec){&byte, 1}, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_recvmsg(void)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n = await async_recvmsg(fds[0], &message, 0);

	return zero_if(n == 1, (int)n);
}

async static int do_recvmmsg(void)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	int n = await async_recvmmsg(fds[0], &message, 1, 0);

	return zero_if(n == 1 && message.msg_len == 1, n);
}

async static int do_recvfrom(void)
{
	char byte;
	ssize_t n = await async_recvfrom(fds[0], &byte, 1, 0, NULL, NULL);

	return zero_if(n == 1, (int)n);
}

async static int do_recv_fds(void)
{
	char byte;
	int fd;
	unsigned count = 1;
	ssize_t n = await async_recv_fds(fds[0], &byte, 1, &fd, &count);

	CHECK(count == 0);
	return zero_if(n == 1, (int)n);
}

async static int do_recv_credentials(void)
{
	struct async_credentials sender;
	char byte;
	ssize_t n = await async_recv_credentials(fds[0], &byte, 1, &sender);

	return zero_if(n == 1, (int)n);
}

async static int do_wait_fd(void)
{
	int r = await async_wait_fd(fds[0], ASYNC_READABLE);

	return zero_if(r == ASYNC_READABLE, r);
}

async static int do_select_fd(void)
{
	int r = -1, which = await async_select(&r, async_on_fd(fds[0], ASYNC_READABLE));

	return zero_if(which == 0 && r == ASYNC_READABLE, which);
}

/* Writing: what was not written is not sent. */

async static int fill(void)
{
	ssize_t n;

	for (filled = 0; (n = send(fds[0], big, BIG, MSG_DONTWAIT)) > 0; filled += n)
		;
	return 0;
}

async static int drain(void)
{
	static char buf[BIG];
	ssize_t n;

	while ((n = recv(fds[1], buf, sizeof buf, MSG_DONTWAIT)) > 0)
		filled -= n;
	return 0;
}

async static int sent_if(bool completed)
{
	await drain();
	CHECK(filled == -completed);
	return 0;
}

async static int do_write(void)
{
	ssize_t n = await async_write(fds[0], big, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_write_full(void)
{
	ssize_t n = await async_write_full(fds[0], big, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_writev(void)
{
	ssize_t n = await async_writev(fds[0], &(struct iovec){big, 1}, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_writev_full(void)
{
	ssize_t n = await async_writev_full(fds[0], &(struct iovec){big, 1}, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_sendmsg(void)
{
	struct iovec part = {big, 1};
	ssize_t n = await async_sendmsg(fds[0], &(struct msghdr){.msg_iov = &part, .msg_iovlen = 1}, 0);

	return zero_if(n == 1, (int)n);
}

async static int do_sendmmsg(void)
{
	struct iovec part = {big, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	int n = await async_sendmmsg(fds[0], &message, 1, 0);

	return zero_if(n == 1, n);
}

async static int do_sendto(void)
{
	ssize_t n = await async_sendto(fds[0], big, 1, 0, NULL, 0);

	return zero_if(n == 1, (int)n);
}

async static int do_send_fds(void)
{
	ssize_t n = await async_send_fds(fds[0], big, 1, &file, 1);

	return zero_if(n == 1, (int)n);
}

async static int do_sendfile(void)
{
	off_t offset = 0;
	ssize_t n = await async_sendfile(fds[0], file, &offset, 1);

	CHECK(offset == (n == 1));
	return zero_if(n == 1, (int)n);
}

static int tube[2];

async static int fill_with_tube(void)
{
	CHECK(pipe(tube) == 0 && write(tube[1], "x", 1) == 1);
	return await fill();
}

async static int do_splice(void)
{
	ssize_t n = await async_splice(tube[0], fds[0], 1);

	return zero_if(n == 1, (int)n);
}

async static int spliced_if(bool completed)
{
	char byte;

	CHECK(fcntl(tube[0], F_SETFL, O_NONBLOCK) == 0);
	CHECK(read(tube[0], &byte, 1) == (completed ? -1 : 1));
	await async_close(tube[0]);
	close(tube[1]);
	return await sent_if(completed);
}

async static int do_close(void)
{
	return await async_close(dup(fds[0]));
}

static int pair[2];

async static int make_pair(void)
{
	return async_test_stream(pair);
}

async static int close_peer(void)
{
	return await async_close(pair[1]);
}

async static int do_close_lingering(void)
{
	return await async_close_lingering(pair[0], 100000);
}

/* Closed in any case. */
async static int is_closed(bool completed)
{
	(void)completed;
	CHECK(fcntl(pair[0], F_GETFD) == -1);
	return 0;
}

/* Sockets: no descriptor is left behind. */

static int listener, got;
static char service[8];

async static int keep(int fd)
{
	got = fd;
	return fd < 0 ? fd : 0;
}

/* Closes what the wait gave, and what arrived at the listener. */
async static int drop_got(bool completed)
{
	int fd;

	if (completed)
		CHECK(await async_close(got) == 0);
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		close(fd);
	return 0;
}

static int caller = -1;

async static int call_listener(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	caller = socket(AF_INET, SOCK_STREAM, 0);
	return connect(caller, (struct sockaddr *)&address, len);
}

async static int do_accept(void)
{
	int fd = await async_accept(listener);

	return fd < 0 ? fd : await async_close(fd);
}

async static int not_accepted(bool completed)
{
	int fd = completed ? -1 : accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	CHECK(completed || fd >= 0);
	if (fd >= 0)
		close(fd);
	close(caller);
	return 0;
}

async static int do_connect(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int r, fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	r = await async_connect(fd, (struct sockaddr *)&address, len);
	await async_close(fd);
	return r;
}

async static int nothing_called(bool completed)
{
	(void)completed;
	return await drop_got(false);
}

async static int do_connect_tcp(void)
{
	return await keep(await async_connect_tcp("127.0.0.1", service));
}

async static int do_connect_tcp_with(void)
{
	struct async_socket_options options = {.attempt_delay_ms = 1};

	return await keep(await async_connect_tcp_with("localhost", service, &options));
}

async static int do_connect_any(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	struct addrinfo one = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};

	CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	one.ai_addr = (struct sockaddr *)&address;
	one.ai_addrlen = len;
	return await keep(await async_connect_any(&one, NULL));
}

async static int do_listen_tcp(void)
{
	return await keep(await async_listen_tcp("localhost", "0", 0));
}

async static int do_listen_tcp_with(void)
{
	return await keep(await async_listen_tcp_with("127.0.0.1", "0", &(struct async_socket_options){0}));
}

async static int do_bind_udp(void)
{
	return await keep(await async_bind_udp("localhost", "0", NULL));
}

async static int do_connect_udp(void)
{
	return await keep(await async_connect_udp("127.0.0.1", service, NULL));
}

async static int do_send_segments(void)
{
	static const char text[4] = "abc";
	ssize_t n;
	int r = await do_connect_udp();

	if (r)
		return r;
	n = await async_send_segments(got, text, 4, 2, NULL, 0);
	await async_close(got);
	return zero_if(n == 4, (int)n);
}

async static int do_connect_unix(void)
{
	return await keep(await async_connect_unix("listening", SOCK_STREAM));
}

async static int do_listen_unix(void)
{
	return await keep(await async_listen_unix("listening-too", SOCK_STREAM, 0));
}

async static int do_bind_unix(void)
{
	return await keep(await async_bind_unix("bound"));
}

async static int do_getaddrinfo(void)
{
	struct addrinfo *list = NULL;
	int r = await async_getaddrinfo("localhost", "80", NULL, &list);

	CHECK((r == 0) == (list != NULL));
	if (list)
		freeaddrinfo(list);
	return r;
}

async static int do_getnameinfo(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char host[100], port[100];

	return await async_getnameinfo((struct sockaddr *)&address, sizeof address, host, sizeof host,
				       port, sizeof port, NI_NUMERICSERV);
}

/* Streams in memory: reading takes nothing when it is cancelled */

static struct async_stream *streams[2];

async static int open_streams(void)
{
	return async_stream_pair(streams, 16);
}

async static int say(void)
{
	ssize_t n = await async_stream_write(streams[1], "ab\n", 3);

	return zero_if(n == 3, (int)n) ? -EIO : await async_stream_shutdown(streams[1]);
}

async static int close_streams(void)
{
	CHECK(await async_stream_close(streams[0]) == 0 && await async_stream_close(streams[1]) == 0);
	return 0;
}

async static int said_unless(bool completed)
{
	char text[4] = "";

	if (!completed)
		CHECK(await async_stream_read_exactly(streams[0], text, 3) == 3 && !strcmp(text, "ab\n"));
	return await close_streams();
}

async static int do_stream_read(void)
{
	char text[3];
	ssize_t n = await async_stream_read(streams[0], text, 3);

	return zero_if(n == 3, (int)n);
}

async static int do_stream_read_exactly(void)
{
	char text[3];
	ssize_t n = await async_stream_read_exactly(streams[0], text, 3);

	return zero_if(n == 3, (int)n);
}

async static int do_stream_read_line(void)
{
	char *line;
	ssize_t n = await async_stream_read_line(streams[0], &line);

	return zero_if(n == 2, (int)n);
}

async static int do_stream_read_until(void)
{
	char *text;
	ssize_t n = await async_stream_read_until(streams[0], "\n", 1, &text);

	return zero_if(n == 3, (int)n);
}

async static int do_stream_read_all(void)
{
	char *text;
	ssize_t n = await async_stream_read_all(streams[0], 100, &text);

	return zero_if(n == 3, (int)n);
}

async static int do_stream_peek(void)
{
	char *text;
	ssize_t n = await async_stream_peek(streams[0], 3, &text);

	return zero_if(n == 3, (int)n);
}

async static int said_anyway(bool completed)
{
	(void)completed;
	return await said_unless(false);
}

/* Writing takes all or nothing. Somebody reads, a little at a time. */

static async_task(int) reader;

async static int count_all(void)
{
	char buf[100];
	ssize_t n;
	int count = 0;

	while ((n = await async_stream_read(streams[1], buf, sizeof buf)) > 0)
		count += (int)n;
	return n < 0 ? (int)n : count;
}

async static int begin_reader(void)
{
	CHECK(async_stream_pair(streams, 400) == 0);
	reader = async_spawn(count_all());
	return 0;
}

async static int read_so_far(int count)
{
	CHECK(await async_stream_close(streams[0]) == 0);
	CHECK(await async_join(reader) == count);
	return await async_stream_close(streams[1]);
}

async static int all_or_nothing(bool completed)
{
	return await read_so_far(completed ? BIG : 0);
}

async static int do_stream_write(void)
{
	ssize_t n = await async_stream_write(streams[0], big, BIG);

	return zero_if(n == BIG, (int)n);
}

async static int do_stream_writev(void)
{
	struct iovec parts[2] = {{big, BIG / 2}, {big, BIG / 2}};
	ssize_t n = await async_stream_writev(streams[0], parts, 2);

	return zero_if(n == BIG, (int)n);
}

async static int do_stream_printf(void)
{
	ssize_t n = await async_stream_printf(streams[0], "%s", big);

	return zero_if(n == BIG, (int)n);
}

async static ssize_t print(const char *format, ...)
{
	va_list args;
	ssize_t n;

	va_start(args, format);
	n = await async_stream_vprintf(streams[0], format, args);
	va_end(args);
	return n;
}

async static int do_stream_vprintf(void)
{
	ssize_t n = await print("%*d", BIG, 1);

	return zero_if(n == BIG, (int)n);
}

async static int begin_written(void)
{
	ssize_t n;

	CHECK(await begin_reader() == 0);
	n = await async_stream_write(streams[0], big, 300);
	return zero_if(n == 300, (int)n);
}

async static int all_is_sent(bool completed)
{
	(void)completed;
	return await read_so_far(300);
}

async static int do_stream_flush(void)
{
	return await async_stream_flush(streams[0]);
}

async static int do_stream_shutdown(void)
{
	return await async_stream_shutdown(streams[0]);
}

static struct async_stream *source;
static off_t offset;
static uint64_t copied;

async static int begin_copy(void)
{
	CHECK(await begin_reader() == 0);
	offset = 0;
	copied = 0;
	return await async_open_file("big", O_RDONLY, 0, &source);
}

async static int do_stream_copy(void)
{
	int64_t n = await async_stream_copy(streams[0], source, UINT64_MAX);

	return zero_if(n == BIG, (int)n);
}

/* What was taken from the one has been written to the other: going on gives the rest. */
async static int copy_the_rest(bool completed)
{
	int64_t n = await async_stream_copy(streams[0], source, UINT64_MAX);

	CHECK(completed ? n == 0 : n >= 0);
	CHECK(await async_stream_close(source) == 0);
	return await read_so_far(BIG);
}

async static int do_stream_send_file(void)
{
	int64_t n = await async_stream_send_file(streams[0], file, &offset, BIG);

	return zero_if(n == BIG, (int)n);
}

async static int send_the_rest(bool completed)
{
	int64_t n = await async_stream_send_file(streams[0], file, &offset, BIG);

	CHECK(completed ? n == 0 : n >= 0);
	CHECK(offset == BIG);
	CHECK(await async_stream_close(source) == 0);
	return await read_so_far(BIG);
}

/* Closing closes in any case. */
async static int do_stream_close(void)
{
	return await async_stream_close(streams[0]);
}

async static int close_other(bool completed)
{
	CHECK(await async_join(reader) == 300 || !completed);
	return await async_stream_close(streams[1]);
}

async static int take_stream(int r)
{
	CHECK((r == 0) == (streams[0] != NULL));
	return r;
}

async static int do_open_connection(void)
{
	return await take_stream(await async_open_connection("127.0.0.1", service, &streams[0]));
}

async static int do_open_unix_connection(void)
{
	return await take_stream(await async_open_unix_connection("listening", &streams[0]));
}

async static int do_open_file(void)
{
	return await take_stream(await async_open_file("big", O_RDONLY, 0, &streams[0]));
}

async static int close_opened(bool completed)
{
	if (completed)
		CHECK(await async_stream_close(streams[0]) == 0);
	return await drop_got(false);
}

static int server;

async static void handler(struct async_stream *stream, void *arg)
{
	char *line;

	(void)arg;
	await async_stream_read_line(stream, &line);
}

/* With one connection open, whose handler waits. */
async static int open_server(void)
{
	int saved = listener;

	server = await async_listen_tcp("127.0.0.1", "0", 0);
	listener = server;
	CHECK(await call_listener() == 0);
	listener = saved;
	return server < 0 ? server : 0;
}

async static int do_serve(void)
{
	int r = await async_serve(server, handler, NULL);

	return zero_if(r == -EINVAL, r);
}

async static int stop_server(void)
{
	return shutdown(server, SHUT_RDWR);
}

async static int close_server(bool completed)
{
	(void)completed;
	close(caller);
	return await async_close(server);
}

/* Signals, and changes of files */

static struct async_signals signals;

async static int raise_it(void)
{
	return raise(SIGUSR1);
}

async static int do_signal_wait(void)
{
	int r = await async_signal_wait(SIGUSR1);

	return zero_if(r == SIGUSR1, r);
}

/* The loop sees a signal from the first wait for it on. */
async static int hold_signal(void)
{
	return async_await_timeout(1, do_signal_wait()) == -ETIMEDOUT ? 0 : -EIO;
}

async static int do_select_signal(void)
{
	int r = -1, which = await async_select(&r, async_on_signal(SIGUSR1));

	return zero_if(which == 0 && r == SIGUSR1, which);
}

async static int signal_unless(bool completed)
{
	return completed ? 0 : await do_signal_wait();
}

async static int open_signals(void)
{
	return async_signals_open(&signals, SIGUSR1);
}

async static int do_signals_next(void)
{
	int r = await async_signals_next(&signals);

	return zero_if(r == SIGUSR1, r);
}

async static int do_select_next_signal(void)
{
	int r = -1, which = await async_select(&r, async_on_next_signal(&signals));

	return zero_if(which == 0 && r == SIGUSR1, which);
}

async static int close_signals(bool completed)
{
	int r = completed ? 0 : await do_signals_next();

	async_signals_close(&signals);
	return r;
}

static struct async_inotify inotify;

async static int watch(void)
{
	CHECK(async_inotify_open(&inotify) == 0);
	CHECK(async_inotify_add(&inotify, ".", IN_CREATE) > 0);
	return 0;
}

async static int change(void)
{
	return symlink("nothing", "changed");
}

async static int do_inotify_next(void)
{
	const struct async_inotify_event *event;
	int r = await async_inotify_next(&inotify, &event);

	CHECK(r || !strcmp(event->name, "changed"));
	return r;
}

async static int changed_unless(bool completed)
{
	int r = completed ? 0 : await do_inotify_next();

	CHECK(unlink("changed") == 0 && await async_inotify_close(&inotify) == 0);
	return r;
}

async static int do_inotify_close(void)
{
	return await async_inotify_close(&inotify);
}

/* Processes */

static struct async_process process;
static struct async_output out;

async static int start(void)
{
	process = (struct async_process)ASYNC_PROCESS_INIT;
	return await async_process_start(
		&process, &(struct async_command){.shell = "echo hello; exec sleep 1000",
						  .out = ASYNC_PIPE});
}

async static int kill_it(void)
{
	return async_process_kill(&process, SIGKILL);
}

static int was_killed(int status)
{
	return zero_if(status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, status);
}

async static int do_process_wait(void)
{
	return was_killed(await async_process_wait(&process));
}

async static int do_select_process_end(void)
{
	int status = -1, which = await async_select(&status, async_on_process_end(&process));

	return which ? which : was_killed(status);
}

async static int waited(bool completed)
{
	CHECK(completed || await do_process_wait() == 0);
	async_process_close(&process);
	return 0;
}

async static int do_process_communicate(void)
{
	return was_killed(await async_process_communicate(&process, NULL, 0, &out, NULL));
}

/* What had been read stays, and another call reads on. */
async static int communicated(bool completed)
{
	CHECK(completed || await do_process_communicate() == 0);
	CHECK(out.len == 0 || (out.len == 6 && !memcmp(out.data, "hello\n", 6)));
	free(out.data);
	out = (struct async_output){0};
	async_process_close(&process);
	return 0;
}

async static int do_process_start(void)
{
	int r = await start();

	CHECK(process.started == (r == 0));
	return r;
}

async static int end_it(bool completed)
{
	if (completed)
		CHECK(await async_process_end(&process, 1000) >= 0);
	return 0;
}

async static int do_command_run(void)
{
	int r = await async_command_run(&(struct async_command){.shell = "exit 3"}, NULL, 0, NULL, NULL);

	return zero_if(r >= 0 && async_exit_code(r) == 3, r);
}

async static int do_process_end(void)
{
	int status = await async_process_end(&process, 1000);

	return zero_if(status == SIGTERM, status);
}

async static int do_process_block(void)
{
	ASYNC_PROCESS(own, 1000);
	int r = await async_process_start(&own, &(struct async_command){.shell = "exec sleep 1000"});

	return r;
}

async static int do_process_leave(void)
{
	int status = await async_process_leave(&process);

	return zero_if(status >= 0 && WIFSIGNALED(status), status);
}

async static int has_ended(bool completed)
{
	(void)completed;
	CHECK(!process.started);
	return 0;
}

#define READS .complete = give_byte, .after = byte_unless, .flags = LATE
#define WRITES .before = fill, .complete = drain, .after = sent_if, .flags = LATE
#define OPENS .after = drop_got
#define STREAM_READS                                                                               \
	.before = open_streams, .complete = say, .after = said_unless, .flags = LATE
#define STREAM_WRITES .before = begin_reader, .after = all_or_nothing

static const struct row rows[] = {
	ROW(read, READS),
	ROW(read_timeout, READS),
	ROW(read_full, READS),
	ROW(readv, READS),
	ROW(recvmsg, READS),
	ROW(recvmmsg, READS),
	ROW(recvfrom, READS),
	ROW(recv_fds, READS),
	ROW(recv_credentials, READS),
	ROW(wait_fd, .complete = give_byte, .after = drop_byte, .flags = LATE),
	ROW(select_fd, .complete = give_byte, .after = drop_byte, .flags = LATE),
	ROW(write, WRITES),
	ROW(write_full, WRITES),
	ROW(writev, WRITES),
	ROW(writev_full, WRITES),
	ROW(sendmsg, WRITES),
	ROW(sendmmsg, WRITES),
	ROW(sendto, WRITES),
	ROW(send_fds, WRITES),
	ROW(sendfile, WRITES),
	ROW(splice, .before = fill_with_tube, .complete = drain, .after = spliced_if, .flags = LATE),
	ROW(close, .flags = ALWAYS),
	ROW(close_lingering, .before = make_pair, .complete = close_peer, .after = is_closed,
	    .flags = LATE),
	ROW(accept, .complete = call_listener, .after = not_accepted, .flags = LATE),
	ROW(connect, .after = nothing_called),
	ROW(connect_tcp, OPENS),
	ROW(connect_tcp_with, OPENS),
	ROW(connect_any, OPENS),
	ROW(listen_tcp, OPENS),
	ROW(listen_tcp_with, OPENS),
	ROW(bind_udp, OPENS),
	ROW(connect_udp, OPENS),
	ROW(send_segments, .before = NULL),
	ROW(connect_unix, OPENS),
	ROW(listen_unix, OPENS),
	ROW(bind_unix, OPENS),
	ROW(getaddrinfo, .before = NULL),
	ROW(getnameinfo, .before = NULL),
	ROW(stream_read, STREAM_READS),
	ROW(stream_read_exactly, STREAM_READS),
	ROW(stream_read_line, STREAM_READS),
	ROW(stream_read_until, STREAM_READS),
	ROW(stream_read_all, STREAM_READS),
	ROW(stream_peek, .before = open_streams, .complete = say, .after = said_anyway, .flags = LATE),
	ROW(stream_write, STREAM_WRITES),
	ROW(stream_writev, STREAM_WRITES),
	ROW(stream_printf, STREAM_WRITES),
	ROW(stream_vprintf, STREAM_WRITES),
	ROW(stream_flush, .before = begin_written, .after = all_is_sent),
	ROW(stream_shutdown, .before = begin_written, .after = all_is_sent),
	ROW(stream_copy, .before = begin_copy, .after = copy_the_rest),
	ROW(stream_send_file, .before = begin_copy, .after = send_the_rest),
	ROW(stream_close, .before = begin_written, .after = close_other, .flags = EITHER),
	ROW(open_connection, .after = close_opened),
	ROW(open_unix_connection, .after = close_opened),
	ROW(open_file, .after = close_opened),
	ROW(serve, .before = open_server, .complete = stop_server, .after = close_server, .flags = LATE),
	ROW(signal_wait, .before = hold_signal, .complete = raise_it, .after = signal_unless,
	    .flags = LATE),
	ROW(select_signal, .before = hold_signal, .complete = raise_it, .after = signal_unless,
	    .flags = LATE),
	ROW(signals_next, .before = open_signals, .complete = raise_it, .after = close_signals,
	    .flags = LATE),
	ROW(select_next_signal, .before = open_signals, .complete = raise_it, .after = close_signals,
	    .flags = LATE),
	ROW(inotify_next, .before = watch, .complete = change, .after = changed_unless, .flags = LATE),
	ROW(inotify_close, .before = watch, .flags = ALWAYS),
	ROW(process_wait, .before = start, .complete = kill_it, .after = waited, .flags = LATE),
	ROW(select_process_end, .before = start, .complete = kill_it, .after = waited, .flags = LATE),
	ROW(process_communicate, .before = start, .complete = kill_it, .after = communicated,
	    .flags = LATE),
	ROW(process_start, .after = end_it),
	ROW(command_run, .before = NULL),
	ROW(process_end, .before = start, .after = has_ended, .flags = ALWAYS),
	ROW(process_leave, .before = start, .after = has_ended, .flags = ALWAYS),
	ROW(process_block, .before = NULL),
};

async static int main_task(void)
{
	int r, unix_listener;

	CHECK(async_test_stream(fds) == 0);
	/* As small a buffer as may be. */
	CHECK(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)) == 0);
	listener = await async_listen_tcp("127.0.0.1", "0", 0);
	service_of(listener, service);
	unix_listener = await async_listen_unix("listening", SOCK_STREAM, 0);
	CHECK(listener >= 0 && unix_listener >= 0);
	file = await async_open("big", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(await async_pwrite(file, big, BIG, 0) == BIG);
	r = await matrix(rows, sizeof rows / sizeof *rows);
	await async_close(file);
	await async_close(unix_listener);
	await async_close(listener);
	await async_close(fds[0]);
	await async_close(fds[1]);
	return r;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && chdir(argv[1]) == 0);
	memset(big, 'x', BIG);
	signal(SIGPIPE, SIG_IGN);
	CHECK(async_test_virtual_time() == 0);
	CHECK(async_run(main_task()) == 0);
	return 0;
}
