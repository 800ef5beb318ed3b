/* Channels, broadcasts and watched values.
 *
 * A channel is a ring of values and two queues of tasks. Those who wait to send have their
 * values ready, and those who wait to receive the place for one, so whoever comes hands the
 * value over and leaves nothing to be fetched later. Receivers wait only while the ring is
 * empty, senders only while it is full; so nobody overtakes.
 *
 * The fast paths, inline in the header, count the values and the room for them. Both are 0
 * for them when they are to keep out: while somebody waits, and once the channel is closed.
 */
#include "internal.h"

#include <string.h>

#define FIRST_CAPACITY 16

struct async_result_int async__chan_send_start(struct async__chan *chan, const void *value)
	ASYNC__NAME(async__chan_send_slow);
struct async_result_int async__chan_recv_start(struct async__chan *chan, void *to)
	ASYNC__NAME(async__chan_recv_slow);

/* The common sizes as single moves. */
static inline void copy(void *to, const void *from, size_t size)
{
	if (likely(size == 8))
		memcpy(to, from, 8);
	else if (size == 4)
		memcpy(to, from, 4);
	else
		memcpy(to, from, size);
}

/* Refuses the sizes that cannot be. */
static void *values_new(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return async__alloc(bytes ? bytes : 1);
}

static inline size_t count_of(const struct async__chan *chan)
{
	return chan->sent - chan->received;
}

/* Sets what the fast paths go by. */
static void settle(struct async__chan *chan)
{
	bool kept = chan->closed || async__wait_first(&chan->receivers);

	chan->busy = chan->closed || async__wait_first(&chan->senders);
	chan->room = kept ? 0 : chan->capacity - count_of(chan);
	chan->stored = chan->busy ? 0 : count_of(chan);
}

static size_t ring_size(size_t capacity)
{
	size_t size = 1;

	while (size < capacity && size <= SIZE_MAX / 2)
		size *= 2;
	return size;
}

ASYNC__EXPORT void *async__chan_new(size_t size, size_t capacity)
{
	struct async__chan *chan = async__alloc_zero(sizeof *chan);

	if (!chan)
		return NULL;
	chan->receivers.next = chan->receivers.prev = &chan->receivers;
	chan->senders.next = chan->senders.prev = &chan->senders;
	chan->size = size;
	chan->unbounded = capacity == SIZE_MAX;
	chan->capacity = chan->unbounded ? FIRST_CAPACITY : capacity;
	chan->mask = ring_size(chan->capacity) - 1;
	chan->ring = chan->mask + 1 < chan->capacity ? NULL : values_new(chan->mask + 1, size);
	if (!chan->ring) {
		free(chan);
		return NULL;
	}
	settle(chan);
	return chan;
}

static inline char *at(const struct async__chan *chan, size_t number)
{
	return chan->ring + (number & chan->mask) * chan->size;
}

/* To twice its size, when it is full. */
static bool grow(struct async__chan *chan)
{
	size_t count = chan->capacity, first = count - (chan->received & chan->mask);
	char *ring = count > SIZE_MAX / 2 ? NULL : values_new(count * 2, chan->size);

	if (!ring)
		return false;
	memcpy(ring, at(chan, chan->received), first * chan->size);
	memcpy(ring + first * chan->size, chan->ring, (count - first) * chan->size);
	free(chan->ring);
	chan->ring = ring;
	chan->received = 0;
	chan->sent = count;
	chan->capacity = count * 2;
	chan->mask = count * 2 - 1;
	return true;
}

static int send_to_ring(struct async__chan *chan, const void *value)
{
	if (count_of(chan) == chan->capacity) {
		if (!chan->unbounded)
			return -EAGAIN;
		if (!grow(chan))
			return -ENOMEM;
	}
	copy(at(chan, chan->sent++), value, chan->size);
	settle(chan);
	return 0;
}

static inline void hand_over(struct async__chan *chan, struct async__wait *receiver,
			     const void *value)
{
	copy(receiver->what, value, chan->size);
	async__wait_end(async__loop, receiver, 0);
}

static inline int try_send(struct async__chan *chan, const void *value)
{
	struct async__wait *receiver;

	if (likely(chan->room)) {
		copy(at(chan, chan->sent), value, chan->size);
		async__chan_stored(chan);
		return 0;
	}
	receiver = async__wait_first(&chan->receivers);
	if (unlikely(chan->closed))
		return -EPIPE;
	if (!receiver)
		return send_to_ring(chan, value);
	hand_over(chan, receiver, value);
	return 0;
}

