/* Transfers between the accounts of a PostgreSQL database: many tasks over a few connections,
 * each transfer a transaction, with a report that must not take long and a task that listens.
 *
 *     asyncc -O2 pg_transfers.c $(pkg-config --cflags --libs libpq) -o pg_transfers
 *     ./pg_transfers 'host=/run/postgresql dbname=bank' 100 2000 8
 *
 * makes 100 accounts anew (table accounts) and 2000 transfers over 8 connections. The names and
 * values of the first argument are those of libpq, as are the environment variables.
 *
 * libpq's non-blocking calls do the work, async_wait_fd waits between them. A query that is
 * cancelled, by a time limit or because its task is, is cancelled in the server too, and its
 * connection can be used again. Looking up host names and asking the server to cancel are the
 * two things that libpq does not do without blocking: other threads do these.
 */
#include <asyncc.h>

#include <libpq-fe.h>

#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_CONNECTIONS = 64,
	CLEAN_UP_MS = 5000, /* for the server to end a query that is cancelled */
	MOST_TRIES = 50,
	REPORT_MS = 200,
};

/* Of pg_type.dat; libpq has no header for them. */
enum { OID_BOOL = 16, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25, OID_FLOAT8 = 701 };

/* A value for a query, in PostgreSQL's binary format. */
struct pg_value {
	Oid type;
	int len;
	uint64_t number;
	const char *text;
};

static struct pg_value pg_int(int64_t n)
{
	return (struct pg_value){.type = OID_INT8, .len = 8, .number = htobe64((uint64_t)n)};
}

static struct pg_value pg_text(const char *text)
{
	return (struct pg_value){.type = OID_TEXT, .len = (int)strlen(text), .text = text};
}

/* Values of a row, by the type of what `to` points at: int64_t, double, bool, const char *. Give 0,
 * -ENODATA for NULL, or -EINVAL when the column is not there or of another type. */
#define pg_get(result, row, column, to)                                                            \
	_Generic((to),                                                                             \
		int64_t *: get_int,                                                                \
		double *: get_double,                                                              \
		bool *: get_bool,                                                                  \
		const char **: get_text)(result, row, column, to)

static int find(const PGresult *result, int row, int column, Oid type)
{
	if (row >= PQntuples(result) || column >= PQnfields(result))
		return -EINVAL;
	if (PQgetisnull(result, row, column))
		return -ENODATA;
	return PQftype(result, column) == type ? 0 : -EINVAL;
}

static int get_int(const PGresult *result, int row, int column, int64_t *to)
{
	const char *value = PQgetvalue(result, row, column);
	uint64_t wide;
	uint32_t narrow;

	if (find(result, row, column, OID_INT4) == 0) {
		memcpy(&narrow, value, sizeof narrow);
		*to = (int32_t)be32toh(narrow);
		return 0;
	}
	int error = find(result, row, column, OID_INT8);
	if (error)
		return error;
	memcpy(&wide, value, sizeof wide);
	*to = (int64_t)be64toh(wide);
	return 0;
}

static int get_double(const PGresult *result, int row, int column, double *to)
{
	int error = find(result, row, column, OID_FLOAT8);
	uint64_t bits;

	if (error)
		return error;
	memcpy(&bits, PQgetvalue(result, row, column), sizeof bits);
	bits = be64toh(bits);
	memcpy(to, &bits, sizeof bits);
	return 0;
}

static int get_bool(const PGresult *result, int row, int column, bool *to)
{
	int error = find(result, row, column, OID_BOOL);

	if (!error)
		*to = *PQgetvalue(result, row, column) != 0;
	return error;
}

/* Good as long as the result is. */
static int get_text(const PGresult *result, int row, int column, const char **to)
{
	int error = find(result, row, column, OID_TEXT);

	if (!error)
		*to = PQgetvalue(result, row, column);
	return error;
}

static void complain(const char *what, const char *message)
{
	fprintf(stderr, "pg_transfers: %s: %s", what, message);
	if (!*message || message[strlen(message) - 1] != '\n')
		fputc('\n', stderr);
}

/* libpq closes the descriptor by itself. */
static void pg_close(PGconn *conn)
{
	if (PQsocket(conn) >= 0)
		async_release_fd(PQsocket(conn));
	PQfinish(conn);
}

