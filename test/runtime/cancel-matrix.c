/* The cancellation matrix of what tasks wait for each other with: see Inputs/matrix.h. */
// RUN: %asyncc -O1 -g -fsanitize=address,undefined %s -o %t && %t && env ASYNC_FORCE_SUSPEND=1 %t
#include "Inputs/matrix.h"

static struct async_mutex mutex;
static struct async_rwlock lock;
static struct async_semaphore semaphore, wanted;
static struct async_cond cond;
static struct async_event event, done_once;
static struct async_barrier barrier = ASYNC_BARRIER_INIT(2);
static struct async_once once;
static struct async_notify notify;
static async_chan(int) ch, sync_ch;
static async_broadcast(int) all;
static async_watch(int) watch;
static struct async_subscriber subscriber;
static struct async_watcher watcher;
static async_shared_chan(int) shared;
static struct async_shared_semaphore permits = ASYNC_SHARED_SEMAPHORE_INIT(0);
static struct async_shared_event shared_event = ASYNC_SHARED_EVENT_INIT;
static async_oneshot(int) answer;
static bool answered;
static int refused;
static async_generator(int) numbers;
static async_task(int) other;
static async_remote(int) far;
static int expected;

/* A select as one case alone; gives what the case does. */
#define SELECT(...)                                                                                \
	({                                                                                         \
		int r_ = -1, which_ = await async_select(&r_, __VA_ARGS__);                        \
		which_ ? which_ : r_;                                                              \
	})

/* Time */

async static int do_sleep_ms(void)
{
	return await async_sleep_ms(10);
}

async static int do_sleep_ns(void)
{
	return await async_sleep_ns(10000000);
}

async static int do_sleep_until(void)
{
	return await async_sleep_until_ns(async_now_ns() + 10000000);
}

async static int do_select_timeout(void)
{
	return SELECT(async_on_timeout(10));
}

async static int sleep_too(void)
{
	return await async_sleep_ms(10);
}

async static int do_yield(void)
{
	return await async_yield();
}

/* Locks: what was granted is held, and nothing else. */

async static int hold_mutex(void)
{
	return async_mutex_try_lock(&mutex);
}

async static int free_mutex(void)
{
	return async_mutex_unlock(&mutex);
}

async static int do_mutex_lock(void)
{
	int r = await async_mutex_lock(&mutex);

	CHECK(async_mutex_unlock(&mutex) == (r ? -EPERM : 0));
	return r;
}

async static int do_guard(void)
{
	ASYNC_LOCK(guard, &mutex);
	return guard.error;
}

async static int do_select_lock(void)
{
	int r = SELECT(async_on_lock(&mutex));

	CHECK(async_mutex_unlock(&mutex) == (r ? -EPERM : 0));
	return r;
}

async static int hold_write(void)
{
	return async_rwlock_try_write(&lock);
}

async static int hold_read(void)
{
	return async_rwlock_try_read(&lock);
}

async static int free_lock(void)
{
	return async_rwlock_unlock(&lock);
}

async static int lock_is_free(bool completed)
{
	(void)completed;
	return lock.readers;
}

static int unlock_if(int r)
{
	if (r == 0)
		CHECK(async_rwlock_unlock(&lock) == 0);
	return r;
}

async static int do_rwlock_read(void)
{
	return unlock_if(await async_rwlock_read(&lock));
}

async static int do_rwlock_write(void)
{
	return unlock_if(await async_rwlock_write(&lock));
}

async static int do_read_guard(void)
{
	ASYNC_READ_LOCK(guard, &lock);
	return guard.error;
}

async static int do_write_guard(void)
{
	ASYNC_WRITE_LOCK(guard, &lock);
	return guard.error;
}

async static int do_select_read(void)
{
	return unlock_if(SELECT(async_on_read_lock(&lock)));
}

async static int do_select_write(void)
{
	return unlock_if(SELECT(async_on_write_lock(&lock)));
}

async static int release_one(void)
{
	return async_semaphore_release(&semaphore, 1);
}

async static int one_permit(bool completed)
{
	CHECK(async_semaphore_try_acquire(&semaphore, 1) == (completed ? -EBUSY : 0));
	return 0;
}

async static int guarded_permit(bool completed)
{
	(void)completed;
	return async_semaphore_try_acquire(&semaphore, 1);
}

async static int do_semaphore_acquire(void)
{
	return await async_semaphore_acquire(&semaphore, 1);
}

async static int do_acquire_guard(void)
{
	ASYNC_ACQUIRE(guard, &semaphore, 1);
	return guard.error;
}

