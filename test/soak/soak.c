/* Connections over loopback that end in every way there is, for as long as one likes: memory
 * and descriptors stay flat, and of every byte it is known what has become of it.
 *
 *     soak [seconds [connections [loops [per-second [seed]]]]]
 *
 * The clients are one process and the servers another, each with so many loops. For each of the
 * connections under way at a time there is a client, and when a connection has ended, it makes
 * another one. Each loop of the servers has a listening socket, and hands some connections over
 * to other loops. Both sides know a connection's plan, drawn from its number: how many bytes
 * each is to send, and how it ends. What is sent follows from the connection, the direction and
 * the position in it, and whoever reads compares. Reads and writes are limited and cancelled at
 * random all the while, and whatever that does to them, both sides of a connection that was
 * not reset agree on every byte: their accounts are in memory that the processes share.
 *
 * The time is divided into phases. At the end of each all connections have ended: descriptors
 * and allocated memory are compared then with those of the phases before, and the memory of
 * the processes under load with that of the beginning.
 */
// RUN: %asyncc -O2 -g -Wall -Wextra -Werror %s -o %t && %t 3 300 1 800
// RUN: env ASYNC_FORCE_SUSPEND=1 %t 1 50 2 200
#define _GNU_SOURCE
#include <asyncc.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PHASES = 10,
	MOST_LOOPS = 16,
	PERIOD = 65521, /* of the pattern, a prime: what is displaced is not the same */
	CHUNK = 8192,
	BUFFER = 2048,
	PAUSES = 8, /* about so many in the life of a connection */
	SILENCE_MS = 400,
	SPARE_DESCRIPTORS = 64,
	STUCK_S = 240,
	/* More than one account for a client, as servers end later than clients. */
	ACCOUNTS = 4,
};

/* How a connection ends. Before LOSSY, both sides get all that the other has sent. */
enum how {
	ORDERLY,    /* each ends its direction when it has sent all */
	HALF_CLOSE, /* one ends its direction at once, and the other sends only then */
	SILENCE,    /* one falls silent, and the other gives up */
	CANCEL,     /* the task of one is cancelled */
	DEADLINE,   /* one has a time limit for all of it */
	LOSSY,
	RESET = LOSSY, /* one resets it */
	CLOSE,         /* one closes it, whatever is still to be read */
	PULL,          /* one closes the descriptor under its waiting tasks */
	CONNECT,       /* connecting is limited to a moment */
	WAYS,
};

static const char *const way_names[WAYS] = {
	"in order", "half-closed", "timed out", "cancelled",       "deadline",
	"reset",    "closed",      "pulled",    "connect limited",
};

enum { CLIENT, SERVER };

struct side {
	struct connection *connection;
	int number;
	int fd;
	struct async_stream *stream; /* instead of calls on the descriptor */
	uint64_t random;
	uint64_t sent, received, unread;
	int error;         /* the first that this side got from the kernel */
	bool shut, closed; /* its writing, the descriptor */
	bool ended;        /* the peer's writing */
	struct async_event peer_ended;
};

struct connection {
	uint64_t number;
	enum how how;
	int actor; /* the side that how speaks of */
	uint64_t planned[2];
	struct side sides[2];
	atomic_int owners; /* 0: free */
};

struct tally {
	uint64_t connections[WAYS];
	uint64_t sent, received, unread, lost;
	uint64_t timeouts, cancellations; /* of single reads and writes */
	uint64_t accepted, anonymous, not_connected;
};

static struct {
	unsigned seconds, connections, loops, per_second;
	uint64_t seed;
} options = {5, 400, 1, 800, 1};

struct sample {
	uint64_t memory, allocated;
	unsigned descriptors;
};

static struct shared {
	atomic_uint phase, busy_clients, handlers;
	atomic_bool hurry;
	atomic_int port;
	atomic_uint_least64_t numbers;
	atomic_uint listening, measured; /* loops; phases */
	struct tally tallies[2][MOST_LOOPS];
	struct sample most[2][PHASES], quiet[2][PHASES];
	struct connection connections[];
} *shared;