struct start {
	const char *parameters;
	PGconn *conn;
};

static int start_connecting(struct start *start)
{
	start->conn = PQconnectStart(start->parameters);
	return start->conn ? 0 : -ENOMEM;
}

/* Connects. Gives 0, -ENOMEM, -ECANCELED, or -ECONNREFUSED when libpq has said why not. */
static async int pg_connect(const char *parameters, PGconn **conn)
{
	struct start start = {.parameters = parameters};
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	int r = await async_offload(start_connecting, &start);

	*conn = NULL;
	if (r)
		return r;
	while (r >= 0 && status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED &&
	       PQstatus(start.conn) != CONNECTION_BAD) {
		int fd = PQsocket(start.conn);
		r = await async_wait_fd(fd, status == PGRES_POLLING_READING ? ASYNC_READABLE
									    : ASYNC_WRITABLE);
		async_release_fd(fd); /* the next step may be on another socket */
		if (r >= 0)
			status = PQconnectPoll(start.conn);
	}
	if (r >= 0 && PQstatus(start.conn) == CONNECTION_OK &&
	    PQsetnonblocking(start.conn, 1) == 0) {
		*conn = start.conn;
		return 0;
	}
	if (r >= 0)
		complain("connecting", PQerrorMessage(start.conn));
	pg_close(start.conn);
	return r < 0 ? r : -ECONNREFUSED;
}

/* Waits until what was asked has been sent and something has come. Answers may come before all
 * has been sent. */
static async int wait_for_input(PGconn *conn)
{
	int unsent;

	while ((unsent = PQflush(conn)) >= 0) {
		int events = unsent ? ASYNC_READABLE | ASYNC_WRITABLE : ASYNC_READABLE;
		int r = await async_wait_fd(PQsocket(conn), events);
		if (r < 0)
			return r;
		if (r & ASYNC_READABLE)
			return PQconsumeInput(conn) ? 0 : -ECONNRESET;
	}
	return -ECONNRESET;
}

/* The next result of what was asked; NULL after the last. */
static async int next_result(PGconn *conn, PGresult **result)
{
	int r = 0;

	*result = NULL;
	if (PQflush(conn) < 0)
		r = -ECONNRESET;
	while (r == 0 && PQisBusy(conn))
		r = await wait_for_input(conn);
	if (r == 0)
		*result = PQgetResult(conn);
	return r;
}

/* Connects anew; tcp_user_timeout and the like among the parameters limit how long that may take.
 */
static int ask_to_cancel(PGcancel *cancel)
{
	char message[256];

	return PQcancel(cancel, message, sizeof message) ? 0 : -ECONNRESET;
}

/* Ends a query whose task is cancelled, so that the connection can be used again. */
static async void end_query(PGconn *conn)
{
	ASYNC_SHIELD(shield);
	ASYNC_TIMEOUT(limit, CLEAN_UP_MS);
	PGcancel *cancel = PQgetCancel(conn);
	PGresult *result;
	int r = cancel ? await async_offload(ask_to_cancel, cancel) : -ENOMEM;

	PQfreeCancel(cancel);
	while (r == 0 && (r = await next_result(conn, &result)) == 0 && result)
		PQclear(result);
}

static PGresult *merge(PGresult *first, PGresult *second)
{
	if (!first || PQresultStatus(second) == PGRES_FATAL_ERROR) {
		PQclear(first);
		return second;
	}
	PQclear(second);
	return first;
}

static int outcome(PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return 0;
	default:
		return result ? -EREMOTEIO : -ENOMEM;
	}
}

static int send_query(PGconn *conn, const char *sql, const struct pg_value *values, int count)
{
	const char *pointers[8];
	Oid types[8];
	int lengths[8], formats[8];

	if (count > 8)
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		types[i] = values[i].type;
		pointers[i] = values[i].text ? values[i].text : (const char *)&values[i].number;
		lengths[i] = values[i].len;
		formats[i] = 1;
	}
	return PQsendQueryParams(conn, sql, count, types, pointers, lengths, formats, 1)
		       ? 0
		       : -ECONNRESET;
}