async static int do_select_acquire(void)
{
	return SELECT(async_on_acquire(&semaphore, 1));
}

async static int do_cond_wait(void)
{
	int r;

	CHECK(async_mutex_try_lock(&mutex) == 0);
	r = await async_cond_wait(&cond, &mutex);
	CHECK(async_mutex_unlock(&mutex) == 0);
	return r;
}

async static int signal_cond(void)
{
	async_cond_signal(&cond);
	return 0;
}

/* Events and meetings */

async static int set_event(void)
{
	async_event_set(&event);
	return 0;
}

async static int clear_event(bool completed)
{
	(void)completed;
	async_event_clear(&event);
	async_event_clear(&done_once);
	return 0;
}

async static int do_event_wait(void)
{
	return await async_event_wait(&event);
}

async static int do_select_event(void)
{
	return SELECT(async_on_event(&event));
}

async static int do_await_timeout(void)
{
	return async_await_timeout(1000, async_event_wait(&event));
}

async static int do_barrier_wait(void)
{
	return await async_barrier_wait(&barrier);
}

async static int do_select_barrier(void)
{
	return SELECT(async_on_barrier(&barrier));
}

async static int come(void)
{
	return await async_barrier_wait(&barrier) == 1 ? 0 : -EIO;
}

async static int nobody_came(bool completed)
{
	(void)completed;
	return (int)barrier.count;
}

async static int slow_init(void *arg)
{
	(void)arg;
	return await async_event_wait(&done_once);
}

async static int do_once_call(void)
{
	return await async_once_call(&once, slow_init, NULL);
}

async static int begin_once(void)
{
	once = (struct async_once)ASYNC_ONCE_INIT;
	other = async_spawn(do_once_call());
	return await async_sleep_ms(1);
}

async static int end_other(void)
{
	async_event_set(&done_once);
	while (!async_done(other))
		await async_yield();
	return 0;
}

async static int join_other(bool completed)
{
	(void)completed;
	CHECK(await async_join(other) == 0);
	async_event_clear(&done_once);
	return 0;
}

async static int do_notify_wait(void)
{
	return await async_notify_wait(&notify);
}

async static int do_select_notify(void)
{
	return SELECT(async_on_notify(&notify));
}

async static int post(void)
{
	async_notify_post(&notify);
	return 0;
}

async static int post_is_there(bool completed)
{
	return completed ? 0 : await async_notify_wait(&notify);
}

/* Channels */

async static int take_one(void)
{
	int n;

	CHECK(async_chan_try_recv(ch, &n) == 0 && n == 1);
	return 0;
}

async static int fill_chan(void)
{
	return async_chan_try_send(ch, 1);
}

async static int two_if(bool completed)
{
	int n, r = async_chan_try_recv(ch, &n);

	CHECK(completed ? r == 0 && n == 2 : r == -EAGAIN);
	return 0;
}

async static int one_unless(bool completed)
{
	int n, r = async_chan_try_recv(ch, &n);

	CHECK(completed ? r == -EAGAIN : r == 0 && n == 1);
	return 0;
}

static int is_one(int r, int n)
{
	CHECK(r || n == 1);
	return r;
}

async static int do_chan_send(void)
{
	return await async_chan_send(ch, 2);
}

async static int do_chan_recv(void)
{
	int n = 0, r = await async_chan_recv(ch, &n);

	return is_one(r, n);
}

async static int do_select_send(void)
{
	int two = 2;

	return SELECT(async_on_send(ch, &two));
}

async static int do_select_recv(void)
{
	int n = 0, r = SELECT(async_on_recv(ch, &n));

	return is_one(r, n);
}

async static int do_meet_send(void)
{
	return await async_chan_send(sync_ch, 2);
}

async static int do_meet_recv(void)
{
	int n = 0, r = await async_chan_recv(sync_ch, &n);

	return is_one(r, n);
}

async static int meet_recv(void)
{
	int n;

	return async_chan_try_recv(sync_ch, &n) ? -EIO : n - 2;
}

async static int meet_send(void)
{
	return async_chan_try_send(sync_ch, 1);
}

async static int subscribe(void)
{
	async_broadcast_subscribe(all, &subscriber);
	return 0;
}

async static int broadcast_one(void)
{
	return async_broadcast_send(all, 1);
}

async static int one_was_sent(bool completed)
{
	int n = 0, r = completed ? 0 : await async_broadcast_recv(all, &subscriber, &n);

	return completed ? 0 : is_one(r, n);
}

async static int do_broadcast_recv(void)
{
	int n = 0, r = await async_broadcast_recv(all, &subscriber, &n);

	return is_one(r, n);
}

