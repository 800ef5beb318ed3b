/* Channel, semaphore and event for tasks of several threads.
 *
 * Each has a lock and queues of waiting tasks. A task that waits has a frame with a flag of
 * its own (wake.c); whoever grants what it waits for takes it from the queue, says so in
 * the frame and posts the flag, all under the lock. A task that has been woken or cancelled
 * takes the lock once: then it knows for certain whether it was granted, and that the other
 * thread has done with the frame.
 *
 * A case of async_select cannot be granted anything by another thread, as its own may be
 * doing another case. When its turn has come it is called: it stays the first in its queue,
 * which lets nobody overtake it, until its thread takes what it wants, or leaves the queue.
 */
#include "internal.h"

#include <asyncc/cross.h>

#include <limits.h>
#include <string.h>

struct waiter {
	struct async_frame frame;
	int notified;
	int result;
	bool granted;
	bool chooses; /* a case */
	bool called;
	unsigned count;
	void *value;
	const struct kind *kind;
	void *object;
	struct async__wait wait;
	struct async_notify notify;
};

/* What can be waited for. All are called under the object's lock. */
struct kind {
	struct async__op function;
	/* Whether there is something for a waiter whose turn it is. */
	bool (*ready)(const struct waiter *waiter);
	/* Takes it, and gives the result. */
	int (*take)(struct waiter *waiter);
	/* Lets those have their turn for whom something may be there now; or NULL. */
	void (*pass)(void *object);
	struct async__wait *(*queue)(void *object);
};

/* All objects begin with it. */
static pthread_mutex_t *lock_of(const struct waiter *waiter)
{
	return waiter->object;
}

static struct waiter *first_waiter(const struct async__wait *queue)
{
	struct async__wait *first = async__wait_first(queue);

	return first ? async__container(first, struct waiter, wait) : NULL;
}

static void grant(struct waiter *waiter, int result)
{
	async__wait_remove(&waiter->wait);
	waiter->granted = true;
	waiter->result = result;
	async_notify_post(&waiter->notify);
}

/* For results that take nothing away. */
static void grant_all(struct async__wait *queue, int result)
{
	struct waiter *first;

	while ((first = first_waiter(queue)))
		grant(first, result);
}

/* Serves those for whom there is something, up to a case. Gives whether something was taken. */
static bool serve(struct async__wait *queue)
{
	struct waiter *first;
	bool taken = false;

	while ((first = first_waiter(queue)) && first->kind->ready(first)) {
		if (first->chooses) {
			if (!first->called)
				async_notify_post(&first->notify);
			first->called = true;
			break;
		}
		grant(first, first->kind->take(first));
		taken = true;
	}
	return taken;
}

static void pass(const struct waiter *waiter)
{
	if (waiter->kind->pass)
		waiter->kind->pass(waiter->object);
}

static void leave_queue(struct waiter *waiter)
{
	async__wait_remove(&waiter->wait);
	pass(waiter);
}

/* The wait for the flag is over. */
static int waiter_end(struct waiter *waiter)
{
	pthread_mutex_lock(lock_of(waiter));
	if (!waiter->granted) {
		waiter->result = waiter->notified;
		leave_queue(waiter);
	}
	pthread_mutex_unlock(lock_of(waiter));
	return waiter->result;
}

static struct async_frame *waiter_resume(struct async_frame *frame)
{
	struct waiter *waiter = (struct waiter *)(void *)frame;
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = waiter_end(waiter);
	async__frame_free(frame, sizeof *waiter);
	return caller;
}

#define FUNCTION(self, name)                                                                       \
	ASYNC__FUNCTION((self).function, name, struct waiter, notified, waiter_resume)

/* A waiter, made before the lock is taken: not to be needed most of the time, but free
 * lists are cheap. NULL without memory. */
static struct waiter *waiter_new(const struct kind *kind, void *object)
{
	struct waiter *waiter = (struct waiter *)(void *)async__frame_try(sizeof *waiter);

	if (waiter)
		*waiter = (struct waiter){
			.frame.point = &kind->function.point, .kind = kind, .object = object};
	return waiter;
}

static void waiter_free(struct waiter *waiter)
{
	async__frame_free(&waiter->frame, sizeof *waiter);
}

/* One that waits may be what a case on the other side of a channel waits for. */
static void waiter_queue(struct waiter *waiter)
{
	waiter->wait.what = waiter;
	async__wait_add(waiter->kind->queue(waiter->object), &waiter->wait);
	pass(waiter);
}