/* Runs a query, $1 and so on in it standing for values. Gives 0; -EREMOTEIO when the server
 * refuses it, with the reason in the result; -ECONNRESET when the connection is lost; -ENOMEM; or
 * -ECANCELED: it has been cancelled in the server, unless it was too late for that. The result is
 * NULL, or for PQclear. */
static async int pg_query(PGconn *conn, PGresult **result, const char *sql,
			  const struct pg_value *values, int count)
{
	PGresult *next;
	int r = async_cancelled() ? -ECANCELED : send_query(conn, sql, values, count);

	*result = NULL;
	if (r)
		return r;
	while ((r = await next_result(conn, &next)) == 0 && next)
		*result = merge(*result, next);
	if (r == 0)
		return outcome(*result);
	PQclear(*result);
	*result = NULL;
	if (r == -ECANCELED)
		await end_query(conn);
	return r;
}
#define pg_values(...)                                                                             \
	(const struct pg_value[]){__VA_ARGS__},                                                    \
		(int)(sizeof((struct pg_value[]){__VA_ARGS__}) / sizeof(struct pg_value))

/* A query of which only success counts. */
static async int pg_do(PGconn *conn, const char *sql)
{
	PGresult *result;
	int r = await pg_query(conn, &result, sql, NULL, 0);

	PQclear(result);
	return r;
}

/* Connections, made when first needed, and again when one was lost. */
struct pg_pool {
	const char *parameters;
	struct async_semaphore room;
	PGconn *idle[MOST_CONNECTIONS];
	int idle_count;
};

/* A connection of the pool, for the block in which it is declared. */
struct pg_lease {
	struct pg_pool *pool;
	PGconn *conn;
	int error; /* or there is no connection */
};

static void pg_give_back(struct pg_lease *lease)
{
	struct pg_pool *pool = lease->pool;

	if (lease->error)
		return;
	if (PQstatus(lease->conn) == CONNECTION_OK &&
	    PQtransactionStatus(lease->conn) == PQTRANS_IDLE)
		pool->idle[pool->idle_count++] = lease->conn;
	else
		pg_close(lease->conn);
	async_semaphore_release(&pool->room, 1);
}

static async int pg_take(struct pg_lease *lease)
{
	struct pg_pool *pool = lease->pool;
	int r = await async_semaphore_acquire(&pool->room, 1);

	if (r)
		return r;
	if (pool->idle_count) {
		lease->conn = pool->idle[--pool->idle_count];
		return 0;
	}
	r = await pg_connect(pool->parameters, &lease->conn);
	if (r)
		async_semaphore_release(&pool->room, 1);
	return r;
}
#define PG_LEASE(lease, which)                                                                     \
	__attribute__((cleanup(pg_give_back))) struct pg_lease lease = {.pool = (which)};          \
	lease.error = await pg_take(&lease)

static void pg_pool_close(struct pg_pool *pool)
{
	while (pool->idle_count)
		pg_close(pool->idle[--pool->idle_count]);
}

/* Takes back what was begun, also when cancelled. */
static async void roll_back(PGconn *conn)
{
	ASYNC_SHIELD(shield);
	ASYNC_TIMEOUT(limit, CLEAN_UP_MS);

	await pg_do(conn, "ROLLBACK");
}

/* What the server tells everybody who listens. Good until the next one is asked for. */
struct pg_note {
	const char *channel, *payload;
	int sender; /* process of the server */
};

/* Notifications of a channel, one each time it is asked, over a connection of its own; listening
 * is set once it is sure to miss none. Ends when the connection does. */
static async int pg_notes(async_generator(struct pg_note) out, const char *parameters,
			  const char *channel, struct async_event *listening)
{
	char command[128];
	PGnotify *note;
	PGconn *conn;
	int r = await pg_connect(parameters, &conn);

	if (r == 0) {
		snprintf(command, sizeof command, "LISTEN %s", channel);
		r = await pg_do(conn, command);
	}
	async_event_set(listening); /* on failure too: whoever waits is to go on */
	while (r == 0) {
		if ((note = PQnotifies(conn))) {
			struct pg_note value = {note->relname, note->extra, note->be_pid};
			r = await async_generator_yield(out, value);
			PQfreemem(note);
		} else {
			r = await wait_for_input(conn);
		}
	}
	pg_close(conn);
	return r;
}

