/* Async functions written by hand against the ABI, for tests of the runtime alone.
 *
 *     struct reader {
 *             struct co co;
 *             int fd;
 *             char buf[10];
 *     };
 *     CO(reader)
 *     {
 *             ssize_t n;
 *
 *             BEGIN;
 *             AWAIT(n, async__read(self->fd, self->buf, sizeof self->buf));
 *             RETURN(n);
 *             END;
 *     }
 *
 * The struct is the frame, and the caller owns it: locals do not survive an AWAIT. The
 * function is called as reader(&r), spawned as spawn(reader, &r) and run as
 * run(reader, &r); its value is ssize_t.
 */
#ifndef HAND_H
#define HAND_H

#include "check.h"

#include <asyncc/abi.h>

#include <asyncc/net.h>
#include <asyncc/task.h>
#include <asyncc/time.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

struct result_int {
	struct async_frame *pending;
	int value;
};

struct result_ssize {
	struct async_frame *pending;
	ssize_t value;
};

#define NAME(name) __asm__(#name ".async")
struct result_int async__yield(void) NAME(async_yield);
struct result_int async__sleep_ms(int64_t ms) NAME(async_sleep_ms);
struct result_int async__sleep_ns(int64_t ns) NAME(async_sleep_ns);
struct result_int async__sleep_until_ns(uint64_t deadline) NAME(async_sleep_until_ns);
struct result_int async__notify_wait(struct async_notify *notify) NAME(async_notify_wait);
struct result_ssize async__read(int fd, void *buf, size_t len) NAME(async_read);
struct result_ssize async__read_timeout(int fd, void *buf, size_t len, int64_t ms)
	NAME(async_read_timeout);
struct result_ssize async__read_full(int fd, void *buf, size_t len) NAME(async_read_full);
struct result_ssize async__write(int fd, const void *buf, size_t len) NAME(async_write);
struct result_ssize async__write_full(int fd, const void *buf, size_t len) NAME(async_write_full);
struct result_int async__close(int fd) NAME(async_close);
struct result_int async__wait_fd(int fd, int events) NAME(async_wait_fd);
struct result_int async__listen_tcp(const char *host, const char *service, int backlog)
	NAME(async_listen_tcp);
struct result_int async__accept(int fd) NAME(async_accept);
struct result_int async__connect_tcp(const char *host, const char *service) NAME(async_connect_tcp);
struct result_int async__getaddrinfo(const char *host, const char *service,
				     const struct addrinfo *hints, struct addrinfo **list)
	NAME(async_getaddrinfo);

struct co {
	struct async_frame frame;
	struct async_point point;
	ssize_t got;
	int at;
};

typedef struct result_ssize (*co_call)(void *arg);

#define SUSPENDED SSIZE_MIN
#define SSIZE_MIN (-SSIZE_MAX - 1)

#define CO(id)                                                                                     \
	static ssize_t id##_body(struct id *self);                                                 \
	static struct async_frame *id##_resume(struct async_frame *frame)                          \
	{                                                                                          \
		struct async_frame *caller = frame->caller;                                        \
		ssize_t value = id##_body((struct id *)(void *)frame);                             \
                                                                                                   \
		if (value == SUSPENDED)                                                            \
			return NULL;                                                               \
		*(ssize_t *)async__slot(caller) = value;                                           \
		return caller;                                                                     \
	}                                                                                          \
	static const struct async_fn id##_fn = {                                                   \
		.name = #id, .file = "hand.c", .frame_size = sizeof(struct id)};                   \
	static struct result_ssize id(void *arg)                                                   \
	{                                                                                          \
		struct id *self = arg;                                                             \
		ssize_t value;                                                                     \
                                                                                                   \
		self->co.at = 0;                                                                   \
		self->co.point = (struct async_point){                                             \
			.resume = id##_resume,                                                     \
			.fn = &id##_fn,                                                            \
			.result = offsetof(struct co, got),                                        \
		};                                                                                 \
		self->co.frame.point = &self->co.point;                                            \
		value = id##_body(self);                                                           \
		if (value == SUSPENDED)                                                            \
			return (struct result_ssize){&self->co.frame, 0};                          \
		return (struct result_ssize){NULL, value};                                         \
	}                                                                                          \
	static ssize_t id##_body(struct id *self)

#define BEGIN                                                                                      \
	switch (self->co.at) {                                                                     \
	case 0:
#define END                                                                                        \
	}                                                                                          \
	return 0
#define RETURN(value) return (value)

#define AWAIT(lhs, call)                                                                           \
	do {                                                                                       \
		__typeof__(call) r_ = (call);                                                      \
		if (r_.pending) {                                                                  \
			r_.pending->caller = &self->co.frame;                                      \
			memcpy(&self->co.got, &r_.value, sizeof r_.value);                         \
			self->co.point.line = __LINE__;                                            \
			self->co.at = __LINE__;                                                    \
			return SUSPENDED;                                                          \
		case __LINE__:                                                                     \
			memcpy(&r_.value, &self->co.got, sizeof r_.value);                         \
		}                                                                                  \
		lhs = r_.value;                                                                    \
	} while (0)

struct spawned {
	struct async_task task;
	union {
		struct {
			co_call call;
			void *arg;
		} start;
		ssize_t value;
	} u;
};

static struct async_frame *spawned_start(struct async_frame *frame);

static const struct async_fn spawned_fn = {.name = "spawned", .file = "hand.c"};
static const struct async_point spawned_points[2] = {
	{.resume = spawned_start, .fn = &spawned_fn, .line = 1},
	{.resume = async__task_end,
	 .fn = &spawned_fn,
	 .line = 1,
	 .result = offsetof(struct spawned, u.value)},
};

static struct async_frame *spawned_start(struct async_frame *frame)
{
	struct spawned *spawned = (struct spawned *)(void *)frame;
	struct result_ssize r = spawned->u.start.call(spawned->u.start.arg);

	frame->point = &spawned_points[1];
	if (r.pending) {
		r.pending->caller = frame;
		return NULL;
	}
	spawned->u.value = r.value;
	return async__task_end(frame);
}

static inline struct async_task *new_task(co_call call, void *arg)
{
	struct async_task *task =
		async__task_new(sizeof(struct spawned), sizeof(ssize_t), spawned_points);

	if (task) {
		((struct spawned *)(void *)task)->u.start.call = call;
		((struct spawned *)(void *)task)->u.start.arg = arg;
	}
	return task;
}

/* Tests that look at what they get define SPAWN_MAY_FAIL. */
static inline struct async_task *spawn(co_call call, void *arg)
{
	struct async_task *task = new_task(call, arg);

#ifndef SPAWN_MAY_FAIL
	CHECK(task != NULL);
#endif
	if (task)
		async__task_start(task);
	return task;
}

static inline ssize_t run(co_call call, void *arg)
{
	ssize_t value;

	async__run(new_task(call, arg), &value, sizeof value);
	return value;
}

static inline struct result_ssize join(struct async_task *task)
{
	struct result_ssize r = {NULL, -ENOMEM};

	r.pending = async__join(task, &r.value);
	return r;
}

#endif