/* What it can have at once, behind those who wait; else -EAGAIN. */
static int take_now(struct waiter *waiter)
{
	int result;

	if (first_waiter(waiter->kind->queue(waiter->object)) || !waiter->kind->ready(waiter))
		return -EAGAIN;
	result = waiter->kind->take(waiter);
	pass(waiter);
	return result;
}

/* The same without a task. */
static int try_now(struct waiter *waiter)
{
	int result;

	pthread_mutex_lock(lock_of(waiter));
	result = take_now(waiter);
	pthread_mutex_unlock(lock_of(waiter));
	return result;
}

/* Queues the waiter, gives up the lock and waits. */
static struct async_result_int waiter_wait(struct waiter *waiter)
{
	struct async_result_int result;

	waiter_queue(waiter);
	pthread_mutex_unlock(lock_of(waiter));
	result = async__notify_wait(&waiter->notify);
	if (result.pending) {
		result.pending->caller = &waiter->frame;
		return (struct async_result_int){&waiter->frame, 0};
	}
	waiter->notified = result.value;
	result.value = waiter_end(waiter);
	waiter_free(waiter);
	return result;
}

/* Each operation. */
static struct async_result_int operate(const struct kind *kind, void *object, void *value,
				       unsigned count)
{
	struct async_loop *loop = async__loop;
	struct waiter *waiter;
	int result;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	waiter = waiter_new(kind, object);
	if (!waiter)
		return async__done_int(loop, -ENOMEM);
	waiter->value = value;
	waiter->count = count;
	pthread_mutex_lock(lock_of(waiter));
	result = take_now(waiter);
	if (result == -EAGAIN)
		return waiter_wait(waiter);
	pthread_mutex_unlock(lock_of(waiter));
	waiter_free(waiter);
	return async__done_int(loop, result);
}

/* Cases. The waiter is found by its flag, for which the proxy waits. */

static struct waiter *case_waiter(const struct async_case *self)
{
	return async__container(self->u.proxy.task.u.object, struct waiter, notify);
}

/* Under the lock: takes what is there, or begins to wait. */
static int case_begin(struct async_case *self, struct waiter *waiter)
{
	int result = take_now(waiter);

	if (result == -EAGAIN)
		result = async__notify_start_case(&waiter->notify, self);
	if (result == -EAGAIN)
		waiter_queue(waiter);
	return result;
}

static int case_attempt(struct async_case *self, const struct kind *kind)
{
	struct waiter *waiter = waiter_new(kind, self->object);
	int result;

	if (!waiter)
		return -ENOMEM;
	waiter->chooses = true;
	waiter->value = self->value;
	waiter->count = (unsigned)self->number;
	pthread_mutex_lock(lock_of(waiter));
	result = case_begin(self, waiter);
	pthread_mutex_unlock(lock_of(waiter));
	if (result != -EAGAIN)
		waiter_free(waiter);
	return result;
}

/* It has been granted something, or was called. What it was called for may be gone, when it was
 * a sender that has left. */
static int finish_locked(struct async_case *self, struct waiter *waiter)
{
	int value;

	if (waiter->granted)
		return waiter->result;
	if (!waiter->kind->ready(waiter)) {
		waiter->called = false;
		return async__notify_start_case(&waiter->notify, self);
	}
	value = waiter->kind->take(waiter);
	leave_queue(waiter);
	return value;
}

static int case_finish(struct async_case *self, int value)
{
	struct waiter *waiter = case_waiter(self);

	pthread_mutex_lock(lock_of(waiter));
	value = finish_locked(self, waiter);
	pthread_mutex_unlock(lock_of(waiter));
	if (value != -EAGAIN)
		waiter_free(waiter);
	return value;
}

static void case_leave(struct async_case *self)
{
	struct waiter *waiter = case_waiter(self);

	pthread_mutex_lock(lock_of(waiter));
	if (!waiter->granted)
		leave_queue(waiter);
	pthread_mutex_unlock(lock_of(waiter));
	async__notify_withdraw(async__loop, &waiter->notify);
	waiter_free(waiter);
}

/* semaphore */

static bool semaphore_ready(const struct waiter *waiter)
{
	const struct async_shared_semaphore *semaphore = waiter->object;

	return waiter->count <= semaphore->permits;
}

static int semaphore_take(struct waiter *waiter)
{
	struct async_shared_semaphore *semaphore = waiter->object;

	semaphore->permits -= waiter->count;
	return 0;
}