async static int do_select_broadcast(void)
{
	int n = 0, r = SELECT(async_on_broadcast(all, &subscriber, &n));

	return is_one(r, n);
}

async static int see(void)
{
	int n;

	CHECK(async_watch_set(watch, 0) == 0);
	return await async_watch_next(watch, &watcher, &n);
}

async static int change(void)
{
	return async_watch_set(watch, 1);
}

async static int one_is_seen(bool completed)
{
	int n = 0, r = completed ? 0 : await async_watch_next(watch, &watcher, &n);

	return completed ? 0 : is_one(r, n);
}

async static int do_watch_next(void)
{
	int n = 0, r = await async_watch_next(watch, &watcher, &n);

	return is_one(r, n);
}

async static int do_select_watch(void)
{
	int n = 0, r = SELECT(async_on_watch(watch, &watcher, &n));

	return is_one(r, n);
}

/* Between threads */

async static int do_shared_semaphore_acquire(void)
{
	return await async_shared_semaphore_acquire(&permits, 1);
}

async static int do_select_shared_acquire(void)
{
	return SELECT(async_on_shared_acquire(&permits, 1));
}

async static int release_shared(void)
{
	return async_shared_semaphore_release(&permits, 1);
}

async static int shared_permit(bool completed)
{
	CHECK(async_shared_semaphore_try_acquire(&permits, 1) == (completed ? -EBUSY : 0));
	return 0;
}

/* A value that was set has come, or setting it says that nobody is there. */

async static int ask(void)
{
	answer = async_oneshot_new(int);
	answered = false;
	return answer ? 0 : -ENOMEM;
}

async static int give_answer(void)
{
	refused = async_oneshot_set(answer, 7);
	answered = true;
	return 0;
}

async static int take_back(bool completed)
{
	if (!answered)
		await give_answer();
	return refused == (completed ? 0 : -EPIPE) ? 0 : -EIO;
}

async static int do_oneshot_wait(void)
{
	int value = 0, r = await async_oneshot_wait(answer, &value);

	CHECK(r < 0 ? !value : value == 7);
	return r;
}

async static int do_shared_event_wait(void)
{
	return await async_shared_event_wait(&shared_event);
}

async static int do_select_shared_event(void)
{
	return SELECT(async_on_shared_event(&shared_event));
}

async static int set_shared(void)
{
	async_shared_event_set(&shared_event);
	return 0;
}

async static int clear_shared(bool completed)
{
	(void)completed;
	async_shared_event_clear(&shared_event);
	return 0;
}

async static int do_shared_chan_send(void)
{
	return await async_shared_chan_send(shared, 2);
}

async static int do_shared_chan_recv(void)
{
	int n = 0, r = await async_shared_chan_recv(shared, &n);

	return is_one(r, n);
}

async static int do_select_shared_send(void)
{
	int two = 2;

	return SELECT(async_on_shared_send(shared, &two));
}

async static int do_select_shared_recv(void)
{
	int n = 0, r = SELECT(async_on_shared_recv(shared, &n));

	return is_one(r, n);
}

async static int fill_shared(void)
{
	return async_shared_chan_try_send(shared, 1);
}

async static int take_shared(void)
{
	int n = 0, r = await async_shared_chan_recv(shared, &n);

	return is_one(r, n);
}

async static int shared_two_if(bool completed)
{
	int n, r = async_shared_chan_try_recv(shared, &n);

	CHECK(completed ? r == 0 && n == 2 : r == -EAGAIN);
	return 0;
}

async static int shared_one_unless(bool completed)
{
	int n, r = async_shared_chan_try_recv(shared, &n);

	CHECK(completed ? r == -EAGAIN : r == 0 && n == 1);
	return 0;
}

static int double_it(int *n)
{
	*n *= 2;
	return 0;
}

/* Whether the call was made does not stay unknown. */
async static int do_offload(void)
{
	int n = 4, r = await async_offload(double_it, &n);

	CHECK(n == (r ? 4 : 8));
	return r;
}

async static int member(void)
{
	return await async_event_wait(&event);
}

async static int do_remote_join(void)
{
	async_remote(int) task = async_spawn_on(async_loop_self(), member());
	int value = 1, r = await async_remote_join(task, &value);

	CHECK(r == 0);
	return value;
}

async static int start_far(void)
{
	far = async_spawn_on(async_loop_self(), member());
	return await async_sleep_ms(1);
}

async static int do_select_remote_end(void)
{
	return SELECT(async_on_remote_end(far));
}