static char pattern[PERIOD + CHUNK];
static int process; /* CLIENT or SERVER */
static struct async_loop *loops[MOST_LOOPS];
static _Thread_local struct tally *tally;

#define CHECK(condition, ...)                                                                      \
	((condition) ? (void)0 : check_failed(#condition, __LINE__, "" __VA_ARGS__))

__attribute__((format(printf, 3, 4))) _Noreturn static void
check_failed(const char *condition, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: failed: %s: ", __FILE__, line, condition);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (seed %" PRIu64 ")\n", options.seed);
	_exit(1);
}

static uint64_t scramble(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A number below limit (splitmix64). */
static uint64_t draw(uint64_t *random, uint64_t limit)
{
	*random += UINT64_C(0x9e3779b97f4a7c15);
	return scramble(*random) % limit;
}

static const char *bytes_at(const struct connection *connection, int from, uint64_t position)
{
	return pattern + (scramble(connection->number * 2 + (uint64_t)from) + position) % PERIOD;
}

/* The plan and the two sides' accounts. */

static uint64_t drawn_length(uint64_t *random)
{
	return draw(random, UINT64_C(1) << (2 + draw(random, 15)));
}

static void plan(struct connection *connection)
{
	uint64_t random;

	*connection = (struct connection){
		.number = atomic_fetch_add(&shared->numbers, 1) + 1,
	};
	random = scramble(options.seed) ^ scramble(connection->number);
	connection->how = (enum how)draw(&random, WAYS);
	connection->actor = (int)draw(&random, 2);
	for (int i = 0; i < 2; i++) {
		connection->planned[i] = drawn_length(&random);
		connection->sides[i].connection = connection;
		connection->sides[i].number = i;
		connection->sides[i].fd = -1;
		connection->sides[i].random = random + (uint64_t)i;
	}
}

static void check_direction(const struct connection *connection, const struct side *from,
			    const struct side *to)
{
	const char *way = way_names[connection->how];

	CHECK(from->sent <= connection->planned[from->number]);
	if (connection->how < LOSSY) {
		CHECK(!from->error, "%s: error %d of side %d", way, from->error, from->number);
		CHECK(to->ended && from->sent == to->received,
		      "%s by %d: side %d sent %" PRIu64 ", %" PRIu64 " came", way,
		      connection->actor, from->number, from->sent, to->received);
	}
	CHECK(to->received + to->unread <= from->sent);
	tally->sent += from->sent;
	tally->received += to->received;
	tally->unread += to->unread;
	tally->lost += from->sent - to->received - to->unread;
}

static void settle(struct connection *connection)
{
	struct side *client = &connection->sides[CLIENT], *server = &connection->sides[SERVER];

	if (atomic_fetch_sub(&connection->owners, 1) > 2)
		return;
	CHECK(client->closed && server->closed);
	if (connection->how == ORDERLY)
		CHECK(client->sent == connection->planned[CLIENT] &&
		      server->sent == connection->planned[SERVER]);
	check_direction(connection, client, server);
	check_direction(connection, server, client);
	tally->connections[connection->how]++;
	atomic_store(&connection->owners, 0);
}

/* One side's reading and writing, straight or by a stream. A descriptor that was pulled may be
 * another connection's by now. */

async static ssize_t read_some(struct side *side, void *buf, size_t len)
{
	if (side->closed)
		return -EBADF;
	return side->stream ? await async_stream_read(side->stream, buf, len)
			    : await async_read(side->fd, buf, len);
}

async static ssize_t write_some(struct side *side, const void *buf, size_t len)
{
	if (side->closed)
		return -EBADF;
	return side->stream ? await async_stream_write(side->stream, buf, len)
			    : await async_write(side->fd, buf, len);
}

async static void rest(struct side *side, int64_t most_ms)
{
	int64_t ms = (int64_t)draw(&side->random, (uint64_t)most_ms + 1), piece;
	int error = 0;

	for (; !error && ms > 0 && !atomic_load(&shared->hurry); ms -= piece) {
		piece = ms < 200 ? ms : 200;
		error = await async_sleep_ms(piece);
	}
}

async static ssize_t join_cancelled(struct side *side, async_task(ssize_t) task)
{
	ssize_t n;

	await rest(side, 2);
	async_cancel(task);
	n = await async_join(task);
	tally->cancellations += n == -ECANCELED;
	return n;
}

/* -ETIMEDOUT: interrupted, and nothing was read. */
async static ssize_t get(struct side *side, void *buf, size_t len)
{
	ssize_t n;

	if (side->connection->how == SILENCE && side->number != side->connection->actor)
		return async_await_timeout(SILENCE_MS, read_some(side, buf, len));
	switch (draw(&side->random, 8)) {
	case 0:
		n = async_await_timeout((int64_t)draw(&side->random, 4), read_some(side, buf, len));
		tally->timeouts += n == -ETIMEDOUT;
		break;
	case 1:
		n = await join_cancelled(side, async_spawn(read_some(side, buf, len)));
		if (n == -ECANCELED && !async_cancelled())
			n = -ETIMEDOUT;
		break;
	default:
		n = await read_some(side, buf, len);
	}
	return n;
}

/* -ETIMEDOUT: interrupted, and nothing was written. */
async static ssize_t put(struct side *side, const void *buf, size_t len)
{
	ssize_t n;

	switch (draw(&side->random, 8)) {
	case 0:
		n = async_await_timeout((int64_t)draw(&side->random, 4),
					write_some(side, buf, len));
		tally->timeouts += n == -ETIMEDOUT;
		break;
	case 1:
		n = await join_cancelled(side, async_spawn(write_some(side, buf, len)));
		if (n == -ECANCELED && !async_cancelled())
			n = -ETIMEDOUT;
		break;
	default:
		n = await write_some(side, buf, len);
	}
	return n;
}

static int note(struct side *side, ssize_t error)
{
	if (error < 0 && error != -ECANCELED && error != -ETIMEDOUT && !side->error)
		side->error = (int)error;
	return (int)error;
}

async static int shut(struct side *side)
{
	int error = 0;

	if (side->closed)
		error = -EBADF;
	else if (side->stream)
		error = await async_stream_shutdown(side->stream);
	else if (shutdown(side->fd, SHUT_WR))
		error = -errno;
	if (!error)
		side->shut = true;
	return note(side, error);
}

async static int write_all(struct side *side)
{
	const struct connection *connection = side->connection;
	uint64_t planned = connection->planned[side->number];
	size_t len;
	ssize_t n = 0;

	while (side->sent < planned) {
		len = 1 + draw(&side->random, CHUNK);
		if (len > planned - side->sent)
			len = planned - side->sent;
		n = await put(side, bytes_at(connection, side->number, side->sent), len);
		if (n == -ETIMEDOUT)
			continue;
		if (n < 0)
			return note(side, n);
		side->sent += (uint64_t)n;
		if (side->stream && draw(&side->random, 2))
			n = await async_stream_flush(side->stream);
		if (n < 0)
			return note(side, n);
		await rest(side, 2000 * (int64_t)options.connections / options.per_second / PAUSES);
	}
	return 0;
}

async static int writer(struct side *side)
{
	enum how how = side->connection->how;
	bool actor = side->number == side->connection->actor;
	int error = 0;

	if (how == HALF_CLOSE && !actor)
		error = await async_event_wait(&side->peer_ended);
	if (!error)
		error = await write_all(side);
	if (!error && how == SILENCE && actor) {
		if (side->stream)
			error = await async_stream_flush(side->stream);
		if (!error)
			error = await async_event_wait(&side->peer_ended);
	}
	return error ? note(side, error) : await shut(side);
}

static void take(struct side *side, const char *buf, ssize_t n)
{
	const struct connection *connection = side->connection;

	CHECK(!memcmp(buf, bytes_at(connection, 1 - side->number, side->received), (size_t)n),
	      "%s by %d: wrong bytes for %d after %" PRIu64, way_names[connection->how],
	      connection->actor, side->number, side->received);
	side->received += (uint64_t)n;
	if (n)
		return;
	side->ended = true;
	async_event_set(&side->peer_ended);
}

async static int reader(struct side *side)
{
	char buf[BUFFER];
	bool gives_up = side->connection->how == SILENCE && side->number != side->connection->actor;
	ssize_t n;

	do {
		n = await get(side, buf, 1 + draw(&side->random, sizeof buf));
		if (n >= 0)
			take(side, buf, n);
		else if (n != -ETIMEDOUT || gives_up)
			return note(side, n);
	} while (n);
	return 0;
}

/* The two sides of a connection. */

static void count_unread(struct side *side)
{
	int waiting = 0;

	if (ioctl(side->fd, FIONREAD, &waiting) || waiting < 0)
		waiting = 0;
	side->unread = (uint64_t)waiting;
	if (side->stream)
		side->unread += async_stream_buffered(side->stream);
}

async static void close_side(struct side *side)
{
	int error;

	if (side->stream)
		error = await async_stream_close(side->stream);
	else
		error = await async_close(side->fd);
	side->closed = true;
	note(side, error);
}

static void reset_on_close(int fd)
{
	struct linger linger = {1, 0};

	CHECK(!setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

/* Ends the group of the side that it belongs to. */
async static int breaker(struct side *side)
{
	await rest(side, 1000 * (int64_t)options.connections / options.per_second);
	if (side->connection->how == PULL && !side->stream && !async_cancelled()) {
		count_unread(side);
		side->closed = true;
		CHECK(await async_close(side->fd) == 0);
	}
	return -ECONNABORTED;
}

async static void talk(struct side *side, bool breaks)
{
	struct async_group group;

	CHECK(!async_group_open(&group));
	async_group_start(&group, reader(side));
	async_group_start(&group, writer(side));
	if (breaks)
		async_group_start(&group, breaker(side));
	await async_group_close(&group);
}

/* What was cancelled or has timed out sends no more, but takes what still comes. */
async static void finish(struct side *side)
{
	char buf[BUFFER];
	ssize_t n = 0;
	ASYNC_SHIELD(shield);

	if (!side->shut)
		n = await shut(side);
	while (n >= 0 && !side->ended) {
		n = await read_some(side, buf, sizeof buf);
		if (n >= 0)
			take(side, buf, n);
	}
	note(side, n);
	await close_side(side);
}

/* Throws away what has not been sent or read. */
async static void drop(struct side *side)
{
	struct async_scope scope;

	if (side->connection->how == RESET)
		reset_on_close(side->fd);
	count_unread(side);
	CHECK(!async_scope_open(&scope));
	async_scope_cancel(&scope, -ECONNABORTED);
	await close_side(side);
	async_scope_close(&scope);
}

async static int converse(struct side *side)
{
	bool breaks = side->connection->how >= LOSSY && side->number == side->connection->actor;

	await talk(side, breaks);
	if (!breaks)
		await finish(side);
	else if (!side->closed)
		await drop(side);
	return 0;
}

async static void converse_limited(struct side *side)
{
	int64_t life = 1000 * (int64_t)options.connections / options.per_second;
	bool actor = side->number == side->connection->actor;
	async_task(int) task;

	if (side->connection->how == CANCEL && actor) {
		task = async_spawn(converse(side));
		CHECK(task);
		await rest(side, life);
		async_cancel(task);
		await async_join(task);
	} else if (side->connection->how == DEADLINE && actor) {
		ASYNC_TIMEOUT(limit, (int64_t)draw(&side->random, (uint64_t)life + 1));
		await converse(side);
	} else {
		await converse(side);
	}
}

async static void serve_side(struct side *side, int fd)
{
	side->fd = fd;
	if (!draw(&side->random, 8)) {
		side->stream = async_stream_of_fd(fd);
		CHECK(side->stream);
	}
	await converse_limited(side);
	settle(side->connection);
}

/* What a client sends first, so that both sides have the same plan. */
struct header {
	uint64_t account, number;
};

async static struct connection *introduced(int fd)
{
	struct header header;
	struct connection *connection;
	ssize_t n = await async_read_full(fd, &header, sizeof header);

	if (n == 0 || n == -ECONNRESET)
		return NULL;
	CHECK(n == sizeof header && header.account < options.connections * ACCOUNTS, "%zd", n);
	connection = &shared->connections[header.account];
	CHECK(atomic_load(&connection->owners) == 3 && connection->number == header.number);
	CHECK(await async_write(fd, "", 1) == 1);
	return connection;
}

async static int handler(int fd)
{
	struct connection *connection = await introduced(fd);

	tally->accepted++;
	if (connection) {
		await serve_side(&connection->sides[SERVER], fd);
	} else {
		tally->anonymous++;
		await async_close(fd);
	}
	atomic_fetch_sub(&shared->handlers, 1);
	return 0;
}

/* Here or on another loop. */
async static int hand_over(int fd, unsigned number)
{
	unsigned other = (number + (unsigned)fd % 3) % options.loops;
	async_remote(int) task;

	if (other == number)
		return await handler(fd);
	async_release_fd(fd);
	task = async_spawn_on(loops[other], handler(fd));
	CHECK(task);
	CHECK(!await async_remote_join(task, NULL));
	return 0;
}

async static int server(int listener, unsigned number)
{
	ASYNC_GROUP(group);
	int fd;

	while ((fd = await async_accept(listener)) >= 0) {
		atomic_fetch_add(&shared->handlers, 1);
		CHECK(!async_group_start(&group, hand_over(fd, number)));
	}
	CHECK(fd == -ECANCELED, "%d", fd);
	return fd;
}

async static int connect_to(uint64_t *random)
{
	char host[24], service[8];

	/* Each address has ports of its own for connections that have ended. */
	snprintf(host, sizeof host, "127.0.%d.%d", (int)draw(random, 8),
		 (int)(1 + draw(random, 250)));
	snprintf(service, sizeof service, "%d", atomic_load(&shared->port));
	return await async_connect_tcp(host, service);
}

async static void connect_briefly(uint64_t *random)
{
	uint64_t ns = draw(random, 300000);
	struct async_scope scope;
	int fd;

	CHECK(!async_deadline_open(&scope, async_now_ns() + ns));
	fd = await connect_to(random);
	async_scope_close(&scope);
	CHECK(fd >= 0 || fd == -ECANCELED, "%d", fd);
	tally->connections[CONNECT]++;
	tally->not_connected += fd < 0;
	if (fd >= 0 && draw(random, 2))
		reset_on_close(fd);
	if (fd >= 0)
		await async_close(fd);
}

async static struct connection *free_account(uint64_t slot)
{
	struct connection *connection;

	for (uint64_t i = 0;; i = (i + 1) % ACCOUNTS) {
		connection = &shared->connections[slot * ACCOUNTS + i];
		if (!atomic_load(&connection->owners))
			return connection;
		if (i == ACCOUNTS - 1)
			await async_sleep_ms(1);
	}
}

async static void connection_run(uint64_t slot)
{
	struct connection *connection = await free_account(slot);
	struct side *side = &connection->sides[CLIENT];
	struct header header;
	char answer;
	ssize_t n;
	int fd;

	plan(connection);
	if (connection->how == CONNECT) {
		await connect_briefly(&side->random);
		return;
	}
	/* The third of the owners is who checks. */
	atomic_store(&connection->owners, 3);
	fd = await connect_to(&side->random);
	CHECK(fd >= 0, "%d", fd);
	header.account = (uint64_t)(connection - shared->connections);
	header.number = connection->number;
	n = await async_write_full(fd, &header, sizeof header);
	CHECK(n == sizeof header, "%zd", n);
	n = await async_read_full(fd, &answer, 1);
	CHECK(n == 1, "%zd", n);
	await serve_side(side, fd);
}

static int64_t phase_ms(void)
{
	return 1000 * (int64_t)options.seconds / PHASES;
}

async static int client(uint64_t slot)
{
	uint64_t random = scramble(options.seed) + scramble(slot + atomic_load(&shared->numbers));

	/* Not all at once. */
	await async_sleep_ms((int64_t)draw(&random, (uint64_t)phase_ms() / 10 + 1));
	while (!atomic_load(&shared->hurry))
		await connection_run(slot);
	return 0;
}

/* Measuring. */

#pragma weak __sanitizer_get_current_allocated_bytes
size_t __sanitizer_get_current_allocated_bytes(void);

static bool is_sanitized(void)
{
	return &__sanitizer_get_current_allocated_bytes != NULL;
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	CHECK(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* ".", ".." and that of dir */
}

static struct sample measure(void)
{
	struct sample sample = {.descriptors = count_descriptors()};
	unsigned long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	CHECK(file && fscanf(file, "%lu %lu", &size, &resident) == 2);
	fclose(file);
	sample.memory = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	if (is_sanitized()) {
		sample.allocated = __sanitizer_get_current_allocated_bytes();
	} else {
		struct mallinfo2 info = mallinfo2();

		sample.allocated = info.uordblks + info.hblkhd;
	}
	return sample;
}

/* The most there is of each under load. */
async static int watch(struct sample *most, int64_t every_ms)
{
	struct sample now;

	while (!await async_sleep_ms(every_ms)) {
		now = measure();
		if (now.memory > most->memory)
			most->memory = now.memory;
		if (now.allocated > most->allocated)
			most->allocated = now.allocated;
		if (now.descriptors > most->descriptors)
			most->descriptors = now.descriptors;
	}
	return 0;
}

static struct tally sum(void)
{
	struct tally all = {0};
	uint64_t *to = (uint64_t *)&all;

	for (unsigned loop = 0; loop < 2 * options.loops; loop++) {
		const uint64_t *from = (const uint64_t *)&shared->tallies[loop % 2][loop / 2];

		for (size_t i = 0; i < sizeof all / sizeof *to; i++)
			to[i] += from[i];
	}
	return all;
}

static uint64_t ended(const struct tally *of)
{
	uint64_t count = 0;

	for (int i = 0; i < WAYS; i++)
		count += of->connections[i];
	return count;
}

static void report_phase(unsigned number)
{
	struct tally all = sum();

	printf("phase %u: %" PRIu64 " connections ended\n", number + 1, ended(&all));
	for (int i = 0; i < 2; i++) {
		const struct sample *most = &shared->most[i][number];
		const struct sample *quiet = &shared->quiet[i][number];

		printf("  %s under load %.1f MiB, %u descriptors; then %.3f MiB allocated, %u "
		       "descriptors\n",
		       i == CLIENT ? "clients" : "servers", (double)most->memory / (1 << 20),
		       most->descriptors, (double)quiet->allocated / (1 << 20), quiet->descriptors);
	}
	fflush(stdout);
}

static void report(void)
{
	struct tally all = sum();

	for (int i = 0; i < WAYS; i++)
		printf("%-16s %" PRIu64 "\n", way_names[i], all.connections[i]);
	printf("%" PRIu64 " connections; %" PRIu64 " limits of connecting met, %" PRIu64
	       " of these accepted; single reads and writes: %" PRIu64 " timed out, %" PRIu64
	       " cancelled\n",
	       ended(&all), all.not_connected, all.anonymous, all.timeouts, all.cancellations);
	printf("%" PRIu64 " bytes sent = %" PRIu64 " received + %" PRIu64
	       " closed unread + %" PRIu64 " in flight at a reset\n",
	       all.sent, all.received, all.unread, all.lost);
	CHECK(all.sent == all.received + all.unread + all.lost);
	CHECK(all.anonymous <= all.connections[CONNECT]);
	CHECK(all.accepted == ended(&all) - all.connections[CONNECT] + all.anonymous);
	for (int i = 0; i < WAYS; i++)
		CHECK(all.connections[i] > 0);
}

/* The quiet times are alike, and so is the load: the first phase has filled all pools. */
static void check_flat(const struct sample most[PHASES], const struct sample quiet[PHASES])
{
	uint64_t early = 0, late = 0;

	for (int i = 0; i < PHASES; i++) {
		CHECK(quiet[i].descriptors == quiet[0].descriptors, "phase %d", i);
		CHECK(most[i].descriptors <= options.connections + SPARE_DESCRIPTORS,
		      "%u in phase %d", most[i].descriptors, i);
		if (i < PHASES / 2 && most[i].memory > early)
			early = most[i].memory;
		if (i >= PHASES / 2 && most[i].memory > late)
			late = most[i].memory;
	}
	CHECK(late <= early + early / 10 + (1 << 20), "%" PRIu64 " after %" PRIu64, late, early);
	early = quiet[PHASES / 2 - 1].allocated;
	late = quiet[PHASES - 1].allocated;
	CHECK(late <= early + early / 10 + (1 << 16), "%" PRIu64 " after %" PRIu64, late, early);
}

/* Phases. The first loop of the clients conducts them. */

/* Waits until nothing is under way any more. */
async static void settle_down(void)
{
	uint64_t limit = async_now_ns() + STUCK_S * UINT64_C(1000000000);
	struct tally all;
	int quiet = 0;

	/* What was closed at once may still wait to be accepted. */
	while (quiet < 5) {
		quiet++;
		if (atomic_load(&shared->busy_clients) || atomic_load(&shared->handlers))
			quiet = 0;
		if (async_now_ns() > limit) {
			async_dump_tasks(stderr);
			all = sum();
			CHECK(false, "%u loops busy, %u handlers, %" PRIu64 " ended",
			      atomic_load(&shared->busy_clients), atomic_load(&shared->handlers),
			      ended(&all));
		}
		await async_sleep_ms(20);
	}
}

async static void run_clients(unsigned number)
{
	ASYNC_GROUP(group);

	for (uint64_t slot = number; slot < options.connections; slot += options.loops)
		CHECK(!async_group_start(&group, client(slot)));
}

async static int end_phase(int64_t ms)
{
	await async_sleep_ms(ms);
	atomic_store(&shared->hurry, true);
	return 0;
}

async static void conduct(void)
{
	async_task(int) watcher, timer;

	for (unsigned i = 0; i < PHASES; i++) {
		atomic_store(&shared->hurry, false);
		atomic_store(&shared->busy_clients, options.loops);
		atomic_store(&shared->phase, i + 1);
		watcher = async_spawn(watch(&shared->most[CLIENT][i], phase_ms() / 10 + 1));
		timer = async_spawn(end_phase(phase_ms()));
		await run_clients(0);
		atomic_fetch_sub(&shared->busy_clients, 1);
		await async_join(timer);
		async_cancel(watcher);
		await async_join(watcher);
		await settle_down();
		shared->quiet[CLIENT][i] = measure();
		while (atomic_load(&shared->measured) <= i)
			await async_sleep_ms(1);
		report_phase(i);
	}
	atomic_store(&shared->phase, PHASES + 1);
	report();
	check_flat(shared->most[CLIENT], shared->quiet[CLIENT]);
	check_flat(shared->most[SERVER], shared->quiet[SERVER]);
}

async static void follow(unsigned number)
{
	unsigned seen = 0, now;

	while ((now = atomic_load(&shared->phase)) <= PHASES) {
		if (now == seen) {
			await async_sleep_ms(5);
			continue;
		}
		seen = now;
		await run_clients(number);
		atomic_fetch_sub(&shared->busy_clients, 1);
	}
}

async static int clients(unsigned number, void *arg)
{
	(void)arg;
	tally = &shared->tallies[CLIENT][number];
	while (atomic_load(&shared->listening) < options.loops)
		await async_sleep_ms(1);
	if (number)
		await follow(number);
	else
		await conduct();
	return 0;
}

async static int open_listener(void)
{
	struct async_socket_options socket_options = {.reuse_port = true, .family = AF_INET};
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	char service[8];
	int fd;

	snprintf(service, sizeof service, "%d", atomic_load(&shared->port));
	fd = await async_listen_tcp_with("0.0.0.0", service, &socket_options);
	CHECK(fd >= 0, "%d", fd);
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &len));
	atomic_store(&shared->port, ntohs(address.sin_port));
	return fd;
}

/* Measures as the clients do, until these have come to their end. */
async static void watch_servers(void)
{
	async_task(int) watcher;

	for (unsigned i = 0; i < PHASES; i++) {
		watcher = async_spawn(watch(&shared->most[SERVER][i], phase_ms() / 10 + 1));
		while (atomic_load(&shared->phase) <= i || !atomic_load(&shared->hurry))
			await async_sleep_ms(5);
		async_cancel(watcher);
		await async_join(watcher);
		await settle_down();
		shared->quiet[SERVER][i] = measure();
		atomic_store(&shared->measured, i + 1);
	}
}

async static int servers(unsigned number, void *arg)
{
	async_task(int) accepting;
	int listener;

	(void)arg;
	tally = &shared->tallies[SERVER][number];
	loops[number] = async_loop_self();
	CHECK(loops[number]);
	/* One after another, as the first one's port is everybody's. */
	while (atomic_load(&shared->listening) < number)
		await async_sleep_ms(1);
	listener = await open_listener();
	atomic_fetch_add(&shared->listening, 1);
	while (atomic_load(&shared->listening) < options.loops)
		await async_sleep_ms(1);
	accepting = async_spawn(server(listener, number));
	if (!number)
		await watch_servers();
	while (atomic_load(&shared->phase) <= PHASES)
		await async_sleep_ms(5);
	async_cancel(accepting);
	CHECK(await async_join(accepting) == -ECANCELED);
	CHECK(await async_close(listener) == 0);
	return 0;
}

static void allow_descriptors(void)
{
	struct rlimit limit;
	rlim_t wanted = options.connections + SPARE_DESCRIPTORS;

	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur >= wanted)
		return;
	CHECK(wanted <= limit.rlim_max, "%u connections need %ju descriptors", options.connections,
	      (uintmax_t)wanted);
	limit.rlim_cur = wanted;
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
}

static void read_options(int argc, char **argv)
{
	unsigned *const values[] = {&options.seconds, &options.connections, &options.loops,
				    &options.per_second};

	for (int i = 1; i < argc && i <= 4; i++)
		*values[i - 1] = (unsigned)strtoul(argv[i], NULL, 10);
	if (argc > 5)
		options.seed = strtoull(argv[5], NULL, 10);
	CHECK(options.seconds && options.connections && options.per_second);
	CHECK(options.loops && options.loops <= MOST_LOOPS);
}

static void prepare(void)
{
	size_t size = sizeof *shared +
		      options.connections * (size_t)ACCOUNTS * sizeof *shared->connections;
	uint64_t random = 1;

	allow_descriptors();
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = i < PERIOD ? (char)draw(&random, 256) : pattern[i - PERIOD];
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
		      -1, 0);
	CHECK(shared != MAP_FAILED);
}

static void run(void)
{
	unsigned before = count_descriptors(), after;

	CHECK(!async_run_workers(options.loops, process == CLIENT ? clients : servers, NULL));
	after = count_descriptors();
	/* This thread's loop has a few of its own. */
	CHECK(after <= before + 4, "%u descriptors, %u at the start", after, before);
}

int main(int argc, char **argv)
{
	int status;
	pid_t child;

	read_options(argc, argv);
	prepare();
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		process = SERVER;
	}
	run();
	if (child)
		CHECK(waitpid(child, &status, 0) == child && !status);
	return 0;
}