static int recv_from_ring(struct async__chan *chan, void *to)
{
	struct async__wait *sender = async__wait_first(&chan->senders);

	copy(to, at(chan, chan->received++), chan->size);
	if (sender) {
		copy(at(chan, chan->sent++), sender->what, chan->size);
		async__wait_end(async__loop, sender, 0);
	}
	settle(chan);
	return 0;
}

static inline int try_recv(struct async__chan *chan, void *to)
{
	struct async__wait *sender;

	if (likely(chan->stored)) {
		copy(to, at(chan, chan->received), chan->size);
		async__chan_taken(chan);
		return 0;
	}
	if (count_of(chan))
		return recv_from_ring(chan, to);
	sender = async__wait_first(&chan->senders);
	if (!sender)
		return chan->closed ? -EPIPE : -EAGAIN;
	copy(to, sender->what, chan->size);
	async__wait_end(async__loop, sender, 0);
	settle(chan);
	return 0;
}

static void leave(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	async__wait_remove(&task->u.wait);
	async__complete_int(async__loop, task, -ECANCELED);
}

/* When the last one leaves, the fast paths are open again. */
static void leave_send(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);
	struct async__wait *before = task->u.wait.prev;
	struct async__chan *chan;

	leave(op);
	if (before->what || async__wait_first(before))
		return;
	chan = async__container(before, struct async__chan, senders);
	settle(chan);
}

static void leave_recv(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);
	struct async__wait *before = task->u.wait.prev;

	leave(op);
	if (!before->what && !async__wait_first(before))
		settle(async__container(before, struct async__chan, receivers));
}

static const struct async__op send_op = ASYNC__OP(send_op, "async_chan_send", NULL, leave_send);
ASYNC__EXPORT const struct async__op async__chan_recv_op =
	ASYNC__OP(async__chan_recv_op, "async_chan_recv", NULL, leave_recv);

static inline struct async_result_int wait_in(struct async_loop *loop, struct async__wait *queue,
					      void *what, const struct async__op *op)
{
	struct async_task *task = loop->current;

	task->u.wait.what = what;
	async__wait_add(queue, &task->u.wait);
	return (struct async_result_int){async__suspend(task, op), 0};
}

/* An operation that has been done: when the fuel is used up, others run first. */
static inline struct async_result_int done(struct async_loop *loop, int result)
{
	if (unlikely(async__spent(loop)))
		return async__later_int(loop, result);
	return (struct async_result_int){NULL, result};
}

__attribute__((noinline)) static struct async_result_int send_otherwise(struct async__chan *chan,
									const void *value)
{
	struct async_loop *loop = async__loop;
	int result;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	result = try_send(chan, value);
	if (result != -EAGAIN)
		return done(loop, result);
	chan->busy = true;
	chan->stored = 0;
	return wait_in(loop, &chan->senders, (void *)(uintptr_t)value, &send_op);
}

/* After the last waiting receiver has got its value, the fast path is still to be opened. */
ASYNC__EXPORT struct async_result_int async__chan_send_start(struct async__chan *chan,
							     const void *value)
{
	size_t room = chan->capacity - count_of(chan);

	if (unlikely(!room || chan->closed || async__wait_first(&chan->receivers) ||
		     !async__burn()))
		return send_otherwise(chan, value);
	copy(at(chan, chan->sent++), value, chan->size);
	chan->room = room - 1;
	chan->stored++;
	return (struct async_result_int){NULL, 0};
}

ASYNC__EXPORT struct async_result_int async__chan_recv_start(struct async__chan *chan, void *to)
{
	struct async_loop *loop = async__loop;
	int result;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	result = try_recv(chan, to);
	if (result != -EAGAIN)
		return done(loop, result);
	chan->room = 0;
	return wait_in(loop, &chan->receivers, to, &async__chan_recv_op);
}

ASYNC__EXPORT int async__chan_try_send(struct async__chan *chan, const void *value)
{
	return try_send(chan, value);
}

ASYNC__EXPORT int async__chan_try_recv(struct async__chan *chan, void *to)
{
	return try_recv(chan, to);
}

static void end_all(struct async__wait *queue, int value)
{
	struct async__wait *first;

	while ((first = async__wait_first(queue)))
		async__wait_end(async__loop, first, value);
}

ASYNC__EXPORT void async__chan_close(struct async__chan *chan)
{
	chan->closed = true;
	settle(chan);
	end_all(&chan->receivers, -EPIPE);
	end_all(&chan->senders, -EPIPE);
}