static void semaphore_pass(void *object)
{
	serve(&((struct async_shared_semaphore *)object)->waiters);
}

static struct async__wait *semaphore_queue(void *object)
{
	return &((struct async_shared_semaphore *)object)->waiters;
}

static const struct kind semaphore_kind = {
	FUNCTION(semaphore_kind, "async_shared_semaphore_acquire"),
	semaphore_ready,
	semaphore_take,
	semaphore_pass,
	semaphore_queue,
};

struct async_result_int async__shared_semaphore_acquire(struct async_shared_semaphore *semaphore,
							unsigned count)
	ASYNC__NAME(async_shared_semaphore_acquire);

ASYNC__EXPORT struct async_result_int
async__shared_semaphore_acquire(struct async_shared_semaphore *semaphore, unsigned count)
{
	return operate(&semaphore_kind, semaphore, NULL, count);
}

ASYNC__EXPORT int async_shared_semaphore_try_acquire(struct async_shared_semaphore *semaphore,
						     unsigned count)
{
	struct waiter waiter = {.kind = &semaphore_kind, .object = semaphore, .count = count};

	return try_now(&waiter) ? -EBUSY : 0;
}

ASYNC__EXPORT int async_shared_semaphore_release(struct async_shared_semaphore *semaphore,
						 unsigned count)
{
	int result = 0;

	pthread_mutex_lock(&semaphore->lock);
	if (count > UINT_MAX - semaphore->permits) {
		result = -EOVERFLOW;
	} else {
		semaphore->permits += count;
		semaphore_pass(semaphore);
	}
	pthread_mutex_unlock(&semaphore->lock);
	return result;
}

static int semaphore_attempt(struct async_case *self)
{
	return case_attempt(self, &semaphore_kind);
}

ASYNC__EXPORT const struct async__case_kind async__on_shared_acquire = {semaphore_attempt, NULL,
									case_leave, case_finish};

/* event */

static bool event_ready(const struct waiter *waiter)
{
	return ((const struct async_shared_event *)waiter->object)->set;
}

static int event_take(struct waiter *waiter)
{
	(void)waiter;
	return 0;
}

static struct async__wait *event_queue(void *object)
{
	return &((struct async_shared_event *)object)->waiters;
}

static const struct kind event_kind = {
	FUNCTION(event_kind, "async_shared_event_wait"), event_ready, event_take, NULL, event_queue,
};

struct async_result_int async__shared_event_wait(struct async_shared_event *event)
	ASYNC__NAME(async_shared_event_wait);

ASYNC__EXPORT struct async_result_int async__shared_event_wait(struct async_shared_event *event)
{
	return operate(&event_kind, event, NULL, 0);
}

ASYNC__EXPORT void async_shared_event_set(struct async_shared_event *event)
{
	pthread_mutex_lock(&event->lock);
	event->set = true;
	grant_all(&event->waiters, 0);
	pthread_mutex_unlock(&event->lock);
}

ASYNC__EXPORT void async_shared_event_clear(struct async_shared_event *event)
{
	pthread_mutex_lock(&event->lock);
	event->set = false;
	pthread_mutex_unlock(&event->lock);
}

ASYNC__EXPORT bool async_shared_event_is_set(struct async_shared_event *event)
{
	bool set;

	pthread_mutex_lock(&event->lock);
	set = event->set;
	pthread_mutex_unlock(&event->lock);
	return set;
}

static int event_attempt(struct async_case *self)
{
	return case_attempt(self, &event_kind);
}

ASYNC__EXPORT const struct async__case_kind async__on_shared_event = {event_attempt, NULL,
								      case_leave, case_finish};

/* channel: the ring is a channel of one thread, used under the lock; its own queues stay
 * empty */

struct async__shared_chan {
	pthread_mutex_t lock;
	struct async__wait receivers, senders;
	struct async__chan *ring;
	size_t size;
	bool closed;
};

/* The first one of a queue if something can be handed over to it or taken from it at once. */
static struct waiter *open_waiter(const struct async__wait *queue)
{
	struct waiter *first = first_waiter(queue);

	return first && !first->chooses ? first : NULL;
}

static bool send_ready(const struct waiter *waiter)
{
	const struct async__shared_chan *chan = waiter->object;

	return chan->closed || open_waiter(&chan->receivers) || chan->ring->room ||
	       chan->ring->unbounded;
}

