/* Channels between the tasks of one thread.
 *
 *     async_chan(int) ch = async_chan_new(int, 16);
 *
 *     await async_chan_send(ch, 42);
 *     while (await async_chan_recv(ch, &n) == 0)
 *             ...
 *
 * async_chan(T) is a handle, a value like a pointer: copy it, pass it on, compare it with
 * NULL. Values are of any type T that can be assigned, and are copied. Values arrive in
 * the order in which they were sent; tasks that wait are served in the order in which they
 * came. For channels between threads see cross.h, for waiting for one of several select.h.
 *
 * Every wait can be cancelled and then gives -ECANCELED, and no value has been taken or
 * sent. A value that had been handed over before the cancellation is reported as received
 * or sent. Functions that are not async do not wait and may be called by plain code. All
 * are for the thread of the tasks.
 */
#ifndef ASYNCC_CHAN_H
#define ASYNCC_CHAN_H

#include <asyncc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The handle of a channel of T. */
#define async_chan(T) __typeof__(__typeof__(T)(*)(struct async_chan_tag *))

/* A capacity that grows with what is sent, so that sending never waits. */
#define ASYNC_UNBOUNDED SIZE_MAX

/* A channel with room for capacity values. With 0 a sender waits until a receiver takes its
 * value from it. NULL without memory. */
#define async_chan_new(T, capacity) ((async_chan(T))async__chan_new(sizeof(T), (capacity)))

/* Sends a value: at once when there is room or somebody waits to receive, else waits. Gives
 * 0, -EPIPE when the channel has been closed, -ECANCELED, or -ENOMEM for an unbounded
 * channel that cannot grow. */
#define async_chan_send(chan, value)                                                               \
	async__chan_send(async__chan(chan), (async__chan_type(chan)[1]){value},                    \
			 sizeof(async__chan_type(chan)))

/* Receives a value into what to points at: at once when there is one, else waits. Gives 0,
 * -EPIPE when the channel has been closed and is empty, or -ECANCELED. */
#define async_chan_recv(chan, to)                                                                  \
	async__chan_recv(async__chan(chan), async__chan_to(chan, to),                              \
			 sizeof(async__chan_type(chan)))

/* The same without waiting. Give 0, -EAGAIN when it would wait, -EPIPE or -ENOMEM. */
#define async_chan_try_send(chan, value)                                                           \
	async__chan_try_send(async__chan(chan), (async__chan_type(chan)[1]){value})
#define async_chan_try_recv(chan, to)                                                              \
	async__chan_try_recv(async__chan(chan), async__chan_to(chan, to))

/* Closes a channel: nothing can be sent any more, and those who wait get -EPIPE, but what
 * is in it can still be received. A second time does nothing. */
#define async_chan_close(chan) async__chan_close(async__chan(chan))

/* How many values are in it. */
#define async_chan_count(chan) async__chan_count(async__chan(chan))

/* Closes and frees a channel and what is in it. NULL does nothing. */
#define async_chan_free(chan) async__chan_free(async__chan(chan))

/* A broadcast: every subscriber receives every value sent after it subscribed. The last
 * capacity values are kept for those who are late; senders never wait. */
#define async_broadcast(T) __typeof__(__typeof__(T)(*)(struct async_broadcast_tag *))

/* Where a subscriber is. Its members are private, but for missed: how many values it has
 * missed in all. It needs no destruction. */
struct async_subscriber {
	uint64_t next;
	uint64_t missed;
	void *to;
};

/* NULL without memory or for a capacity of 0. */
#define async_broadcast_new(T, capacity)                                                           \
	((async_broadcast(T))async__broadcast_new(sizeof(T), (capacity)))
/* Begins with what is sent from now on. */
#define async_broadcast_subscribe(broadcast, subscriber)                                           \
	async__broadcast_subscribe(async__broadcast(broadcast), (subscriber))
/* Gives 0, or -EPIPE when it has been closed. */
#define async_broadcast_send(broadcast, value)                                                     \
	async__broadcast_send(async__broadcast(broadcast),                                         \
			      (async__broadcast_type(broadcast)[1]){value})
/* Receives the next value. Gives 0; -EOVERFLOW when values were missed: the next call goes
 * on with the oldest that is kept; -EPIPE when it has been closed and all is received; or
 * -ECANCELED. A subscriber is for one task at a time. */