ASYNC__EXPORT size_t async__chan_count(const struct async__chan *chan)
{
	return count_of(chan);
}

ASYNC__EXPORT void async__chan_free(struct async__chan *chan)
{
	if (!chan)
		return;
	async__chan_close(chan);
	free(chan->ring);
	free(chan);
}

/* For async_select */

static int recv_try(struct async_case *self)
{
	return try_recv(self->object, self->value);
}

static int send_try(struct async_case *self)
{
	return try_send(self->object, self->value);
}

static void recv_wait(struct async_case *self)
{
	struct async__chan *chan = self->object;

	self->u.proxy.task.u.wait.what = self->value;
	async__wait_add(&chan->receivers, &self->u.proxy.task.u.wait);
	chan->room = 0;
}

static void recv_leave(struct async_case *self)
{
	struct async__chan *chan = self->object;

	async__case_unqueue(self);
	settle(chan);
}

static void send_wait(struct async_case *self)
{
	struct async__chan *chan = self->object;

	self->u.proxy.task.u.wait.what = self->value;
	async__wait_add(&chan->senders, &self->u.proxy.task.u.wait);
	chan->busy = true;
	chan->stored = 0;
}

static void send_leave(struct async_case *self)
{
	struct async__chan *chan = self->object;
	async__case_unqueue(self);
	settle(chan);
}

ASYNC__EXPORT const struct async__case_kind async__on_recv = {recv_try, recv_wait, recv_leave,
							      NULL};
ASYNC__EXPORT const struct async__case_kind async__on_send = {send_try, send_wait, send_leave,
							      NULL};

/* A broadcast: the values are numbered from 0, and number n is at n % capacity. */

struct async__broadcast {
	struct async__wait waiters; /* their business: the subscriber */
	size_t size, capacity;
	uint64_t next;
	bool closed;
	_Alignas(16) char ring[];
};

struct async_result_int async__broadcast_recv_start(struct async__broadcast *broadcast,
						    struct async_subscriber *subscriber, void *to)
	ASYNC__NAME(async__broadcast_recv);

ASYNC__EXPORT void *async__broadcast_new(size_t size, size_t capacity)
{
	struct async__broadcast *broadcast;
	size_t bytes;

	if (!capacity || __builtin_mul_overflow(size, capacity, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof *broadcast, &bytes))
		return NULL;
	broadcast = async__alloc(bytes);
	if (broadcast)
		*broadcast = (struct async__broadcast){.size = size, .capacity = capacity};
	return broadcast;
}

ASYNC__EXPORT void async__broadcast_subscribe(const struct async__broadcast *broadcast,
					      struct async_subscriber *subscriber)
{
	*subscriber = (struct async_subscriber){.next = broadcast->next};
}

static char *broadcast_at(struct async__broadcast *broadcast, uint64_t number)
{
	return broadcast->ring + number % broadcast->capacity * broadcast->size;
}

ASYNC__EXPORT int async__broadcast_send(struct async__broadcast *broadcast, const void *value)
{
	struct async__wait *first;
	struct async_subscriber *subscriber;

	if (broadcast->closed)
		return -EPIPE;
	copy(broadcast_at(broadcast, broadcast->next++), value, broadcast->size);
	while ((first = async__wait_first(&broadcast->waiters))) {
		subscriber = first->what;
		subscriber->next = broadcast->next;
		copy(subscriber->to, value, broadcast->size);
		async__wait_end(async__loop, first, 0);
	}
	return 0;
}

static int broadcast_try(struct async__broadcast *broadcast, struct async_subscriber *subscriber,
			 void *to)
{
	uint64_t behind = broadcast->next - subscriber->next;

	if (!behind)
		return broadcast->closed ? -EPIPE : -EAGAIN;
	if (behind > broadcast->capacity) {
		subscriber->missed += behind - broadcast->capacity;
		subscriber->next = broadcast->next - broadcast->capacity;
		return -EOVERFLOW;
	}
	copy(to, broadcast_at(broadcast, subscriber->next++), broadcast->size);
	return 0;
}

static const struct async__op broadcast_op =
	ASYNC__OP(broadcast_op, "async_broadcast_recv", NULL, leave);