struct bank {
	struct pg_pool pool;
	int64_t accounts, wanted;
	int64_t made, refused, failed, retries; /* transfers */
	int64_t moved;                          /* amounts */
	int64_t heard, moved_heard;             /* by notifications */
	struct async_event listening;
};

/* One command of a transaction. *again is set when the server gives it up for the sake of another
 * transaction. Gives the number of rows changed or found, or a negative errno. */
static async int step(PGconn *conn, bool *again, const char *sql, const struct pg_value *values,
		      int count)
{
	PGresult *result;
	int r = await pg_query(conn, &result, sql, values, count);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	*again = state && (!strcmp(state, "40001") || !strcmp(state, "40P01"));
	if (r == 0)
		r = atoi(PQcmdTuples(result));
	else if (r == -EREMOTEIO && !*again)
		complain("transfer", PQresultErrorMessage(result));
	PQclear(result);
	return r;
}

/* Gives 1 when it was made, 0 when the account has not enough, or a negative errno. */
static async int transfer_once(PGconn *conn, bool *again, int64_t from, int64_t to, int64_t amount)
{
	int r = await step(conn, again, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL, 0);

	/* In the same order for all, or two of them might wait for each other. */
	if (r >= 0)
		r = await step(conn, again,
			       "SELECT 1 FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE",
			       pg_values(pg_int(from), pg_int(to)));
	if (r > 0)
		r = await step(conn, again,
			       "UPDATE accounts SET balance = balance - $2 "
			       "WHERE id = $1 AND balance >= $2",
			       pg_values(pg_int(from), pg_int(amount)));
	if (r > 0)
		r = await step(conn, again,
			       "UPDATE accounts SET balance = balance + $2 WHERE id = $1",
			       pg_values(pg_int(to), pg_int(amount)));
	if (r > 0) {
		char text[32];
		snprintf(text, sizeof text, "%lld", (long long)amount);
		r = await step(conn, again, "SELECT pg_notify('transfers', $1)",
			       pg_values(pg_text(text)));
	}
	if (r > 0) {
		r = await step(conn, again, "COMMIT", NULL, 0);
		r = r < 0 ? r : 1;
	}
	if (PQtransactionStatus(conn) != PQTRANS_IDLE)
		await roll_back(conn);
	return r;
}

/* Tries again, after a while, what the server has given up. */
static async int transfer(struct bank *bank, int64_t from, int64_t to, int64_t amount)
{
	bool again = true;
	int r = 0;

	for (int tries = 0; again && tries < MOST_TRIES; tries++) {
		if (tries && (r = await async_sleep_ms(random() % (10 * tries))) != 0)
			break;
		PG_LEASE(lease, &bank->pool);
		again = false;
		r = lease.error ? lease.error
				: await transfer_once(lease.conn, &again, from, to, amount);
		bank->retries += again;
	}
	bank->made += r > 0;
	bank->moved += r > 0 ? amount : 0;
	bank->refused += r == 0;
	bank->failed += r < 0;
	return 0;
}

static async int listen_to_transfers(struct bank *bank)
{
	struct pg_note note;
	int r;

	ASYNC_GENERATOR(struct pg_note, notes,
			pg_notes(notes, bank->pool.parameters, "transfers", &bank->listening));
	while ((r = await async_generator_next(notes, &note)) > 0) {
		bank->heard++;
		bank->moved_heard += atoll(note.payload);
	}
	return r;
}

/* A query that takes too long. Its connection goes back to the pool and serves the next one. */
static async int report(struct bank *bank)
{
	PG_LEASE(lease, &bank->pool);
	int reason, backend, r = lease.error;

	if (r)
		return r;
	backend = PQbackendPID(lease.conn);
	{
		ASYNC_TIMEOUT(limit, REPORT_MS);
		r = await pg_do(lease.conn, "SELECT pg_sleep(60)");
		reason = async_scope_close(&limit);
	}
	if (r == -ECANCELED && reason == -ETIMEDOUT) {
		r = await pg_do(lease.conn, "SELECT 1");
		printf("report: took too long; its connection %s\n",
		       r == 0 && PQbackendPID(lease.conn) == backend ? "works on" : "is lost");
	}
	return r;
}