async static int join_far(bool completed)
{
	int value = 1;

	CHECK(await async_remote_join(far, &value) == 0 && value == 0);
	return await clear_event(completed);
}

/* Tasks and groups: those that the wait is for are cancelled with it. */

async static int do_join(void)
{
	return await async_join(async_spawn(member()));
}

async static int do_gather(void)
{
	async_task(int) tasks[2] = {async_spawn(member()), async_spawn(member())};
	int values[2] = {1, 1}, r = await async_gather(values, tasks, 2);

	/* Results are there, also those that came at the last moment. */
	CHECK(r == 0 ? !values[0] && !values[1] : values[0] <= 0 && values[1] <= 0);
	return r;
}

async static int do_group_close(void)
{
	struct async_group group;
	int a = 1, b = 1, r;

	CHECK(async_group_open(&group) == 0);
	r = async_group_store(&group, &a, member());
	CHECK(r == 0 || r == -ECANCELED);
	if (r == 0)
		CHECK(async_group_store(&group, &b, member()) == 0);
	r = await async_group_close(&group);
	CHECK(r == 0 ? !a && !b : (a <= 0 && b <= 0) || (a == 1 && b == 1));
	return r;
}

async static int do_group_block(void)
{
	int r = 1;

	{
		ASYNC_GROUP(group);
		async_group_store(&group, &r, member());
	}
	return r == 1 ? -ECANCELED : r;
}

/* Those that run on whether the wait is cancelled or not. */
async static int wait_for_end(void)
{
	return await async_event_wait(&done_once);
}

async static int begin_other(void)
{
	other = async_spawn(wait_for_end());
	return await async_sleep_ms(1);
}

async static int do_wait_any(void)
{
	async_task(int) tasks[2] = {NULL, other};
	int r = await async_wait_any(tasks, 2);

	return r == 1 ? 0 : r;
}

async static int do_select_end(void)
{
	return SELECT(async_on_end(other));
}

/* Generators: a value that nobody took comes next. */

async static int produce(async_generator(int) out)
{
	int r = 0;

	for (int n = 1; !r; n++) {
		r = await async_semaphore_acquire(&wanted, 1);
		if (!r)
			r = await async_generator_yield(out, n);
	}
	return r;
}

async static int want_one(void)
{
	return async_semaphore_release(&wanted, 1);
}

static int is_next(int r, int n)
{
	CHECK(r < 0 || (r == 1 && n == ++expected));
	return r < 0 ? r : 0;
}

async static int do_generator_next(void)
{
	int n = 0, r = await async_generator_next(numbers, &n);

	return is_next(r, n);
}

async static int do_select_next(void)
{
	int n = 0, r = SELECT(async_on_next(numbers, &n));

	return is_next(r, n);
}

async static int value_comes(bool completed)
{
	return completed ? 0 : await do_generator_next();
}

async static int finite(async_generator(int) out)
{
	int r = 0;

	for (int i = 0; i < 3 && !r; i++) {
		r = await async_yield();
		if (!r)
			r = await async_generator_yield(out, i);
	}
	return r;
}

/* Whoever is cancelled leaves the loop early. */
async static int do_async_for(void)
{
	int last = -1;

	async_for (int, n, some, finite(some)) {
		CHECK(n == ++last);
		if (await async_yield())
			break;
	}
	return async_cancelled() ? -ECANCELED : last - 2;
}

async static int do_generator_close(void)
{
	ASYNC_GENERATOR(int, some, finite(some));
	await async_yield();
	return await async_generator_close(some);
}

