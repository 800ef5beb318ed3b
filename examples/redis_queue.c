/* A work queue on a Redis stream, shared by any number of processes on any number of machines.
 *
 *     asyncc -O2 redis_queue.c -lhiredis -o redis_queue
 *     ./redis_queue localhost:6379 jobs put 1 100000
 *     ./redis_queue localhost:6379 jobs work 30000       (as often as wanted, anywhere)
 *     ./redis_queue localhost:6379 jobs status
 *
 * The address may be the path of a Unix socket. Each job is a number, and its work is to count
 * the steps of the Collatz sequence from there. A worker takes jobs, runs many at a time, and
 * records the result of each together with the acknowledgement, in one script. Jobs of a
 * worker that has died go to the others after so many milliseconds; a job may so be run twice,
 * but only the first acknowledgement counts, so each has its effect exactly once. A worker told
 * to end (SIGINT, SIGTERM) finishes what it has begun; one that loses its connection comes back.
 *
 * hiredis is used without its asynchronous adapters: a context over a non-blocking descriptor,
 * whose redisBufferRead and redisBufferWrite never wait, needs no callbacks and no adapter, only
 * one task that reads and one that writes. Any number of tasks share a connection: what they
 * ask in one turn of the loop goes out in one piece, and answers come in the order of questions,
 * so all that they ask is pipelined without a word about it.
 */
#include <asyncc.h>

#include <hiredis/hiredis.h>
#include <hiredis/sds.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PIPELINE = 1000,
	BATCH = 200,    /* jobs taken at a time */
	IN_HAND = 1000, /* jobs run at a time */
	BLOCK_MS = 2000,
	FINISH_MS = 10000, /* for jobs begun, once the worker is to end */
	RETRY_MS = 100,
	LONGEST_RETRY_MS = 5000,
};

struct redis {
	redisContext *context;
	struct call *first, **end;  /* not answered yet */
	struct async_event to_send; /* or an error to be seen */
	async_task(void) sender;
	async_task(void) receiver;
	int error;
};

struct answer {
	redisReply *reply;
	int error;
};

/* Its task may have gone before the answer comes. */
struct call {
	struct call *next;
	async_oneshot(struct answer) answer;
};

static void answer(struct redis *redis, redisReply *reply, int error)
{
	struct call *call = redis->first;
	struct answer answer = {reply, error};

	redis->first = call->next;
	if (!redis->first)
		redis->end = &redis->first;
	if (async_oneshot_set(call->answer, answer))
		freeReplyObject(reply);
	free(call);
}

/* The connection is of no use any more. The first reason counts. */
static void fail(struct redis *redis, int error)
{
	if (!redis->error)
		redis->error = error;
	while (redis->first)
		answer(redis, NULL, redis->error);
	async_event_set(&redis->to_send);
}

