/* Channel, semaphore and event for tasks of several threads.
 *
 * Each has a lock and queues of waiting tasks. A task that waits has a frame with a flag of
 * its own (wake.c); whoever grants what it waits for takes it from the queue, says so in
 * the frame and posts the flag, all under the lock. A task that has been woken or cancelled
 * takes the lock once: then it knows for certain whether it was granted, and that the other
 * thread has done with the frame.
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
	unsigned count;
	void *value;
	pthread_mutex_t *lock;
	/* Called when it left a queue without having been granted, others' turn; or NULL. */
	void (*left)(void *object);
	void *object;
	struct async__wait wait;
	struct async_notify notify;
};

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

static void grant_all(struct async__wait *queue, int result)
{
	struct waiter *first;

	while ((first = first_waiter(queue)))
		grant(first, result);
}

/* The wait for the flag is over. */
static int waiter_end(struct waiter *waiter)
{
	pthread_mutex_lock(waiter->lock);
	if (!waiter->granted) {
		async__wait_remove(&waiter->wait);
		waiter->result = waiter->notified;
		if (waiter->left)
			waiter->left(waiter->object);
	}
	pthread_mutex_unlock(waiter->lock);
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

#define WAITER(self, name) ASYNC__FUNCTION(self, name, struct waiter, notified, waiter_resume)

static const struct async__op semaphore_op = WAITER(semaphore_op, "async_shared_semaphore_acquire");
static const struct async__op event_op = WAITER(event_op, "async_shared_event_wait");
static const struct async__op send_op = WAITER(send_op, "async_shared_chan_send");
static const struct async__op recv_op = WAITER(recv_op, "async_shared_chan_recv");

/* A waiter, made before the lock is taken: not to be needed most of the time, but free
 * lists are cheap. NULL without memory. */
static struct waiter *waiter_new(const struct async__op *op, pthread_mutex_t *lock, void *object)
{
	struct waiter *waiter = (struct waiter *)(void *)async__frame_try(sizeof *waiter);

	if (waiter)
		*waiter =
			(struct waiter){.frame.point = &op->point, .lock = lock, .object = object};
	return waiter;
}

static void waiter_free(struct waiter *waiter)
{
	async__frame_free(&waiter->frame, sizeof *waiter);
}

/* Queues the waiter, gives up the lock and waits. */
static struct async_result_int waiter_wait(struct waiter *waiter, struct async__wait *queue)
{
	struct async_result_int result;

	waiter->wait.what = waiter;
	async__wait_add(queue, &waiter->wait);
	pthread_mutex_unlock(waiter->lock);
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

/* The start of each operation: the lock is held then; NULL: *error tells why not. */
static struct waiter *begin(const struct async__op *op, pthread_mutex_t *lock, void *object,
			    int *error)
{
	struct waiter *waiter = NULL;

	*error = -ECANCELED;
	if (async__is_cancelled(async__loop->current))
		return NULL;
	waiter = waiter_new(op, lock, object);
	*error = -ENOMEM;
	if (waiter)
		pthread_mutex_lock(lock);
	return waiter;
}

static struct async_result_int finish(struct waiter *waiter, int result)
{
	pthread_mutex_unlock(waiter->lock);
	waiter_free(waiter);
	return async__done_int(async__loop, result);
}

/* semaphore */

struct async_result_int async__shared_semaphore_acquire(struct async_shared_semaphore *semaphore,
							unsigned count)
	ASYNC__NAME(async_shared_semaphore_acquire);

static void semaphore_pass(void *object)
{
	struct async_shared_semaphore *semaphore = object;
	struct waiter *first;

	while ((first = first_waiter(&semaphore->waiters)) && first->count <= semaphore->permits) {
		semaphore->permits -= first->count;
		grant(first, 0);
	}
}

static int semaphore_try(struct async_shared_semaphore *semaphore, unsigned count)
{
	if (first_waiter(&semaphore->waiters) || count > semaphore->permits)
		return -EBUSY;
	semaphore->permits -= count;
	return 0;
}

ASYNC__EXPORT struct async_result_int
async__shared_semaphore_acquire(struct async_shared_semaphore *semaphore, unsigned count)
{
	int error;
	struct waiter *waiter = begin(&semaphore_op, &semaphore->lock, semaphore, &error);

	if (!waiter)
		return async__done_int(async__loop, error);
	if (!semaphore_try(semaphore, count))
		return finish(waiter, 0);
	waiter->count = count;
	waiter->left = semaphore_pass;
	return waiter_wait(waiter, &semaphore->waiters);
}

ASYNC__EXPORT int async_shared_semaphore_try_acquire(struct async_shared_semaphore *semaphore,
						     unsigned count)
{
	int result;

	pthread_mutex_lock(&semaphore->lock);
	result = semaphore_try(semaphore, count);
	pthread_mutex_unlock(&semaphore->lock);
	return result;
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

/* event */

struct async_result_int async__shared_event_wait(struct async_shared_event *event)
	ASYNC__NAME(async_shared_event_wait);

ASYNC__EXPORT struct async_result_int async__shared_event_wait(struct async_shared_event *event)
{
	int error;
	struct waiter *waiter = begin(&event_op, &event->lock, event, &error);

	if (!waiter)
		return async__done_int(async__loop, error);
	if (event->set)
		return finish(waiter, 0);
	return waiter_wait(waiter, &event->waiters);
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

/* channel: the ring is a channel of one thread, used under the lock; its own queues stay
 * empty */

struct async__shared_chan {
	pthread_mutex_t lock;
	struct async__wait receivers, senders;
	struct async__chan *ring;
	size_t size;
	bool closed;
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

static int send_locked(struct async__shared_chan *chan, const void *value)
{
	struct waiter *receiver = first_waiter(&chan->receivers);

	if (chan->closed)
		return -EPIPE;
	if (!receiver)
		return async__chan_try_send(chan->ring, value);
	memcpy(receiver->value, value, chan->size);
	grant(receiver, 0);
	return 0;
}

static int recv_locked(struct async__shared_chan *chan, void *to)
{
	struct waiter *sender = first_waiter(&chan->senders);
	int result = async__chan_try_recv(chan->ring, to);

	if (result == -EAGAIN && sender)
		memcpy(to, sender->value, chan->size);
	else if (result == -EAGAIN)
		return chan->closed ? -EPIPE : -EAGAIN;
	else if (sender)
		async__chan_try_send(chan->ring, sender->value);
	if (sender)
		grant(sender, 0);
	return 0;
}

ASYNC__EXPORT struct async_result_int async__shared_send(struct async__shared_chan *chan,
							 const void *value)
{
	int result;
	struct waiter *waiter = begin(&send_op, &chan->lock, chan, &result);

	if (!waiter)
		return async__done_int(async__loop, result);
	result = send_locked(chan, value);
	if (result != -EAGAIN)
		return finish(waiter, result);
	waiter->value = (void *)(uintptr_t)value;
	return waiter_wait(waiter, &chan->senders);
}

ASYNC__EXPORT struct async_result_int async__shared_recv(struct async__shared_chan *chan, void *to)
{
	int result;
	struct waiter *waiter = begin(&recv_op, &chan->lock, chan, &result);

	if (!waiter)
		return async__done_int(async__loop, result);
	result = recv_locked(chan, to);
	if (result != -EAGAIN)
		return finish(waiter, result);
	waiter->value = to;
	return waiter_wait(waiter, &chan->receivers);
}

ASYNC__EXPORT int async__shared_chan_try_send(struct async__shared_chan *chan, const void *value)
{
	int result;

	pthread_mutex_lock(&chan->lock);
	result = send_locked(chan, value);
	pthread_mutex_unlock(&chan->lock);
	return result;
}

ASYNC__EXPORT int async__shared_chan_try_recv(struct async__shared_chan *chan, void *to)
{
	int result;

	pthread_mutex_lock(&chan->lock);
	result = recv_locked(chan, to);
	pthread_mutex_unlock(&chan->lock);
	return result;
}

ASYNC__EXPORT void async__shared_chan_close(struct async__shared_chan *chan)
{
	pthread_mutex_lock(&chan->lock);
	chan->closed = true;
	grant_all(&chan->receivers, -EPIPE);
	grant_all(&chan->senders, -EPIPE);
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