static const struct row rows[] = {
	ROW(sleep_ms, .complete = sleep_too, .flags = PEER),
	ROW(sleep_ns, .complete = sleep_too, .flags = PEER),
	ROW(sleep_until, .complete = sleep_too, .flags = PEER),
	ROW(select_timeout, .complete = sleep_too, .flags = PEER),
	ROW(yield, .before = NULL),
	ROW(mutex_lock, .before = hold_mutex, .complete = free_mutex),
	ROW(guard, .before = hold_mutex, .complete = free_mutex),
	ROW(select_lock, .before = hold_mutex, .complete = free_mutex),
	ROW(rwlock_read, .before = hold_write, .complete = free_lock, .after = lock_is_free),
	ROW(rwlock_write, .before = hold_read, .complete = free_lock, .after = lock_is_free),
	ROW(read_guard, .before = hold_write, .complete = free_lock, .after = lock_is_free),
	ROW(write_guard, .before = hold_read, .complete = free_lock, .after = lock_is_free),
	ROW(select_read, .before = hold_write, .complete = free_lock, .after = lock_is_free),
	ROW(select_write, .before = hold_read, .complete = free_lock, .after = lock_is_free),
	ROW(semaphore_acquire, .complete = release_one, .after = one_permit),
	ROW(acquire_guard, .complete = release_one, .after = guarded_permit),
	ROW(select_acquire, .complete = release_one, .after = one_permit),
	ROW(cond_wait, .complete = signal_cond),
	ROW(event_wait, .complete = set_event, .after = clear_event),
	ROW(select_event, .complete = set_event, .after = clear_event),
	ROW(await_timeout, .complete = set_event, .after = clear_event),
	ROW(barrier_wait, .complete = come, .after = nobody_came, .flags = PEER),
	ROW(select_barrier, .complete = come, .after = nobody_came, .flags = PEER),
	ROW(once_call, .before = begin_once, .complete = end_other, .after = join_other),
	ROW(notify_wait, .complete = post, .after = post_is_there, .flags = LATE),
	ROW(select_notify, .complete = post, .after = post_is_there, .flags = LATE),
	ROW(chan_send, .before = fill_chan, .complete = take_one, .after = two_if),
	ROW(chan_recv, .complete = fill_chan, .after = one_unless),
	ROW(select_send, .before = fill_chan, .complete = take_one, .after = two_if),
	ROW(select_recv, .complete = fill_chan, .after = one_unless),
	ROW(meet_send, .complete = meet_recv, .flags = PEER),
	ROW(meet_recv, .complete = meet_send, .flags = PEER),
	ROW(broadcast_recv, .before = subscribe, .complete = broadcast_one, .after = one_was_sent),
	ROW(select_broadcast, .before = subscribe, .complete = broadcast_one, .after = one_was_sent),
	ROW(watch_next, .before = see, .complete = change, .after = one_is_seen),
	ROW(select_watch, .before = see, .complete = change, .after = one_is_seen),
	ROW(shared_semaphore_acquire, .complete = release_shared, .after = shared_permit),
	ROW(select_shared_acquire, .complete = release_shared, .after = shared_permit, .flags = LATE),
	ROW(oneshot_wait, .before = ask, .complete = give_answer, .after = take_back),
	ROW(shared_event_wait, .complete = set_shared, .after = clear_shared),
	ROW(select_shared_event, .complete = set_shared, .after = clear_shared, .flags = LATE),
	ROW(shared_chan_send, .before = fill_shared, .complete = take_shared, .after = shared_two_if),
	ROW(shared_chan_recv, .complete = fill_shared, .after = shared_one_unless),
	ROW(select_shared_send, .before = fill_shared, .complete = take_shared, .after = shared_two_if,
	    .flags = LATE),
	ROW(select_shared_recv, .complete = fill_shared, .after = shared_one_unless, .flags = LATE),
	ROW(offload, .before = NULL),
	ROW(remote_join, .complete = set_event, .after = clear_event, .flags = LATE),
	ROW(select_remote_end, .before = start_far, .complete = set_event, .after = join_far,
	    .flags = LATE),
	ROW(join, .complete = set_event, .after = clear_event),
	ROW(gather, .complete = set_event, .after = clear_event, .flags = LATE),
	ROW(group_close, .complete = set_event, .after = clear_event, .flags = LATE),
	ROW(group_block, .complete = set_event, .after = clear_event, .flags = LATE),
	ROW(wait_any, .before = begin_other, .complete = end_other, .after = join_other),
	ROW(select_end, .before = begin_other, .complete = end_other, .after = join_other),
	ROW(generator_next, .complete = want_one, .after = value_comes, .flags = LATE),
	ROW(select_next, .complete = want_one, .after = value_comes, .flags = LATE),
	ROW(async_for, .before = NULL),
	ROW(generator_close, .flags = ALWAYS),
};

async static int main_task(void)
{
	ch = MADE(async_chan_new(int, 1));
	sync_ch = MADE(async_chan_new(int, 0));
	all = MADE(async_broadcast_new(int, 4));
	watch = MADE(async_watch_new(int, 0));
	watcher = (struct async_watcher){0};
	shared = MADE(async_shared_chan_new(int, 1));
	expected = 0;
	ASYNC_GENERATOR(int, generator, produce(generator));
	numbers = generator;
	CHECK(await matrix(rows, sizeof rows / sizeof *rows) == 0);
	CHECK(await async_generator_close(generator) == 0);
	async_chan_free(ch);
	async_chan_free(sync_ch);
	async_broadcast_free(all);
	async_watch_free(watch);
	async_shared_chan_free(shared);
	return 0;
}

int main(void)
{
	EXPLORE(main_task(), 40);
	return 0;
}