static int send_take(struct waiter *waiter)
{
	struct async__shared_chan *chan = waiter->object;
	struct waiter *receiver = open_waiter(&chan->receivers);

	if (chan->closed)
		return -EPIPE;
	if (!receiver)
		return async__chan_try_send(chan->ring, waiter->value);
	memcpy(receiver->value, waiter->value, chan->size);
	grant(receiver, 0);
	return 0;
}

static bool recv_ready(const struct waiter *waiter)
{
	const struct async__shared_chan *chan = waiter->object;

	return chan->closed || chan->ring->stored || open_waiter(&chan->senders);
}

static int recv_take(struct waiter *waiter)
{
	struct async__shared_chan *chan = waiter->object;
	struct waiter *sender = open_waiter(&chan->senders);

	if (async__chan_try_recv(chan->ring, waiter->value) == 0)
		return 0;
	if (!sender)
		return -EPIPE;
	memcpy(waiter->value, sender->value, chan->size);
	grant(sender, 0);
	return 0;
}

/* Those who send may serve those who receive, and the other way round. */
static void chan_pass(void *object)
{
	struct async__shared_chan *chan = object;

	while (serve(&chan->senders) || serve(&chan->receivers))
		;
}

static struct async__wait *senders_of(void *object)
{
	return &((struct async__shared_chan *)object)->senders;
}

static struct async__wait *receivers_of(void *object)
{
	return &((struct async__shared_chan *)object)->receivers;
}

static const struct kind send_kind = {
	FUNCTION(send_kind, "async_shared_chan_send"), send_ready, send_take, chan_pass, senders_of,
};
static const struct kind recv_kind = {
	FUNCTION(recv_kind, "async_shared_chan_recv"),
	recv_ready,
	recv_take,
	chan_pass,
	receivers_of,
};

struct async_result_int async__shared_send(struct async__shared_chan *chan, const void *value)
	ASYNC__NAME(async__shared_chan_send);
struct async_result_int async__shared_recv(struct async__shared_chan *chan, void *to)
	ASYNC__NAME(async__shared_chan_recv);

ASYNC__EXPORT void *async__shared_chan_new(size_t size, size_t capacity)
{
	struct async__shared_chan *chan = async__alloc_zero(sizeof *chan);

	if (!chan)
		return NULL;
	chan->ring = async__chan_new(size, capacity);
	if (!chan->ring) {
		free(chan);
		return NULL;
	}
	pthread_mutex_init(&chan->lock, NULL);
	chan->size = size;
	return chan;
}

ASYNC__EXPORT struct async_result_int async__shared_send(struct async__shared_chan *chan,
							 const void *value)
{
	return operate(&send_kind, chan, (void *)(uintptr_t)value, 0);
}

ASYNC__EXPORT struct async_result_int async__shared_recv(struct async__shared_chan *chan, void *to)
{
	return operate(&recv_kind, chan, to, 0);
}

ASYNC__EXPORT int async__shared_chan_try_send(struct async__shared_chan *chan, const void *value)
{
	struct waiter waiter = {
		.kind = &send_kind, .object = chan, .value = (void *)(uintptr_t)value};

	return try_now(&waiter);
}

ASYNC__EXPORT int async__shared_chan_try_recv(struct async__shared_chan *chan, void *to)
{
	struct waiter waiter = {.kind = &recv_kind, .object = chan, .value = to};

	return try_now(&waiter);
}

static int send_attempt(struct async_case *self)
{
	const struct async__shared_chan *chan = self->object;

	if (!chan->ring->unbounded && !chan->ring->capacity)
		return -EINVAL;
	return case_attempt(self, &send_kind);
}

static int recv_attempt(struct async_case *self)
{
	return case_attempt(self, &recv_kind);
}

ASYNC__EXPORT const struct async__case_kind async__on_shared_send = {send_attempt, NULL, case_leave,
								     case_finish};
ASYNC__EXPORT const struct async__case_kind async__on_shared_recv = {recv_attempt, NULL, case_leave,
								     case_finish};

ASYNC__EXPORT void async__shared_chan_close(struct async__shared_chan *chan)
{
	pthread_mutex_lock(&chan->lock);
	chan->closed = true;
	grant_all(&chan->senders, -EPIPE);
	chan_pass(chan);
	pthread_mutex_unlock(&chan->lock);
}

ASYNC__EXPORT void async__shared_chan_free(struct async__shared_chan *chan)
{
	if (!chan)
		return;
	async__shared_chan_close(chan);
	async__chan_free(chan->ring);
	pthread_mutex_destroy(&chan->lock);
	free(chan);
}
