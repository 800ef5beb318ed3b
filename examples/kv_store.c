/* A store of keys and values in an SQLite database, for any number of clients at the same time.
 *
 *     asyncc -O2 kv_store.c $(pkg-config --cflags --libs sqlite3) -o kv_store
 *     ./kv_store store.db 6000 1000     and     nc localhost 6000
 *
 * Commands are lines: set KEY VALUE, get KEY, del KEY, add KEY NUMBER, move KEY KEY NUMBER (from
 * one to the other, unless the first has not so much), list PREFIX, query SELECT... Answers are
 * lines too; of list and query, the last is "end". The last argument limits the time of a command,
 * in milliseconds. Port 0 lets the kernel choose; the port is printed.
 *
 * SQLite blocks: on the disk, on locks of other processes, and while it computes. So each
 * statement runs on a thread of the pool. A connection belongs to one task at a time, which takes
 * it from a channel and puts it back, so SQLite's own locks are not needed. A statement whose task
 * is cancelled is told so by its connection's progress handler; sqlite3_interrupt would come to
 * nothing when the thread has not yet begun. Waiting for another process's lock is done on the
 * loop, not in SQLite's busy handler, where it would keep a thread.
 */
#include <asyncc.h>

#include "listen.h"

#include <sqlite3.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	READERS = 2, /* less than threads of the pool, so that slow queries do not hold up all */
	STEPS_BETWEEN_LOOKS = 10000,
	BUSY_MS = 20,
	MOST_OUTPUT = 1 << 20,
};

struct db {
	sqlite3 *handle;
	atomic_bool cancelled;
	const char *path;
	int flags;
};

/* Connections that nobody uses at the moment. */
typedef async_chan(struct db *) db_pool;

static db_pool writer, readers;
static int limit_ms;

/* A statement, with its parameters, and where rows go: a function that is called on the thread and
 * gives false to have no more of them. */
struct statement {
	struct db *db;
	const char *sql;
	const char *values[3];
	bool (*row)(sqlite3_stmt *row, void *arg);
	void *arg;
	int rows;
	int changes;
	char message[128];
};

static int bind_values(sqlite3_stmt *compiled, const struct statement *s)
{
	int code = SQLITE_OK;

	for (int i = 0; i < 3 && s->values[i] && code == SQLITE_OK; i++)
		code = sqlite3_bind_text(compiled, i + 1, s->values[i], -1, SQLITE_STATIC);
	return code;
}

/* On a thread of the pool. Gives SQLITE_DONE or the code of a failure. */
static int run_on_thread(struct statement *s)
{
	sqlite3_stmt *compiled;
	int code = sqlite3_prepare_v2(s->db->handle, s->sql, -1, &compiled, NULL);

	s->rows = s->changes = 0;
	if (code == SQLITE_OK)
		code = bind_values(compiled, s);
	if (code == SQLITE_OK)
		code = compiled ? SQLITE_ROW : SQLITE_DONE;
	while (code == SQLITE_ROW) {
		code = sqlite3_step(compiled);
		if (code == SQLITE_ROW) {
			s->rows++;
			if (s->row && !s->row(compiled, s->arg))
				code = SQLITE_DONE;
		}
	}
	if (code == SQLITE_DONE)
		s->changes = sqlite3_changes(s->db->handle);
	else
		snprintf(s->message, sizeof s->message, "%s", sqlite3_errmsg(s->db->handle));
	sqlite3_finalize(compiled);
	return code;
}

static async int offload(struct statement *s)
{
	return await async_offload(run_on_thread, s);
}