#define async_broadcast_recv(broadcast, subscriber, into)                                          \
	async__broadcast_recv(async__broadcast(broadcast), (subscriber),                           \
			      (1 ? (into) : (async__broadcast_type(broadcast) *)0))
/* Those who wait get -EPIPE. */
#define async_broadcast_close(broadcast) async__broadcast_close(async__broadcast(broadcast))
/* Closes and frees it. NULL does nothing. */
#define async_broadcast_free(broadcast) async__broadcast_free(async__broadcast(broadcast))

/* A watched value: tasks wait until it changes, and see the latest state, not each step. */
#define async_watch(T) __typeof__(__typeof__(T)(*)(struct async_watch_tag *))

/* What a task has seen of a watched value; zeroes: nothing yet. Its members are private. */
struct async_watcher {
	uint64_t seen;
	void *to;
};

/* NULL without memory. */
#define async_watch_new(T, value)                                                                  \
	((async_watch(T))async__watch_new(sizeof(T), (__typeof__(T)[1]){value}))
/* Sets the value, the same one too, and wakes all who wait. Gives 0, or -EPIPE when it has
 * been closed. */
#define async_watch_set(watch, value)                                                              \
	async__watch_set(async__watch(watch), (async__watch_type(watch)[1]){value})
/* The value as it is. */
#define async_watch_get(watch)                                                                     \
	(*(const async__watch_type(watch) *)async__watch_get(async__watch(watch)))
/* Waits until the value has been set since watcher saw it, and copies it to what into points
 * at; at once for a new watcher. Gives 0, -EPIPE when it has been closed and seen, or
 * -ECANCELED. */
#define async_watch_next(watch, watcher, into)                                                     \
	async__watch_next(async__watch(watch), (watcher),                                          \
			  (1 ? (into) : (async__watch_type(watch) *)0))
/* Those who wait get -EPIPE. */
#define async_watch_close(watch) async__watch_close(async__watch(watch))
/* Closes and frees it. NULL does nothing. */
#define async_watch_free(watch) async__watch_free(async__watch(watch))

/* Cases for async_select (select.h): to receive, or to send the value that from points at; to
 * receive from a broadcast, to see a watched value change. Their results are those of the
 * functions. */
#define async_on_recv(chan, to)                                                                    \
	{.kind = &async__on_recv, .object = async__chan(chan), .value = async__chan_to(chan, to)}
#define async_on_send(chan, from)                                                                  \
	{.kind = &async__on_send, .object = async__chan(chan), .value = async__chan_to(chan, from)}
#define async_on_broadcast(broadcast, subscriber, into)                                            \
	{.kind = &async__on_broadcast,                                                             \
	 .object = async__broadcast(broadcast),                                                    \
	 .value = 1 ? (into) : (async__broadcast_type(broadcast) *)0,                              \
	 .place = 1 ? (subscriber) : (struct async_subscriber *)0}
#define async_on_watch(watch, watcher, into)                                                       \
	{.kind = &async__on_watch,                                                                 \
	 .object = async__watch(watch),                                                            \
	 .value = 1 ? (into) : (async__watch_type(watch) *)0,                                      \
	 .place = 1 ? (watcher) : (struct async_watcher *)0}

#define async__chan(chan) ((struct async__chan *)(uintptr_t)(chan))
#define async__chan_type(chan) __typeof__((chan)((struct async_chan_tag *)0))
#define async__chan_to(chan, to) (1 ? (to) : (async__chan_type(chan) *)0)
#define async__broadcast(broadcast) ((struct async__broadcast *)(uintptr_t)(broadcast))
#define async__broadcast_type(broadcast) __typeof__((broadcast)((struct async_broadcast_tag *)0))
#define async__watch(watch) ((struct async__watch *)(uintptr_t)(watch))
#define async__watch_type(watch) __typeof__((watch)((struct async_watch_tag *)0))

struct async_chan_tag;
struct async_broadcast_tag;
struct async_watch_tag;
struct async__chan;
struct async__broadcast;
struct async__watch;

/* A channel as the fast paths see it. As long as there is room, sending has nothing else to
 * do than to store the value, and receiving, as long as there are stored ones, than to take
 * it. */
struct async__chan {
	/* In an order that keeps compilers from adding to two at once, which is slower. */
	size_t room;   /* 0, too, once closed; and when somebody waits to receive */
	size_t mask;   /* one less than the size of the ring, a power of 2 */
	size_t stored; /* 0, too, when busy */
	char *ring;
	size_t sent; /* in all, by way of the ring */
	size_t size; /* of a value */
	size_t received;
	struct async__wait receivers, senders;
	bool busy; /* closed, or somebody waits to send */
	bool closed, unbounded;
	size_t capacity;
};