static int error_of(const redisContext *context)
{
	switch (context->err) {
	case REDIS_ERR_IO:
		return errno ? -errno : -EIO;
	case REDIS_ERR_EOF:
		return -ECONNRESET;
	case REDIS_ERR_OOM:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

static async void send_calls(struct redis *redis)
{
	int r = 0;

	while (r >= 0 && !redis->error) {
		async_event_clear(&redis->to_send);
		if (redisBufferWrite(redis->context, NULL))
			r = error_of(redis->context);
		else if (!redis->context->obuf) /* left so by some versions without memory */
			r = -ENOMEM;
		else if (sdslen(redis->context->obuf) == 0)
			r = await async_event_wait(&redis->to_send);
		else
			r = await async_wait_fd(redis->context->fd, ASYNC_WRITABLE);
	}
	fail(redis, r);
}

static async void receive_replies(struct redis *redis)
{
	void *reply;
	int r;

	while ((r = await async_wait_fd(redis->context->fd, ASYNC_READABLE)) > 0 && !redis->error) {
		r = redisBufferRead(redis->context);
		while (!r && !(r = redisGetReplyFromReader(redis->context, &reply)) && reply) {
			if (redis->first)
				answer(redis, reply, 0);
			else
				freeReplyObject(reply);
		}
		if (r) {
			r = error_of(redis->context);
			break;
		}
	}
	fail(redis, r < 0 ? r : -ECONNRESET);
}

static async int connect_to(const char *address)
{
	char host[256];
	const char *port = strrchr(address, ':');

	if (address[0] == '/')
		return await async_connect_unix(address, SOCK_STREAM);
	if (!port || (size_t)(port - address) >= sizeof host)
		return -EINVAL;
	snprintf(host, sizeof host, "%.*s", (int)(port - address), address);
	return await async_connect_tcp(host, port + 1);
}

static async void redis_close(struct redis *redis)
{
	if (!redis->context)
		return;
	async_cancel(redis->sender);
	async_cancel(redis->receiver);
	await async_join(redis->sender);
	await async_join(redis->receiver);
	await async_close(redisFreeKeepFd(redis->context));
	redis->context = NULL;
}

/* Gives 0 or a negative errno. To be closed in each case. */
static async int redis_open(struct redis *redis, const char *address)
{
	int fd = await connect_to(address);

	*redis = (struct redis){.end = &redis->first};
	if (fd < 0)
		return fd;
	redis->context = redisConnectFd(fd);
	if (!redis->context) {
		await async_close(fd);
		return -ENOMEM;
	}
	redis->context->flags &= ~REDIS_BLOCK;
	redis->sender = async_spawn(send_calls(redis));
	redis->receiver = async_spawn(receive_replies(redis));
	return redis->sender && redis->receiver ? 0 : -ENOMEM;
}

/* Puts a command into the pipeline. NULL without memory or connection. */
static async_oneshot(struct answer)
	redis_vbegin(struct redis *redis, const char *format, va_list args)
{
	struct call *call = redis->error ? NULL : calloc(1, sizeof *call);

	if (!call)
		return NULL;
	call->answer = async_oneshot_new(struct answer);
	if (!call->answer || redisvAppendCommand(redis->context, format, args)) {
		async_oneshot_free(call->answer);
		free(call);
		return NULL;
	}
	*redis->end = call;
	redis->end = &call->next;
	async_event_set(&redis->to_send);
	return call->answer;
}

static async_oneshot(struct answer) redis_begin(struct redis *redis, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	async_oneshot(struct answer) begun = redis_vbegin(redis, format, args);
	va_end(args);
	return begun;
}

/* Waits for the answer of a command, which the caller frees. Gives 0; -EREMOTEIO when Redis
 * refuses it, with the reason in the reply; -ECANCELED: it may have been carried out; or why the
 * connection was lost. */
static async int redis_end(async_oneshot(struct answer) begun, redisReply **reply)
{
	struct answer answer = {NULL, -ENOTCONN};
	int r = begun ? await async_oneshot_wait(begun, &answer) : 0;

	*reply = answer.reply;
	if (r || answer.error)
		return r ? r : answer.error;
	return (*reply)->type == REDIS_REPLY_ERROR ? -EREMOTEIO : 0;
}

static async int redis_call(struct redis *redis, redisReply **reply, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	async_oneshot(struct answer) begun = redis_vbegin(redis, format, args);
	va_end(args);
	return await redis_end(begun, reply);
}

/* Frees a reply, and passes on why there is none, or none that serves. */
static int give_up(redisReply *reply, int error)
{
	if (error == -EREMOTEIO)
		fprintf(stderr, "redis_queue: %s\n", reply->str);
	freeReplyObject(reply);
	return error;
}

/* A command whose answer is a number. Gives that, or a negative errno. */
static async long long number_of(async_oneshot(struct answer) begun)
{
	redisReply *reply;
	long long number = await redis_end(begun, &reply);

	if (number < 0)
		return give_up(reply, (int)number);
	number = reply->type == REDIS_REPLY_INTEGER  ? reply->integer
		 : reply->type == REDIS_REPLY_STRING ? atoll(reply->str)
						     : 0;
	freeReplyObject(reply);
	return number;
}

/* Adds jobs, so many in a pipeline. Each of them is one call, as is each of what other tasks
 * might ask on this connection meanwhile. */
static async long long put(struct redis *redis, const char *queue, long long first, long long count)
{
	async_oneshot(struct answer) calls[PIPELINE];
	long long r = 0, added = 0;

	while (added < count && r >= 0) {
		int n = count - added < PIPELINE ? (int)(count - added) : PIPELINE;
		for (int i = 0; i < n; i++)
			calls[i] =
				redis_begin(redis, "XADD %s * job %lld", queue, first + added + i);
		for (int i = 0; i < n; i++) {
			redisReply *reply;
			int error = await redis_end(calls[i], &reply);
			give_up(reply, r < 0 ? 0 : error); /* one message will do */
			if (error)
				r = error;
			else
				added++;
		}
	}
	return r < 0 ? r : added;
}

struct worker {
	const char *address, *queue, *idle_ms;
	char name[64], script[64];
	struct redis jobs, results;
	struct async_semaphore room;
	struct async_group *group;
	long long done, done_before;
};

/* What a job is about. Gives a result, or a negative errno: the job stays where it is, and is
 * run again later. */
static async long long run_job(const char *job)
{
	unsigned long long n = strtoull(job, NULL, 10);
	long long steps = 0;

	for (; n > 1; n = n % 2 ? 3 * n + 1 : n / 2)
		steps++;
	return await async_yield() ? -ECANCELED : steps;
}

/* Only the first XACK of a job gives 1, whoever else had taken it over, and a script runs whole
 * or not at all. */
static const char finish_script[] =
	"if redis.call('XACK', KEYS[1], 'workers', ARGV[1]) == 0 then return 0 end\n"
	"redis.call('XDEL', KEYS[1], ARGV[1])\n"
	"redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])\n"
	"redis.call('HINCRBY', KEYS[3], 'done', 1)\n"
	"redis.call('HINCRBY', KEYS[3], 'sum', ARGV[3])\n"
	"return 1";

/* An entry of the stream: its identifier, and names and values. */
static async int do_job(struct worker *worker, const redisReply *entry)
{
	const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
	const char *queue = worker->queue;

	if (!fields || fields->elements != 2)
		return 0;
	long long result = await run_job(fields->element[1]->str);
	if (result < 0) {
		fprintf(stderr, "redis_queue: job %s: %s\n", fields->element[1]->str,
			strerror((int)-result));
		return 0;
	}
	long long first = await number_of(redis_begin(
		&worker->results, "EVALSHA %s 3 %s %s:results %s:totals %s %s %lld", worker->script,
		queue, queue, queue, entry->element[0]->str, fields->element[1]->str, result));
	worker->done += first == 1;
	worker->done_before += first == 0;
	return first < 0 ? (int)first : 0;
}

/* Does the jobs of a list, at the same time. They are finished even when the worker is to end;
 * one that cannot be started or finished comes back to some worker later. */
static async int do_jobs(struct worker *worker, redisReply *reply, const redisReply *list)
{
	struct async_scope shield, limit;
	struct async_group group;
	int error;

	async_shield_open(&shield);
	async_timeout_open(&limit, FINISH_MS);
	async_group_open(&group);
	for (size_t i = 0; i < list->elements; i++)
		async_group_start(&group, do_job(worker, list->element[i]));
	error = await async_group_close(&group);
	async_scope_close(&limit);
	async_scope_close(&shield);
	freeReplyObject(reply);
	async_semaphore_release(&worker->room, BATCH);
	return error;
}

/* Starts the jobs of a list, which is part of a reply. */
static int start_jobs(struct worker *worker, redisReply *reply, const redisReply *list)
{
	int error = 0;

	if (list && list->elements)
		error = async_group_start(worker->group, do_jobs(worker, reply, list));
	if (error || !list || !list->elements) {
		freeReplyObject(reply);
		async_semaphore_release(&worker->room, BATCH);
	}
	return error;
}

/* One element of an answer. NULL when there is none. */
static redisReply *part(const redisReply *reply, size_t i)
{
	return reply && i < reply->elements ? reply->element[i] : NULL;
}

/* Takes new jobs whenever there is room for them. */
static async int take_new(struct worker *worker)
{
	redisReply *reply;
	int error;

	while (!(error = await async_semaphore_acquire(&worker->room, BATCH))) {
		error = await redis_call(
			&worker->jobs, &reply,
			"XREADGROUP GROUP workers %s COUNT %d BLOCK %d STREAMS %s >", worker->name,
			BATCH, BLOCK_MS, worker->queue);
		if (error)
			return give_up(reply, error);
		error = start_jobs(worker, reply, part(part(reply, 0), 1));
		if (error)
			return error;
	}
	return error;
}

/* Takes over the jobs of workers of which nothing was heard for so long. */
static async int take_over(struct worker *worker)
{
	char from[64] = "0-0";
	redisReply *reply;
	int error;

	while (!(error = await async_semaphore_acquire(&worker->room, BATCH))) {
		error = await redis_call(&worker->results, &reply,
					 "XAUTOCLAIM %s workers %s %s %s COUNT %d", worker->queue,
					 worker->name, worker->idle_ms, from, BATCH);
		if (error || !part(reply, 0))
			return give_up(reply, error ? error : -EPROTO);
		snprintf(from, sizeof from, "%s", part(reply, 0)->str);
		error = start_jobs(worker, reply, part(reply, 1));
		if (!error && !strcmp(from, "0-0"))
			error = await async_sleep_ms(atoi(worker->idle_ms) / 2);
		if (error)
			return error;
	}
	return error;
}

/* Loads the script, and makes the workers' group unless it is there. */
static async int prepare(struct worker *worker)
{
	redisReply *reply;
	int error = await redis_call(&worker->results, &reply,
				     "XGROUP CREATE %s workers 0 MKSTREAM", worker->queue);

	if (error == -EREMOTEIO && !strncmp(reply->str, "BUSYGROUP", 9))
		error = 0;
	if (give_up(reply, error))
		return error;
	error = await redis_call(&worker->results, &reply, "SCRIPT LOAD %s", finish_script);
	if (!error)
		snprintf(worker->script, sizeof worker->script, "%s", reply->str);
	return give_up(reply, error);
}

/* Works until the worker is cancelled or a connection fails. */
static async int work_connected(struct worker *worker)
{
	struct async_group group;
	int error = await redis_open(&worker->jobs, worker->address);

	worker->group = &group;
	worker->room = (struct async_semaphore)ASYNC_SEMAPHORE_INIT(IN_HAND);
	if (!error)
		error = await redis_open(&worker->results, worker->address);
	if (!error)
		error = await prepare(worker);
	if (!error) {
		async_group_open(&group);
		error = async_group_start(&group, take_new(worker));
		if (!error)
			error = async_group_start(&group, take_over(worker));
		if (error)
			async_group_cancel(&group);
		int failure = await async_group_close(&group);
		error = failure ? failure : error;
	}
	await redis_close(&worker->results);
	await redis_close(&worker->jobs);
	return error;
}

static async int work(struct worker *worker)
{
	int64_t delay = RETRY_MS;
	long long before;
	int error;

	snprintf(worker->name, sizeof worker->name, "worker-%d-%llx", (int)getpid(),
		 (unsigned long long)async_now_ns());
	do {
		before = worker->done;
		error = await work_connected(worker);
		if (async_cancelled() || error == -EINVAL)
			break;
		fprintf(stderr, "redis_queue: %s: %s\n", worker->address, strerror(-error));
		delay = worker->done > before ? RETRY_MS : delay * 2;
		delay = delay < LONGEST_RETRY_MS ? delay : LONGEST_RETRY_MS;
	} while (await async_sleep_ms(delay) == 0);
	printf("%lld done, %lld had been done before\n", worker->done, worker->done_before);
	return async_shutdown_signal() ? 0 : error;
}

static async int print_status(struct redis *redis, const char *queue)
{
	async_oneshot(struct answer) waiting = redis_begin(redis, "XLEN %s", queue);
	async_oneshot(struct answer) done = redis_begin(redis, "HGET %s:totals done", queue);
	async_oneshot(struct answer) sum = redis_begin(redis, "HGET %s:totals sum", queue);
	long long in_queue = await number_of(waiting), finished = await number_of(done);
	long long steps = await number_of(sum);

	if (in_queue < 0 || finished < 0 || steps < 0)
		return in_queue < 0 ? (int)in_queue : -EIO;
	printf("%lld to do, %lld done, %lld steps\n", in_queue, finished, steps);
	return 0;
}

static async int command(int argc, char **argv)
{
	struct redis redis;
	long long r = await redis_open(&redis, argv[1]);

	if (r == 0 && !strcmp(argv[3], "put") && argc == 6) {
		r = await put(&redis, argv[2], atoll(argv[4]), atoll(argv[5]));
		if (r >= 0)
			printf("%lld put\n", r);
	} else if (r == 0 && !strcmp(argv[3], "status")) {
		r = await print_status(&redis, argv[2]);
	} else if (r == 0) {
		r = -EINVAL;
	}
	await redis_close(&redis);
	return r < 0 ? (int)r : 0;
}

async int main(int argc, char **argv)
{
	int error;

	if (argc < 4) {
		fprintf(stderr, "usage: redis_queue HOST:PORT|PATH QUEUE "
				"put FIRST COUNT | work MILLISECONDS | status\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN); /* hiredis writes as it is */
	error = async_shutdown_on(SIGINT, SIGTERM);
	if (!error && !strcmp(argv[3], "work") && argc == 5 && atoi(argv[4]) > 1) {
		struct worker worker = {.address = argv[1], .queue = argv[2], .idle_ms = argv[4]};
		error = await work(&worker);
	} else if (!error) {
		error = await command(argc, argv);
	}
	if (error)
		fprintf(stderr, "redis_queue: %s: %s\n", argv[1], strerror(-error));
	return error ? 1 : 0;
}
