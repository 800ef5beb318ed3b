/* Every wait × cancelled before it starts, while it waits, as it completes, twice, behind a
 * shield, by a time limit, by the failure of a group: the right result, and nothing lost or
 * left behind. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/kit.h"

enum kind {
	MUTEX,
	READ_LOCK,
	WRITE_LOCK,
	SEMAPHORE,
	COND,
	EVENT,
	BARRIER,
	ONCE,
	SEND,
	RECV,
	RENDEZVOUS_SEND,
	RENDEZVOUS_RECV,
	BROADCAST,
	WATCH,
	SELECT,
	WAIT_ANY,
	NOTIFY,
	READ,
	WAIT_FD,
	SLEEP,
	KINDS
};

static struct async_mutex mutex;
static struct async_rwlock lock;
static struct async_semaphore semaphore = ASYNC_SEMAPHORE_INIT(0);
static struct async_cond cond;
static struct async_event event;
static struct async_barrier barrier = ASYNC_BARRIER_INIT(2);
static struct async_once once;
static struct async_notify notify;
static struct async_event done_once;
static async_chan(int) ch, sync_ch;
static async_broadcast(int) all;
static async_watch(int) watch;
static struct async_subscriber subscriber;
static struct async_watcher watcher;
static async_task(int) other;
static int fds[2];
static bool shielded;
static int reason;

async static int slow_init(void *arg)
{
	(void)arg;
	CHECK(await async_event_wait(&done_once) == 0);
	return 0;
}

async static int other_task(void)
{
	CHECK(await async_event_wait(&done_once) == 0);
	return 0;
}

async static int call_once(void)
{
	return await async_once_call(&once, slow_init, NULL);
}

async static int do_wait(enum kind kind)
{
	async_task(int) tasks[2] = {other, NULL};
	int n, r;
	char byte;

	switch (kind) {
	case MUTEX:
		return await async_mutex_lock(&mutex);
	case READ_LOCK:
		return await async_rwlock_read(&lock);
	case WRITE_LOCK:
		return await async_rwlock_write(&lock);
	case SEMAPHORE:
		return await async_semaphore_acquire(&semaphore, 1);
	case COND:
		return await async_cond_wait(&cond, &mutex);
	case EVENT:
		return await async_event_wait(&event);
	case BARRIER:
		return await async_barrier_wait(&barrier);
	case ONCE:
		return await call_once();
	case SEND:
		return await async_chan_send(ch, 2);
	case RECV:
		r = await async_chan_recv(ch, &n);
		CHECK(r || n == 1);
		return r;
	case RENDEZVOUS_SEND:
		return await async_chan_send(sync_ch, 2);
	case RENDEZVOUS_RECV:
		r = await async_chan_recv(sync_ch, &n);
		CHECK(r || n == 1);
		return r;
	case BROADCAST:
		r = await async_broadcast_recv(all, &subscriber, &n);
		CHECK(r || n == 1);
		return r;
	case WATCH:
		return await async_watch_next(watch, &watcher, &n);
	case SELECT:
		return await async_select(NULL, async_on_event(&event));
	case WAIT_ANY:
		return await async_wait_any(tasks, 2);
	case NOTIFY:
		return await async_notify_wait(&notify);
	case READ:
		r = (int)await async_read(fds[0], &byte, 1);
		return r == 1 ? 0 : r;
	case WAIT_FD:
		r = await async_wait_fd(fds[0], ASYNC_READABLE);
		return r == ASYNC_READABLE ? 0 : r;
	default:
		return await async_sleep_ms(10);
	}
}

async static int victim(enum kind kind)
{
	struct async_scope shield;
	int r;

	if (kind == COND)
		CHECK(async_mutex_try_lock(&mutex) == 0);
	if (shielded)
		CHECK(async_shield_open(&shield) == 0);
	r = await do_wait(kind);
	if (shielded)
		CHECK(async_scope_close(&shield) == 0);
	reason = async_cancel_reason();
	/* What was granted is held, and nothing else. */
	if (kind == MUTEX)
		CHECK(async_mutex_unlock(&mutex) == (r ? -EPERM : 0));
	if (kind == COND)
		CHECK(async_mutex_unlock(&mutex) == 0);
	if ((kind == READ_LOCK || kind == WRITE_LOCK) && r == 0)
		CHECK(async_rwlock_unlock(&lock) == 0);
	return r;
}