static int error_of(int code)
{
	if (code < 0)
		return code;
	switch (code & 0xff) {
	case SQLITE_DONE:
		return 0;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

/* Runs a statement once. A thread that has begun it is told when the task is cancelled, and
 * awaited. */
static async int run_once(struct statement *s)
{
	atomic_store(&s->db->cancelled, false);
	async_task(int) call = async_spawn(offload(s));

	if (!call)
		return -ENOMEM;
	if (await async_select(NULL, async_on_end(call)) == -ECANCELED)
		atomic_store(&s->db->cancelled, true);
	return await async_join(call);
}

/* Runs a statement. Gives 0; -EINVAL when it fails, with the reason in its message; -ENOMEM; or
 * -ECANCELED, when it has had no effect. */
static async int db_run(struct statement *s)
{
	int code;

	while ((code = await run_once(s)) == SQLITE_BUSY && s->rows == 0)
		if (await async_sleep_ms(BUSY_MS) < 0)
			return -ECANCELED;
	return error_of(code);
}

static async int db_do(struct db *db, const char *sql)
{
	struct statement s = {.db = db, .sql = sql};

	return await db_run(&s);
}

/* Runs body in a transaction, which is committed when it gives 0 and else taken back. */
static async int db_transaction(struct db *db, async int (*body)(struct db *db, void *arg),
				void *arg)
{
	int r = await db_do(db, "BEGIN IMMEDIATE");

	if (r)
		return r;
	r = await body(db, arg);
	if (r == 0)
		r = await db_do(db, "COMMIT");
	/* An interrupted change has ended it already. */
	if (r && !sqlite3_get_autocommit(db->handle)) {
		ASYNC_SHIELD(shield);
		await db_do(db, "ROLLBACK");
	}
	return r;
}

/* A connection from a pool, for the block in which it is declared. */
struct db_lease {
	db_pool pool;
	struct db *db;
	int error; /* or there is no connection */
};

static void db_give_back(struct db_lease *lease)
{
	if (!lease->error)
		async_chan_try_send(lease->pool, lease->db);
}
#define DB_LEASE(lease, which)                                                                     \
	__attribute__((cleanup(db_give_back))) struct db_lease lease = {.pool = (which)};          \
	lease.error = await async_chan_recv(lease.pool, &lease.db)

/* Opening and closing, on a thread of the pool. */

static int is_cancelled(void *arg)
{
	struct db *db = arg;

	return atomic_load(&db->cancelled);
}

/* Whoever asks may look at this database, and do nothing else. */
static int may_do(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)arg;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
			       action == SQLITE_RECURSIVE
		       ? SQLITE_OK
		       : SQLITE_DENY;
}

static int open_on_thread(struct db *db)
{
	static const char table[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
				    "CREATE TABLE IF NOT EXISTS store ("
				    "key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";
	int code = sqlite3_open_v2(db->path, &db->handle, db->flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK && db->flags & SQLITE_OPEN_READWRITE)
		code = sqlite3_exec(db->handle, table, NULL, NULL, NULL);
	if (code == SQLITE_OK && db->flags & SQLITE_OPEN_READONLY)
		code = sqlite3_set_authorizer(db->handle, may_do, NULL);
	if (code == SQLITE_OK)
		sqlite3_progress_handler(db->handle, STEPS_BETWEEN_LOOKS, is_cancelled, db);
	return code;
}

static int close_on_thread(struct db *db)
{
	sqlite3_close(db->handle);
	free(db);
	return 0;
}

/* Adds a connection to a pool. */
static async int db_open(db_pool pool, const char *path, int flags)
{
	struct db *db = calloc(1, sizeof *db);
	int r;

	if (!db)
		return -ENOMEM;
	db->path = path;
	db->flags = flags;
	r = await async_offload(open_on_thread, db);
	if (r == SQLITE_OK)
		return async_chan_try_send(pool, db);
	fprintf(stderr, "kv_store: %s: %s\n", path,
		r < 0 ? strerror(-r) : sqlite3_errmsg(db->handle));
	close_on_thread(db);
	return r < 0 ? r : -EIO;
}

/* Closing writes what is in the log into the database. */
static async void db_pool_close(db_pool pool)
{
	struct db *db;

	ASYNC_SHIELD(shield);
	while (pool && async_chan_try_recv(pool, &db) == 0)
		if (await async_offload(close_on_thread, db) < 0)
			close_on_thread(db);
	async_chan_free(pool);
}

/* Commands. Each writes its answer, or what it has of one, to out, and gives 0 or an error. */

struct command {
	char *words[4];
	int count;
	FILE *out;
	char message[128];
};

static bool print_row(sqlite3_stmt *row, void *arg)
{
	FILE *out = arg;

	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const unsigned char *text = sqlite3_column_text(row, i);
		fprintf(out, "%s%s", i ? "\t" : "", text ? (const char *)text : "NULL");
	}
	return fputc('\n', out) != EOF && ftell(out) < MOST_OUTPUT;
}

static async int run_command(struct command *command, struct statement *s, db_pool pool)
{
	DB_LEASE(lease, pool);
	if (lease.error)
		return lease.error;
	s->db = lease.db;
	int r = await db_run(s);
	if (r == -EINVAL)
		memcpy(command->message, s->message, sizeof command->message);
	return r;
}

static async int change(struct command *command, const char *sql)
{
	struct statement s = {.sql = sql, .values = {command->words[1], command->words[2]}};
	int r = await run_command(command, &s, writer);

	if (r == 0)
		fprintf(command->out, "%s\n", s.changes ? "ok" : "none");
	return r;
}

static async int show(struct command *command, const char *sql, const char *value, bool many)
{
	struct statement s = {.sql = sql, .values = {value}, .row = print_row, .arg = command->out};
	int r = await run_command(command, &s, readers);

	if (r == 0 && (many || s.rows == 0))
		fprintf(command->out, "%s\n", many ? "end" : "none");
	return r;
}

static async int move_in_transaction(struct db *db, void *arg)
{
	struct command *command = arg;
	struct statement take = {
		.db = db,
		.sql = "UPDATE store SET value = CAST(value AS INTEGER) - CAST(?2 AS INTEGER) "
		       "WHERE key = ?1 AND CAST(value AS INTEGER) >= CAST(?2 AS INTEGER)",
		.values = {command->words[1], command->words[3]}};
	struct statement add = {
		.db = db,
		.sql = "UPDATE store SET value = CAST(value AS INTEGER) + CAST(?2 AS INTEGER) "
		       "WHERE key = ?1",
		.values = {command->words[2], command->words[3]}};
	int r = await db_run(&take);

	if (r == 0)
		r = take.changes ? await db_run(&add) : -ENOENT;
	return r ? r : add.changes ? 0 : -ENOENT;
}

static async int move(struct command *command)
{
	DB_LEASE(lease, writer);
	int r = lease.error;

	if (r == 0)
		r = await db_transaction(lease.db, move_in_transaction, command);
	if (r == 0 || r == -ENOENT)
		fprintf(command->out, "%s\n", r ? "none" : "ok");
	return r == -ENOENT ? 0 : r;
}

static async int execute(struct command *command)
{
	const char *name = command->words[0];
	int count = command->count;

	if (count == 3 && !strcmp(name, "set"))
		return await change(command, "INSERT INTO store VALUES (?1, ?2) "
					     "ON CONFLICT DO UPDATE SET value = ?2");
	if (count == 3 && !strcmp(name, "add"))
		return await change(
			command,
			"INSERT INTO store VALUES (?1, CAST(?2 AS INTEGER)) ON CONFLICT DO "
			"UPDATE SET value = CAST(value AS INTEGER) + CAST(?2 AS INTEGER)");
	if (count == 2 && !strcmp(name, "del"))
		return await change(command, "DELETE FROM store WHERE key = ?1");
	if (count == 2 && !strcmp(name, "get"))
		return await show(command, "SELECT value FROM store WHERE key = ?1",
				  command->words[1], false);
	if (count == 2 && !strcmp(name, "list"))
		return await show(
			command,
			"SELECT key, value FROM store "
			"WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1 ORDER BY key",
			command->words[1], true);
	if (count == 2 && !strcmp(name, "query"))
		return await show(command, command->words[1], NULL, true);
	if (count == 4 && !strcmp(name, "move"))
		return await move(command);
	snprintf(command->message, sizeof command->message, "no such command");
	return -EINVAL;
}

/* The last word of a command may have blanks in it. */
static void split(struct command *command, char *line)
{
	int most = !strncmp(line, "query ", 6) ? 2 : !strncmp(line, "set ", 4) ? 3 : 4;

	while (command->count < most && *line) {
		command->words[command->count++] = line;
		if (command->count == most)
			return;
		line += strcspn(line, " ");
		if (*line)
			*line++ = 0;
	}
}

/* Gives 0, or -ECANCELED when the server is to end. */
static async int answer(struct command *command)
{
	ASYNC_TIMEOUT(limit, limit_ms);
	int r = await execute(command);
	bool late = async_scope_close(&limit) == -ETIMEDOUT;

	if (r == -ECANCELED && !late)
		return r;
	if (r < 0)
		fprintf(command->out, "error: %s\n",
			r == -ECANCELED ? "takes too long"
			: r == -EINVAL  ? command->message
					: strerror(-r));
	return 0;
}

static async int answer_line(struct async_stream *stream, char *line)
{
	char *text = NULL;
	size_t len;
	struct command command = {.out = open_memstream(&text, &len)};
	ssize_t r;

	if (!command.out)
		return -ENOMEM;
	split(&command, line);
	r = command.count ? await answer(&command) : 0;
	bool whole = !ferror(command.out);
	if ((fclose(command.out) || !whole || !text) && r == 0)
		r = -ENOMEM;
	if (r == 0)
		r = await async_stream_write(stream, text, len);
	free(text);
	return r < 0 ? (int)r : await async_stream_flush(stream);
}

static async void serve(struct async_stream *stream, void *arg)
{
	char *line;

	(void)arg;
	while (await async_stream_read_line(stream, &line) >= 0)
		if (await answer_line(stream, line) < 0)
			break;
}

static async int run(const char *path, const char *port)
{
	int listener, r = writer && readers ? 0 : -ENOMEM;

	if (r == 0)
		r = await db_open(writer, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	for (int i = 0; i < READERS && r == 0; i++)
		r = await db_open(readers, path, SQLITE_OPEN_READONLY);
	if (r)
		return r;
	listener = await listen_here(port);
	if (listener < 0)
		return listener;
	r = await async_serve(listener, serve, NULL);
	await async_close(listener);
	return r;
}

async int main(int argc, char **argv)
{
	int r;

	limit_ms = argc == 4 ? atoi(argv[3]) : 0;
	if (limit_ms <= 0) {
		fprintf(stderr, "usage: kv_store FILE PORT MILLISECONDS\n");
		return 2;
	}
	writer = async_chan_new(struct db *, 1);
	readers = async_chan_new(struct db *, READERS);
	r = async_shutdown_on(SIGINT, SIGTERM);
	if (r == 0)
		r = await run(argv[1], argv[2]);
	await db_pool_close(readers);
	await db_pool_close(writer);
	if (async_shutdown_signal())
		return 0;
	fprintf(stderr, "kv_store: %s\n", strerror(-r));
	return 1;
}