ASYNC__EXPORT struct async_result_int
async__broadcast_recv_start(struct async__broadcast *broadcast, struct async_subscriber *subscriber,
			    void *to)
{
	struct async_loop *loop = async__loop;
	int result;

	if (async__is_cancelled(loop->current))
		return async__done_int(loop, -ECANCELED);
	result = broadcast_try(broadcast, subscriber, to);
	if (result != -EAGAIN)
		return async__done_int(loop, result);
	subscriber->to = to;
	return wait_in(loop, &broadcast->waiters, subscriber, &broadcast_op);
}

static int broadcast_case_try(struct async_case *self)
{
	return broadcast_try(self->object, self->place, self->value);
}

static void broadcast_case_wait(struct async_case *self)
{
	struct async__broadcast *broadcast = self->object;
	struct async_subscriber *subscriber = self->place;

	subscriber->to = self->value;
	self->u.proxy.task.u.wait.what = subscriber;
	async__wait_add(&broadcast->waiters, &self->u.proxy.task.u.wait);
}

ASYNC__EXPORT const struct async__case_kind async__on_broadcast = {
	broadcast_case_try, broadcast_case_wait, async__case_unqueue, NULL};

ASYNC__EXPORT void async__broadcast_close(struct async__broadcast *broadcast)
{
	broadcast->closed = true;
	end_all(&broadcast->waiters, -EPIPE);
}

ASYNC__EXPORT void async__broadcast_free(struct async__broadcast *broadcast)
{
	if (!broadcast)
		return;
	async__broadcast_close(broadcast);
	free(broadcast);
}

/* A watched value */

struct async__watch {
	struct async__wait waiters; /* their business: the watcher */
	size_t size;
	uint64_t version; /* from 1 */
	bool closed;
	_Alignas(16) char value[];
};

struct async_result_int async__watch_next_start(struct async__watch *watch,
						struct async_watcher *watcher, void *to)
	ASYNC__NAME(async__watch_next);

ASYNC__EXPORT void *async__watch_new(size_t size, const void *value)
{
	struct async__watch *watch = async__alloc(sizeof *watch + size);

	if (!watch)
		return NULL;
	*watch = (struct async__watch){.size = size, .version = 1};
	memcpy(watch->value, value, size);
	return watch;
}

static void watch_show(struct async__watch *watch, struct async_watcher *watcher, void *to)
{
	watcher->seen = watch->version;
	copy(to, watch->value, watch->size);
}

ASYNC__EXPORT int async__watch_set(struct async__watch *watch, const void *value)
{
	struct async__wait *first;
	struct async_watcher *watcher;

	if (watch->closed)
		return -EPIPE;
	copy(watch->value, value, watch->size);
	watch->version++;
	while ((first = async__wait_first(&watch->waiters))) {
		watcher = first->what;
		watch_show(watch, watcher, watcher->to);
		async__wait_end(async__loop, first, 0);
	}
	return 0;
}

ASYNC__EXPORT const void *async__watch_get(const struct async__watch *watch)
{
	return watch->value;
}

static int watch_try(struct async__watch *watch, struct async_watcher *watcher, void *to)
{
	if (watcher->seen == watch->version)
		return watch->closed ? -EPIPE : -EAGAIN;
	watch_show(watch, watcher, to);
	return 0;
}

static const struct async__op watch_op = ASYNC__OP(watch_op, "async_watch_next", NULL, leave);

ASYNC__EXPORT struct async_result_int
async__watch_next_start(struct async__watch *watch, struct async_watcher *watcher, void *to)
{
	struct async_loop *loop = async__loop;
	int value = async__is_cancelled(loop->current) ? -ECANCELED : watch_try(watch, watcher, to);

	if (value != -EAGAIN)
		return async__done_int(loop, value);
	watcher->to = to;
	return wait_in(loop, &watch->waiters, watcher, &watch_op);
}

static int watch_case_try(struct async_case *self)
{
	return watch_try(self->object, self->place, self->value);
}

static void watch_case_wait(struct async_case *self)
{
	struct async__watch *watch = self->object;
	struct async_watcher *watcher = self->place;

	watcher->to = self->value;
	self->u.proxy.task.u.wait.what = watcher;
	async__wait_add(&watch->waiters, &self->u.proxy.task.u.wait);
}

ASYNC__EXPORT const struct async__case_kind async__on_watch = {watch_case_try, watch_case_wait,
							       async__case_unqueue, NULL};

ASYNC__EXPORT void async__watch_close(struct async__watch *watch)
{
	watch->closed = true;
	end_all(&watch->waiters, -EPIPE);
}

ASYNC__EXPORT void async__watch_free(struct async__watch *watch)
{
	if (!watch)
		return;
	async__watch_close(watch);
	free(watch);
}