/* Makes the wait a real one. */
async static int before(enum kind kind)
{
	int n;

	async_event_clear(&done_once);
	async_event_clear(&event);
	switch (kind) {
	case MUTEX:
		return async_mutex_try_lock(&mutex);
	case READ_LOCK:
		return async_rwlock_try_write(&lock);
	case WRITE_LOCK:
		return async_rwlock_try_read(&lock);
	case ONCE:
		once = (struct async_once)ASYNC_ONCE_INIT;
		other = async_spawn(call_once());
		return await async_sleep_ms(1);
	case WAIT_ANY:
		other = async_spawn(other_task());
		return await async_sleep_ms(1);
	case SEND:
		CHECK(async_chan_try_recv(ch, &n) == -EAGAIN);
		return async_chan_try_send(ch, 1);
	case BROADCAST:
		async_broadcast_subscribe(all, &subscriber);
		return 0;
	case WATCH:
		CHECK(async_watch_set(watch, 0) == 0);
		return await async_watch_next(watch, &watcher, &n);
	default:
		return 0;
	}
}

/* Lets the wait complete; whether it was waited for or not, by now. */
async static int complete(enum kind kind)
{
	int n, r;

	switch (kind) {
	case MUTEX:
		return async_mutex_unlock(&mutex);
	case READ_LOCK:
	case WRITE_LOCK:
		return async_rwlock_unlock(&lock);
	case SEMAPHORE:
		return async_semaphore_release(&semaphore, 1);
	case COND:
		async_cond_signal(&cond);
		return 0;
	case EVENT:
	case SELECT:
		async_event_set(&event);
		return 0;
	case BARRIER:
		r = await async_barrier_wait(&barrier);
		CHECK(r == 1);
		return 0;
	case ONCE:
	case WAIT_ANY:
		async_event_set(&done_once);
		while (!async_done(other))
			await async_yield();
		return 0;
	case SEND:
		r = async_chan_try_recv(ch, &n);
		CHECK(r || n == 1);
		return r;
	case RECV:
		return async_chan_try_send(ch, 1);
	case RENDEZVOUS_SEND:
		return async_chan_try_recv(sync_ch, &n);
	case RENDEZVOUS_RECV:
		return async_chan_try_send(sync_ch, 1);
	case BROADCAST:
		return async_broadcast_send(all, 1);
	case WATCH:
		return async_watch_set(watch, 1);
	case NOTIFY:
		async_notify_post(&notify);
		return 0;
	case READ:
	case WAIT_FD:
		return await async_write(fds[1], "x", 1) == 1 ? 0 : -EIO;
	default:
		return await async_sleep_ms(10);
	}
}

/* Takes back what the completion that nobody waited for has left, which is all there. */
async static int after(enum kind kind, bool taken)
{
	int n;
	char byte;

	switch (kind) {
	case SEMAPHORE:
		CHECK(async_semaphore_try_acquire(&semaphore, 1) == (taken ? -EBUSY : 0));
		break;
	case SEND:
		CHECK(async_chan_try_recv(ch, &n) == (taken ? 0 : -EAGAIN));
		break;
	case RECV:
		CHECK(async_chan_try_recv(ch, &n) == (taken ? -EAGAIN : 0));
		break;
	case NOTIFY:
		if (!taken)
			CHECK(await async_notify_wait(&notify) == 0);
		break;
	case READ:
		if (!taken)
			CHECK(await async_read(fds[0], &byte, 1) == 1);
		break;
	case WAIT_FD:
		CHECK(await async_read(fds[0], &byte, 1) == 1);
		break;
	case ONCE:
	case WAIT_ANY:
		async_event_set(&done_once);
		CHECK(await async_join(other) == 0);
		break;
	default:
		break;
	}
	return 0;
}

static bool has_peer(enum kind kind)
{
	return kind == BARRIER || kind == RENDEZVOUS_SEND || kind == RENDEZVOUS_RECV ||
	       kind == SLEEP;
}