void *async__chan_new(size_t size, size_t capacity);
_Async int async__chan_send_slow(struct async__chan *chan, const void *value);
_Async int async__chan_recv_slow(struct async__chan *chan, void *to);
int async__chan_try_send(struct async__chan *chan, const void *value);
int async__chan_try_recv(struct async__chan *chan, void *to);
void async__chan_close(struct async__chan *chan);
size_t async__chan_count(const struct async__chan *chan);
void async__chan_free(struct async__chan *chan);

#ifndef __cplusplus
extern const struct async__op async__chan_recv_op;

/* A value was put into the ring where there is room, or taken where one is stored. */
static inline void async__chan_stored(struct async__chan *chan)
{
	chan->sent++;
	chan->room--;
	chan->stored++;
}

static inline void async__chan_taken(struct async__chan *chan)
{
	chan->received++;
	chan->stored--;
	chan->room++;
}

/* Hands a value over to the task that waits for one, if there is one and the running task
 * has fuel, which tells that it is not cancelled. */
static inline _Bool async__chan_hand(struct async__chan *chan, const void *value, size_t size)
{
	struct async__wait *wait = chan->receivers.next;
	struct async_task *task =
		(struct async_task *)(void *)((char *)wait - offsetof(struct async_task, u.wait));

	if (wait == &chan->receivers || task->flags & ASYNC__CASE || !async__burn())
		return 0;
	__builtin_memcpy(wait->what, value, size);
	chan->receivers.next = wait->next;
	wait->next->prev = &chan->receivers;
	task->op.point = &async__ready_op.point;
	async__task_start(task);
	return 1;
}

/* Lets the running task wait for a value, where none is there. NULL if it is not to wait. */
static inline struct async_frame *async__chan_wait(struct async__chan *chan, void *to)
{
	struct async_task *task = async__here->current;
	struct async__wait *wait = &task->u.wait;

	if (chan->stored || chan->busy || task->flags & ASYNC__CANCELLED)
		return NULL;
	chan->room = 0;
	wait->what = to;
	wait->next = &chan->receivers;
	wait->prev = chan->receivers.prev;
	wait->prev->next = wait;
	chan->receivers.prev = wait;
	task->op.point = &async__chan_recv_op.point;
	return &task->op;
}

_Async static inline int async__chan_send(struct async__chan *chan, const void *value, size_t size)
{
	if (__builtin_expect(chan->room && async__burn(), 1)) {
		__builtin_memcpy(chan->ring + (chan->sent & chan->mask) * size, value, size);
		async__chan_stored(chan);
		return 0;
	}
	if (async__chan_hand(chan, value, size))
		return 0;
	return _Await async__chan_send_slow(chan, value);
}

_Async static inline int async__chan_recv(struct async__chan *chan, void *to, size_t size)
{
	if (__builtin_expect(chan->stored && async__burn(), 1)) {
		__builtin_memcpy(to, chan->ring + (chan->received & chan->mask) * size, size);
		async__chan_taken(chan);
		return 0;
	}
	__asyncc_r.pending = async__chan_wait(chan, to);
	if (__asyncc_r.pending)
		return 0;
	return _Await async__chan_recv_slow(chan, to);
}
#endif

void *async__broadcast_new(size_t size, size_t capacity);
void async__broadcast_subscribe(const struct async__broadcast *broadcast,
				struct async_subscriber *subscriber);
int async__broadcast_send(struct async__broadcast *broadcast, const void *value);
_Async int async__broadcast_recv(struct async__broadcast *broadcast,
				 struct async_subscriber *subscriber, void *to);
void async__broadcast_close(struct async__broadcast *broadcast);
void async__broadcast_free(struct async__broadcast *broadcast);

void *async__watch_new(size_t size, const void *value);
int async__watch_set(struct async__watch *watch, const void *value);
const void *async__watch_get(const struct async__watch *watch);
_Async int async__watch_next(struct async__watch *watch, struct async_watcher *watcher, void *to);
void async__watch_close(struct async__watch *watch);
void async__watch_free(struct async__watch *watch);

extern const struct async__case_kind async__on_recv, async__on_send;
extern const struct async__case_kind async__on_broadcast, async__on_watch;

#ifdef __cplusplus
}
#endif

#endif