static async int make_accounts(struct bank *bank)
{
	static const char *const commands[] = {
		"SET client_min_messages = warning",
		"DROP TABLE IF EXISTS accounts",
		"CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)",
	};
	PGresult *result = NULL;
	int r;

	PG_LEASE(lease, &bank->pool);
	r = lease.error;
	for (int i = 0; i < 3 && r == 0; i++)
		r = await pg_do(lease.conn, commands[i]);
	if (r == 0)
		r = await pg_query(
			lease.conn, &result,
			"INSERT INTO accounts SELECT n, 1000 FROM generate_series(1, $1) n",
			pg_values(pg_int(bank->accounts)));
	if (r == -EREMOTEIO)
		complain("making accounts", PQresultErrorMessage(result));
	PQclear(result);
	return r;
}

static async int check_accounts(struct bank *bank)
{
	PGresult *result;
	int64_t total, count;
	double average;
	bool solvent;
	int r;

	PG_LEASE(lease, &bank->pool);
	if (lease.error)
		return lease.error;
	r = await pg_query(lease.conn, &result,
			   "SELECT sum(balance)::bigint, count(*), avg(balance)::float8, "
			   "bool_and(balance >= 0) FROM accounts",
			   NULL, 0);
	if (r == 0 && (r = pg_get(result, 0, 0, &total)) == 0 &&
	    (r = pg_get(result, 0, 1, &count)) == 0 && (r = pg_get(result, 0, 2, &average)) == 0 &&
	    (r = pg_get(result, 0, 3, &solvent)) == 0)
		printf("%lld in %lld accounts, %.2f on average, %s\n", (long long)total,
		       (long long)count, average, solvent ? "none below 0" : "some below 0");
	PQclear(result);
	return r;
}

/* Each transfer is a task; those that cannot have a connection yet wait for one. */
static async int make_transfers(struct bank *bank)
{
	int r = 0;

	ASYNC_GROUP(group);
	async_group_start(&group, report(bank));
	for (int64_t i = 0; i < bank->wanted && r == 0; i++) {
		int64_t from = random() % bank->accounts, step = random() % (bank->accounts - 1);
		int64_t to = (from + 1 + step) % bank->accounts;
		r = async_group_start(&group, transfer(bank, from + 1, to + 1, random() % 500));
	}
	int failure = await async_group_close(&group);
	return failure ? failure : r;
}

static async int run(struct bank *bank)
{
	async_task(int) listener;
	int r = await make_accounts(bank);

	if (r)
		return r;
	listener = async_spawn(listen_to_transfers(bank));
	if (!listener || (r = await async_event_wait(&bank->listening)) == 0)
		r = await make_transfers(bank);
	for (int i = 0; i < 500 && r == 0 && bank->heard < bank->made && !async_done(listener); i++)
		r = await async_sleep_ms(10);
	async_cancel(listener);
	int heard = await async_join(listener);
	printf("%lld transfers made, %lld refused, %lld failed, %s tried again\n",
	       (long long)bank->made, (long long)bank->refused, (long long)bank->failed,
	       bank->retries ? "some" : "none");
	printf("%lld notifications, %s\n", (long long)bank->heard,
	       bank->heard == bank->made && bank->moved_heard == bank->moved ? "as transferred"
									     : "some missed");
	return r ? r : heard == -ECANCELED ? await check_accounts(bank) : heard;
}

async int main(int argc, char **argv)
{
	int connections = argc == 5 ? atoi(argv[4]) : 0;
	int r;

	if (argc != 5 || connections < 1 || connections > MOST_CONNECTIONS || atoi(argv[2]) < 2) {
		fprintf(stderr, "usage: pg_transfers PARAMETERS ACCOUNTS TRANSFERS CONNECTIONS\n");
		return 2;
	}
	struct bank bank = {.pool = {.parameters = argv[1]},
			    .accounts = atoll(argv[2]),
			    .wanted = atoll(argv[3])};
	async_semaphore_release(&bank.pool.room, (unsigned)connections);
	r = async_shutdown_on(SIGINT, SIGTERM);
	if (r == 0)
		r = await run(&bank);
	pg_pool_close(&bank.pool);
	if (r)
		fprintf(stderr, "pg_transfers: %s\n", strerror(-r));
	return r || bank.failed ? 1 : 0;
}