async static int cancel_early(enum kind kind, bool started, int times)
{
	async_task(int) task;

	CHECK(await before(kind) == 0);
	task = async_spawn(victim(kind));
	if (started)
		CHECK(await async_sleep_ms(1) == 0);
	for (int i = 0; i < times; i++)
		async_cancel(task);
	CHECK(await async_join(task) == -ECANCELED && reason == -ECANCELED);
	if (!has_peer(kind))
		CHECK(await complete(kind) == 0);
	CHECK(await after(kind, false) == 0);
	return 0;
}

async static int cancel_completed(enum kind kind)
{
	async_task(int) task;

	CHECK(await before(kind) == 0);
	task = async_spawn(victim(kind));
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(await complete(kind) == 0);
	async_cancel(task);
	int r = await async_join(task);
	/* Descriptors and posts complete only when the loop has looked at them. */
	CHECK(r == 0 || (r == -ECANCELED && (kind == READ || kind == WAIT_FD || kind == NOTIFY)));
	CHECK(await after(kind, r == 0) == 0);
	return 0;
}

async static int cancel_shielded(enum kind kind)
{
	async_task(int) task;

	CHECK(await before(kind) == 0);
	shielded = true;
	task = async_spawn(victim(kind));
	CHECK(await async_sleep_ms(1) == 0);
	async_cancel(task);
	CHECK(await async_sleep_ms(1) == 0);
	CHECK(!async_done(task));
	CHECK(await complete(kind) == 0);
	CHECK(await async_join(task) == 0 && reason == -ECANCELED);
	shielded = false;
	CHECK(await after(kind, true) == 0);
	return 0;
}

async static int cancel_by_limit(enum kind kind)
{
	struct async_scope scope;
	uint64_t start;

	CHECK(await before(kind) == 0);
	if (kind == MUTEX || kind == COND) {
		/* The holder is another task than the one that waits, in both. */
		if (kind == MUTEX)
			CHECK(await complete(kind) == 0);
		return 0;
	}
	start = async_now_ns();
	CHECK(async_timeout_open(&scope, 5) == 0);
	CHECK(await victim(kind) == -ECANCELED && reason == -ETIMEDOUT);
	CHECK(await async_yield() == -ECANCELED);
	CHECK(async_scope_close(&scope) == -ETIMEDOUT);
	CHECK((async_now_ns() - start) / 1000 == 5000);
	CHECK(async_cancel_reason() == 0 && !async_cancelled());
	if (!has_peer(kind))
		CHECK(await complete(kind) == 0);
	CHECK(await after(kind, false) == 0);
	return 0;
}

async static int fail_later(void)
{
	CHECK(await async_sleep_ms(2) == 0);
	return -EDOM;
}

async static int cancel_by_group(enum kind kind)
{
	struct async_group group;
	int r = 1;

	CHECK(await before(kind) == 0);
	CHECK(async_group_open(&group) == 0);
	CHECK(async_group_store(&group, &r, victim(kind)) == 0);
	CHECK(async_group_start(&group, fail_later()) == 0);
	CHECK(await async_group_close(&group) == -EDOM);
	CHECK(r == -ECANCELED && !async_cancelled());
	if (!has_peer(kind))
		CHECK(await complete(kind) == 0);
	CHECK(await after(kind, false) == 0);
	return 0;
}

async static int matrix(void)
{
	for (int i = 0; i < KINDS; i++) {
		enum kind kind = (enum kind)i;

		CHECK(await cancel_early(kind, false, 1) == 0);
		CHECK(await cancel_early(kind, true, 1) == 0);
		CHECK(await cancel_early(kind, true, 2) == 0);
		CHECK(await cancel_completed(kind) == 0);
		CHECK(await cancel_shielded(kind) == 0);
		CHECK(await cancel_by_limit(kind) == 0);
		CHECK(await cancel_by_group(kind) == 0);
	}
	return 0;
}

async static int main_task(void)
{
	int r;

	ch = async_chan_new(int, 1);
	sync_ch = async_chan_new(int, 0);
	all = async_broadcast_new(int, 4);
	watch = async_watch_new(int, 0);
	watcher = (struct async_watcher){0};
	CHECK(async_test_stream(fds) == 0);
	r = await matrix();
	CHECK(await async_close(fds[0]) == 0 && await async_close(fds[1]) == 0);
	async_chan_free(ch);
	async_chan_free(sync_ch);
	async_broadcast_free(all);
	async_watch_free(watch);
	return r;
}

int main(void)
{
	EXPLORE(main_task(), 40);
	return 0;
}
