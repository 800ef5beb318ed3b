/* What the files of the runtime share. One section per file.
 *
 * A loop belongs to one thread. A task is suspended in exactly one operation, its own op
 * frame, whose point tells which one and how it is cancelled; the calls that wait for it
 * hang on op.caller. Completing an operation stores its value in the slot of op.caller
 * and appends the task to the ready queue.
 */
#ifndef ASYNC_INTERNAL_H
#define ASYNC_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#define ASYNCC_NO_KEYWORDS
#include <asyncc.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

#define ASYNC__EXPORT __attribute__((visibility("default")))
#define ASYNC__NAME(name) __asm__(#name ".async") ASYNC__EXPORT

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define async__container(ptr, type, member)                                                        \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#pragma GCC visibility push(hidden)

_Static_assert(sizeof(void *) < 8 || sizeof(struct async_task) == 64,
	       "a task's header fills one cache line");

struct async_loop;
struct async_scope;

/* The transform has one of that name for the files that it sees. */
#ifdef __ASYNCC__
#define async_result_int async__result_int
#endif

struct async_result_int {
	struct async_frame *pending;
	int value;
};

struct async_result_ssize {
	struct async_frame *pending;
	ssize_t value;
};

#define ASYNC__OP(self, text, resume_fn, cancel_fn)                                                \
	ASYNC__DESCRIPTOR(self, text, resume_fn, 0, 0, cancel_fn)

/* The same for a function with a frame of its own, which awaits into slot. */
#define ASYNC__FUNCTION(self, text, type, slot, resume_fn)                                         \
	ASYNC__DESCRIPTOR(self, text, resume_fn, offsetof(type, slot), sizeof(type), NULL)

#define ASYNC__DESCRIPTOR(self, text, resume_fn, slot_offset, size, cancel_fn)                     \
	{                                                                                          \
		.point = {.resume = (resume_fn),                                                   \
			  .fn = &(self).fn,                                                        \
			  .result = (slot_offset),                                                 \
			  .live = ""},                                                             \
		.fn =                                                                              \
			{                                                                          \
				.name = (text),                                                    \
				.file = "",                                                        \
				.points = &(self).point,                                           \
				.point_count = 1,                                                  \
				.frame_size = (size),                                              \
				.cancel = (cancel_fn),                                             \
			},                                                                         \
	}

/* kit.c: faults to order */

struct async__faults {
	unsigned long allocations, calls; /* until one fails; 0: none will */
	int error;
	bool all, allocation_failed, call_failed;
	bool tell_allocation, tell_call; /* when it has come to those of the environment */
};

extern __thread struct async__faults async__faults
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

bool async__fail_allocation(void);
/* What the environment asks for, on a thread that gets a loop. */
void async__faults_begin(void);
bool async__fail_call(void);

static inline bool async__allocation_fails(void)
{
	return unlikely(async__faults.allocations) && async__fail_allocation();
}

/* malloc, calloc and realloc for all of the runtime. */
static inline void *async__alloc(size_t size)
{
	return async__allocation_fails() ? NULL : malloc(size);
}

static inline void *async__alloc_zero(size_t size)
{
	return async__allocation_fails() ? NULL : calloc(1, size);
}

static inline void *async__realloc(void *old, size_t size)
{
	return async__allocation_fails() ? NULL : realloc(old, size);
}

/* The value of a system call, or -1 and errno when it is to fail. */
#define ASYNC__CALL(call) (unlikely(async__faults.calls) && async__fail_call() ? -1 : (call))

/* Sets up a seeded schedule, and makes one choice of it. */
void async__seed(struct async_loop *loop, uint64_t seed);
void async__shuffle(struct async_loop *loop);
/* For descriptors with ASYNC__FD_FAULTY: direction is 0 to read, 1 to write. */
size_t async__fd_fault_limit(struct async_loop *loop, int fd, int direction, size_t len);
int async__fd_fault_error(struct async_loop *loop, int fd);
struct async__fault;
size_t async__fault_limit(const struct async__fault *fault, int direction, size_t len);
int async__fault_error(struct async__fault *fault);
/* Where a stream has its faults, NULL for none; freed with it. */
struct async__fault **async__stream_fault(struct async_stream *stream);
void async__fd_fault_forget(struct async_loop *loop, int fd);
void async__kit_close(struct async_loop *loop);

/* frame.c: storage for frames and tasks */

struct async__block;

struct async__task_pool {
	char *next, *end; /* the part of the newest block that was never used */
	size_t grow;      /* size of the next block */
};

/* Tasks up to 512 bytes share blocks, one kind per size. */
#define ASYNC__TASK_MAX_UNITS (ASYNC__TASK_CLASSES - 1)
#define ASYNC__TASK_MIN_UNITS (sizeof(struct async_task) / ASYNC__FRAME_UNIT)
#define ASYNC__TASK_POOLS (ASYNC__TASK_MAX_UNITS - ASYNC__TASK_MIN_UNITS + 1)

struct async__storage {
	struct async__block *frame_blocks, *task_blocks;
	char *frame_next, *frame_end;
	size_t frame_grow;
	struct async__big_task *big_tasks;
	bool separate; /* every task a heap block of its own, for memory checkers */
	struct async__task_pool pools[ASYNC__TASK_POOLS];
};

void async__storage_init(struct async__storage *storage);
void async__storage_free(struct async__storage *storage);
/* Storage for a task, ready for async__task_new but for units; NULL without memory. */
struct async_task *async__task_alloc(struct async_loop *loop, size_t size);
/* What is left of a task does not matter, only its flags and its storage. */
void async__task_free(struct async_loop *loop, struct async_task *task);
/* Calls visit for each task, ended ones included; visit may free its task but may not
 * allocate any. */
void async__each_task(struct async__storage *storage, void (*visit)(struct async_task *, void *),
		      void *arg);
/* A task moves to another thread: a copy that no storage knows of, which is made known to
 * another one or thrown away. */
struct async_task *async__task_copy(const struct async_task *task);
void async__big_task_link(struct async__storage *storage, struct async_task *task);
void async__task_discard(struct async_task *task);
/* A frame of size bytes for the runtime's own functions, or NULL without memory. */
struct async_frame *async__frame_try(size_t size);

/* What few tasks have. */
struct async__extra {
	struct async_scope *scope;   /* the innermost */
	struct async__local *locals; /* values inherited at spawn, newest first */
	char *name;
	size_t value_size;
	struct async_task *next, *prev; /* in its group */
	void *to;                       /* where the group stores its value; or NULL */
	int error_size;                 /* of a signed integer value; 0: no errors */
	int reason;                     /* why it was cancelled as a whole */
};

/* scope.c */

/* The extra of a task, made if need be; NULL without memory. */
struct async__extra *async__extra_make(struct async_task *task);
void async__extra_free(struct async_task *task);
/* Gives task the locals of its parent; false without memory. */
bool async__local_inherit(const struct async__extra *parent, struct async_task *task);
/* Whether a shield stands between scope and outer, NULL being the task. */
bool async__shielded(const struct async_scope *scope, const struct async_scope *outer);

/* debug.c: whether some loop of the process is in debug mode */
extern bool async__debug __attribute__((visibility("hidden")));
void async__debug_check_waiter(const struct async_task *task);
struct async_task *async__debug_keep(struct async_loop *loop, struct async_task *task);

static inline bool async__debugging(void)
{
	return unlikely(__atomic_load_n(&async__debug, __ATOMIC_RELAXED));
}

/* Whether a task, ended and freed ones too, is of this storage. */
bool async__storage_has(const struct async__storage *storage, const struct async_task *task);

/* timer.c: a hierarchical wheel */

#define ASYNC__WHEEL_BITS 6
#define ASYNC__WHEEL_SLOTS (1 << ASYNC__WHEEL_BITS)
#define ASYNC__WHEEL_LEVELS ((64 + ASYNC__WHEEL_BITS - 1) / ASYNC__WHEEL_BITS)

struct async__slot {
	struct async__timer *first, *last;
	uint64_t earliest; /* no timer here is earlier */
};

struct async__wheel {
	uint64_t base; /* no timer is earlier */
	size_t count;
	uint32_t levels; /* those with timers */
	uint64_t used[ASYNC__WHEEL_LEVELS];
	struct async__slot slots[ASYNC__WHEEL_LEVELS][ASYNC__WHEEL_SLOTS];
};

#define ASYNC__NEVER UINT64_MAX

void async__timer_remove(struct async__wheel *wheel, struct async__timer *timer);
/* Makes alarm, whose deadline is odd then while a task's is even, ring in ms milliseconds,
 * or at a time. */
void async__alarm_set(struct async_loop *loop, struct async__alarm *alarm, int64_t ms);
void async__alarm_at(struct async_loop *loop, struct async__alarm *alarm, uint64_t deadline);
/* No timer is earlier; ASYNC__NEVER without timers. */
uint64_t async__timer_next(struct async__wheel *wheel);
/* Wakes everything that is due. */
void async__timer_run(struct async_loop *loop);

/* loop.c */

struct async__fd; /* poll.c */

/* Why tasks are not spawned inline. */
enum {
	ASYNC__NO_LOOP = 1,
	ASYNC__CLOSING = 2, /* the root has ended: all tasks are cancelled from birth on */
	ASYNC__FAULTS = 4,  /* an allocation may have to fail */
	ASYNC__LOCALS = 8,  /* tasks inherit values */
	ASYNC__DEBUGGED = 16,
};

struct async_loop {
	union {
		struct async__here here;
		struct {
			ASYNC__HERE_MEMBERS
		};
	};
	int budget, full_budget;
	int full_fuel;
	pid_t process;
	bool running;
	struct async_task *root;
	int epoll;
	uint32_t io_waiting; /* tasks waiting for descriptors */
	struct async__fd *fds;
	uint32_t fd_count;
	uint32_t fd_events; /* of epoll, while they are handled */
	int wake_fd;
	uint32_t notify_waiting;
	_Atomic(struct async_notify *) posted;
	struct async_notify *arrived; /* taken from there, oldest first */
	_Atomic(struct async__message *) messages;
	bool shared; /* other threads may send messages */
	atomic_bool sleeping;
	atomic_uint posters;
	struct async__extra **extras; /* by number; of free ones, the next free number */
	uint32_t extra_count, extra_free;
	uint64_t steps, turns, polls, events, wakeups;
	bool timed;     /* steps are measured */
	unsigned depth; /* of tasks that run within others' steps */
	struct async__debugger *debugger;
	uint64_t slow_step; /* report longer ones; 0: none */
	uint64_t collected, busy, longest_step, longest_delay;
	uint32_t jobs;        /* of the pool and the ring, under way */
	bool brief_jobs;      /* the last wait for one was short */
	uint64_t virtual_now; /* 0: real time */
	uint64_t random;      /* state of the seeded schedule; 0: none */
	struct async__fd_fault *fd_faults;
	struct async__ring *ring;
	struct async__signals *signals;
	struct async__storage storage;
	struct async__wheel wheel;
};

extern __thread struct async_loop *async__loop
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

/* The clock of the machine: steps take time even when the loop's own clock stands still. */
static inline uint64_t async__real_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct async_loop *async__loop_new(void);
/* Runs a task that is ready, but in no queue, as part of the running one's step. */
void async__run_within(struct async_loop *loop, struct async_task *task);
int async__full_fuel(const struct async_loop *loop);

/* The loop of this thread, or NULL without memory. */
static inline struct async_loop *async__loop_get(void)
{
	return likely(async__loop != NULL) ? async__loop : async__loop_new();
}

/* Tasks not ended. */
static inline uint64_t async__live(const struct async_loop *loop)
{
	return loop->spawned - loop->ended;
}

/* Tasks ended and neither joined nor detached. */
static inline uint64_t async__unjoined(const struct async_loop *loop)
{
	return loop->ended - loop->freed;
}

/* task.c: operations and their ends */

/* The point of a task that joins u.joined. */
extern const struct async__op async__join_op;

static inline struct async_task *async__op_task(struct async_frame *op)
{
	return async__container(op, struct async_task, op);
}

static inline void async__enqueue(struct async_loop *loop, struct async_task *task)
{
	task->u.next = NULL;
	*loop->ready_last = task;
	loop->ready_last = &task->u.next;
}

/* The value of the pending operation is stored: lets the task go on. */
static inline void async__complete(struct async_loop *loop, struct async_task *task)
{
	task->op.point = &async__ready_op.point;
	async__enqueue(loop, task);
}

static inline void async__complete_int(struct async_loop *loop, struct async_task *task, int value)
{
	*(int *)async__slot(task->op.caller) = value;
	async__complete(loop, task);
}

static inline void async__complete_ssize(struct async_loop *loop, struct async_task *task,
					 ssize_t value)
{
	*(ssize_t *)async__slot(task->op.caller) = value;
	async__complete(loop, task);
}

/* Sets the fuel of the running task. */
static inline void async__refuel(const struct async_loop *loop)
{
	async__fuel = unlikely(loop->current->flags & ASYNC__CANCELLED) ? 0 : loop->full_fuel;
}

/* For an operation that spends fuel and need not wait: whether others are to run first. */
static inline bool async__spent(struct async_loop *loop)
{
	if (unlikely(loop->current->flags & ASYNC__CANCELLED || !loop->full_fuel))
		return --loop->budget <= 0;
	return --async__fuel < 0;
}

/* Suspends the running task in op, whose state is set. */
static inline struct async_frame *async__suspend(struct async_task *task,
						 const struct async__op *op)
{
	task->op.point = &op->point;
	return &task->op;
}

/* Suspends the running task only to let others run, with the value there already. */
struct async_result_int async__later_int(struct async_loop *loop, int value);
struct async_result_ssize async__later_ssize(struct async_loop *loop, ssize_t value);

/* The result of an operation that need not wait: at once, while the budget lasts. */
static inline struct async_result_int async__done_int(struct async_loop *loop, int value)
{
	if (unlikely(--loop->budget <= 0))
		return async__later_int(loop, value);
	return (struct async_result_int){NULL, value};
}

static inline struct async_result_ssize async__done_ssize(struct async_loop *loop, ssize_t value)
{
	if (unlikely(--loop->budget <= 0))
		return async__later_ssize(loop, value);
	return (struct async_result_ssize){NULL, value};
}

/* The same, with a value that is stored as ssize_t when it is wide, else as int. */
static inline struct async_result_ssize async__done_with(struct async_loop *loop, bool wide,
							 ssize_t value)
{
	if (wide)
		return async__done_ssize(loop, value);
	struct async_result_int result = async__done_int(loop, (int)value);
	return (struct async_result_ssize){result.pending, result.value};
}

static inline struct async__extra *async__extra(const struct async_loop *loop,
						const struct async_task *task)
{
	return task->extra ? loop->extras[task->extra] : NULL;
}

/* The operation of a waiting task, or of what stands for one, has ended. */
static inline void async__end_int(struct async_loop *loop, struct async_task *task, int value)
{
	struct async__proxy *proxy;

	if (unlikely(task->flags & ASYNC__CASE)) {
		proxy = async__container(task, struct async__proxy, task);
		proxy->end(loop, proxy, value);
	} else {
		async__complete_int(loop, task, value);
	}
}

/* Queues of waiting tasks */

static inline struct async__wait *async__wait_first(const struct async__wait *queue)
{
	return queue->next == queue ? NULL : queue->next;
}

static inline void async__wait_add(struct async__wait *queue, struct async__wait *wait)
{
	if (unlikely(!queue->next))
		queue->next = queue->prev = queue;
	wait->next = queue;
	wait->prev = queue->prev;
	queue->prev->next = wait;
	queue->prev = wait;
}

static inline void async__wait_remove(struct async__wait *wait)
{
	wait->prev->next = wait->next;
	wait->next->prev = wait->prev;
}

static inline struct async_task *async__wait_task(struct async__wait *wait)
{
	return async__container(wait, struct async_task, u.wait);
}

/* Takes a waiter from its queue and lets it go on. */
static inline void async__wait_end(struct async_loop *loop, struct async__wait *wait, int value)
{
	if (async__debugging())
		async__debug_check_waiter(async__wait_task(wait));
	async__wait_remove(wait);
	async__end_int(loop, async__wait_task(wait), value);
}

/* Whether a task that has not ended is nobody's yet. */
static inline bool async__joinable(const struct async_task *task)
{
	return task->flags & ASYNC__LIVE && !(task->flags & ASYNC__DETACHED) && !task->frame.caller;
}

static inline bool async__is_cancelled(const struct async_task *task)
{
	return (task->flags & ASYNC__CANCELLED) != 0;
}

struct async_result_int async__yield(void) ASYNC__NAME(async_yield);
/* Cancels task from now on: ends what it waits in. */
void async__interrupt(struct async_task *task);
size_t async__value_size(const struct async_task *task);
/* The failure that a task's value is, or 0; error_size as async__error_size has it. */
int async__failure(const void *value, int error_size);
/* Frees a task that has ended. */
void async__task_drop(struct async_loop *loop, struct async_task *task);
/* Takes back a task that was spawned just now, the last of the ready ones. */
void async__unspawn(struct async_loop *loop, struct async_task *task);
/* Makes a task that was copied from another thread one of this loop's, and ready. */
void async__task_adopt(struct async_loop *loop, struct async_task *task);
/* Cancels all tasks of the loop, the ones to come included. */
void async__cancel_all(struct async_loop *loop);
/* Stops the program for a mistake of the caller's that no result can report. */
_Noreturn void async__fatal(const char *message);

/* poll.c: descriptors and epoll */

enum {
	ASYNC__FD_KNOWN = 1,
	ASYNC__FD_SOCKET = 2,
	ASYNC__FD_TCP = 4,        /* a short transfer means that the buffer is used up */
	ASYNC__FD_PLAIN = 8,      /* cannot be waited for */
	ASYNC__FD_WATCHED = 16,   /* registered with epoll */
	ASYNC__FD_STICKY = 32,    /* hung up, failed or urgent: no conclusions from short reads */
	ASYNC__FD_UNBLOCKED = 64, /* O_NONBLOCK set by us */
	/* It is worth a system call: not known to be exhausted. */
	ASYNC__FD_MAYBE_READ = 128,
	ASYNC__FD_MAYBE_WRITE = 256,
	ASYNC__FD_NONBLOCK = 512, /* with O_NONBLOCK for sure */
	ASYNC__FD_FAULTY = 1024,  /* the test kit has a say */
	ASYNC__FD_WRITTEN = 2048, /* a file that closing may still have to write */
	ASYNC__FD_CACHED = 4096,  /* a file that the page cache may answer for */
	ASYNC__FD_DIRECT = 8192,  /* not so */
	ASYNC__FD_NARROW = 16384, /* registered for what was waited for only */
	ASYNC__FD_SLOW = 32768,   /* a file that cannot be written to without waiting */
};

struct async__fd {
	struct async_task *waiter[2]; /* to read, to write */
	uint32_t flags;
	uint32_t generation; /* tells events of earlier descriptors with this number */
};

/* An operation on a descriptor, which waits in the directions task->u.io.events. */
struct async__fd_op {
	struct async__op op;
	bool wide;  /* the value is ssize_t, not int */
	int events; /* what async__fd_start sets there; 0: the op does not use it, and the
		     * descriptor may be another one at each wait */
	/* Tries the call that task->u.io describes; -EAGAIN: not now. */
	ssize_t (*attempt)(struct async_loop *loop, struct async_task *task);
	/* Does it with a regular file instead. */
	struct async_result_ssize (*of_file)(int fd, void *buf, size_t len);
};

int async__poll_open(struct async_loop *loop);
void async__poll_close(struct async_loop *loop);
/* Takes the place of what a forked process shares with its parent. */
void async__poll_renew(struct async_loop *loop);
/* Waits until deadline for events, and handles what there is. */
void async__poll(struct async_loop *loop, uint64_t deadline);
/* Sees to it that the loop knows an open descriptor. */
int async__fd_know(struct async_loop *loop, int fd);
/* The same for one that the kernel has just made; its flags are known. */
int async__fd_fresh(struct async_loop *loop, int fd, uint32_t flags);
/* Sees to it that there is a place for what is known of fd. */
int async__fd_place(struct async_loop *loop, int fd);
/* Makes a descriptor that the loop knows a non-blocking one. */
int async__fd_unblock(struct async_loop *loop, int fd);
/* The same for any descriptor: for calls without a flag like MSG_DONTWAIT. */
int async__fd_nonblock(struct async_loop *loop, int fd);
/* Ends the waits for fd and forgets what is known of it. */
void async__fd_forget(struct async_loop *loop, int fd);
/* Suspends the running task in op, whose task->u.io is set; on failure the negative errno. */
int async__fd_wait(struct async_loop *loop, const struct async__fd_op *op);
void async__fd_cancel(struct async_frame *op);
/* Takes a task out of the wait for its descriptor. */
void async__fd_leave(struct async_loop *loop, struct async_task *task);
/* Does op for the running task: at once, if it can be. */
struct async_result_ssize async__fd_start(const struct async__fd_op *op, int fd, void *buf,
					  size_t len);

static inline struct async_result_int async__narrow(struct async_result_ssize result)
{
	return (struct async_result_int){result.pending, (int)result.value};
}

/* select.c */

struct async__case_kind {
	/* Does it if it is possible now, and gives the result; else -EAGAIN. */
	int (*attempt)(struct async_case *self);
	/* Waits with the proxy, after an attempt gave -EAGAIN. NULL: the attempt has begun
	 * to wait already. */
	void (*wait)(struct async_case *self);
	void (*leave)(struct async_case *self);
	/* The wait has ended with value: gives the result, or -EAGAIN when the case waits
	 * again. NULL: value is the result. */
	int (*finish)(struct async_case *self, int value);
};

struct async_result_int async__select_start(int *result, struct async_case *cases, size_t count)
	ASYNC__NAME(async__select);
/* For cases that wait in a queue. */
void async__case_unqueue(struct async_case *self);
/* The task that waits with a case, of which this is the proxy. */
struct async_task *async__case_waiter(struct async_task *proxy);

/* The task that waits as task, or by way of it. */
static inline struct async_task *async__waiting_task(struct async_task *task)
{
	return unlikely(task->flags & ASYNC__CASE) ? async__case_waiter(task) : task;
}

/* fd.c */

struct async_result_ssize async__read(int fd, void *buf, size_t len) ASYNC__NAME(async_read);
struct async_result_ssize async__write(int fd, const void *buf, size_t len)
	ASYNC__NAME(async_write);
struct async_result_int async__close(int fd) ASYNC__NAME(async_close);

/* Calls that may raise SIGPIPE are made between these two: a signal that they raised is
 * taken back, unless one was pending before. */
struct async__quiet {
	sigset_t mask;
	bool pending;
};
void async__quiet_begin(struct async__quiet *quiet);
void async__quiet_end(struct async__quiet *quiet, bool raised);
/* writev(2) between them. */
ssize_t async__writev_quietly(int fd, const struct iovec *parts, int count);

/* sendfile(2), for what is in a frame that awaits it. */
struct async__sendfile {
	int in;
	off_t *offset;
	size_t len;
};
_Async ssize_t async__sendfile(int out, struct async__sendfile *what);

/* For functions written in async C. Each operation of theirs begins with
 *
 *     if (async__checkpoint_due() && (error = _Await async__checkpoint()))
 *
 * which is where a cancelled task learns of it and others get their turn, even when all
 * that the operation needs is in memory. */
_Async int async__checkpoint(void);

static inline bool async__checkpoint_due(void)
{
	return unlikely(!async__burn());
}

/* wake.c: posts from other threads */

/* Defined in programs built with ThreadSanitizer, which sees nothing of the order that is
 * made here unless it is told. */
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

static inline void async__tell_release(void *address)
{
	if (__tsan_release)
		__tsan_release(address);
}

static inline void async__tell_acquire(void *address)
{
	if (__tsan_acquire)
		__tsan_acquire(address);
}

struct async_result_int async__notify_wait(struct async_notify *notify)
	ASYNC__NAME(async_notify_wait);
/* Makes the loop ready for wake-ups. */
int async__wake_open(struct async_loop *loop);
void async__wake_renew(struct async_loop *loop);
/* Takes a post and gives 0, or suspends the running task in op and gives -EAGAIN, or gives
 * an error. */
int async__notify_start(struct async_loop *loop, struct async_notify *notify,
			const struct async__op *op);
/* The same with a case's proxy for the task. */
int async__notify_start_case(struct async_notify *notify, struct async_case *self);
/* Ends the wait of a task if no post is on its way. */
bool async__notify_leave(struct async_loop *loop, struct async_notify *notify);
/* Ends the wait at once; a post on its way is there for the next one. */
void async__notify_withdraw(struct async_loop *loop, struct async_notify *notify);

/* Something to be done on a loop's thread. Its sender keeps it until then. */
struct async__message {
	struct async__message *next;
	void (*run)(struct async_loop *loop, struct async__message *message);
	void (*drop)(struct async__message *message); /* the loop has gone before */
};

/* For a loop that is ready for wake-ups; on any thread. */
void async__message_send(struct async_loop *loop, struct async__message *message);
void async__messages_run(struct async_loop *loop);

/* Whether other threads have left something for async__wake_run. */
static inline bool async__woken(struct async_loop *loop)
{
	return atomic_load(&loop->posted) || atomic_load(&loop->messages) || loop->arrived;
}
/* Wakes the tasks whose flags were posted, and runs messages. */
void async__wake_run(struct async_loop *loop);
void async__wake_close(struct async_loop *loop);

/* pool.c: threads for calls that block */

struct async__job {
	void (*work)(struct async__job *job);
	void (*destroy)(struct async__job *job);
	struct async__job *next;
	struct async_notify *done; /* posted after work; part of the job */
	unsigned generation;       /* of the process in which it was submitted */
	atomic_uint owners;        /* the pool and the task that waits */
};

/* A call on another thread is often over before this one could sleep and wake. So both sides
 * look for each other for a moment, while what they waited for last came soon. Sleeping and
 * waking cost up to some 50 us on virtual machines. */
#define ASYNC__SPIN_NS 50000
#define ASYNC__BRIEF_NS 200000

/* Whether that makes sense: the other side can run at the same time. */
bool async__may_spin(void);

static inline void async__relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Whether a job would be begun soon: there is a thread for it, or the others do not take long. */
bool async__pool_flows(void);
/* Hands job to the pool; on failure the caller is its only owner. */
int async__job_submit(struct async__job *job);
/* The task no longer wants the job: it is not begun if that can still be avoided. */
void async__job_drop(struct async__job *job);

/* The frame of a function that waits for one call on a thread of the pool. The call ends
 * before the frame does, so it may use memory of the function's caller. */
struct async__blocking {
	struct async_frame frame;
	int notified;
	bool wide;            /* the value is ssize_t, not int */
	bool steady;          /* not cancelled, come what may */
	atomic_bool unwanted; /* the task is cancelled: a long call may end early */
	size_t size;          /* of all of the frame */
	ssize_t value;
	ssize_t (*call)(struct async__blocking *blocking);
	struct async__job job;
	struct async_notify done;
};
/* Descriptor of such a function. */
#define ASYNC__BLOCKING(self, text)                                                                \
	ASYNC__FUNCTION(self, text, struct async__blocking, notified, async__blocking_resume)

struct async_frame *async__blocking_resume(struct async_frame *frame);
/* A frame of size bytes that begins with a struct async__blocking; NULL without memory. */
struct async__blocking *async__blocking_new(const struct async__op *function, size_t size,
					    ssize_t (*call)(struct async__blocking *));
/* The same for the running task, or NULL with *error set: cancelled, out of memory, or a fault
 * to order. */
struct async__blocking *async__blocking_begin(const struct async__op *function, size_t size,
					      ssize_t (*call)(struct async__blocking *),
					      int *error);
/* Makes the call and waits for it; its value is the result. */
struct async_result_ssize async__blocking_start(struct async__blocking *blocking);

/* ring.c: io_uring, where the kernel has it and allows it */

/* A system call on files, with its arguments where an io_uring entry has them: pointers in
 * addr, a second one in off, a second descriptor in len. */
struct async__file_call {
	int fd;
	uint32_t flags, len;
	uint64_t off, addr;
};

/* The most bytes that are copied on the loop's own thread. */
#define ASYNC__FILE_PIECE ((size_t)1 << 20)

struct async__file_op {
	struct async__op op;       /* while the kernel is at it */
	struct async__op function; /* of the frame, while a thread of the pool is */
	bool wide;                 /* the value is ssize_t, not int */
	bool steady;               /* not cancelled, come what may */
	bool threaded;             /* io_uring too would have a thread make it */
	uint8_t opcode;
	ssize_t (*call)(const struct async__file_call *call);
};

/* The loop's ring if it is to make such a call, set up on first use; NULL: the pool is. When
 * neither may, *error is the negative errno. */
struct async__ring *async__ring_for(struct async_loop *loop, const struct async__file_op *op,
				    int *error);
/* Suspends the running task until the kernel has made the call; done bytes were transferred
 * before it, and are part of the value. */
struct async_result_ssize async__ring_start(struct async_loop *loop,
					    const struct async__file_op *op,
					    const struct async__file_call *call, size_t done);
void async__ring_cancel(struct async_frame *op);
/* Hands to the kernel what tasks have started, and wakes those whose calls have ended. */
void async__ring_run(struct async_loop *loop);
/* When that is due: by deadline, sooner if the kernel has refused something. */
uint64_t async__ring_deadline(const struct async__ring *ring, uint64_t deadline);
/* Wakes only. */
void async__ring_reap(struct async_loop *loop);
/* Whether there is something for that. */
bool async__ring_done(const struct async__ring *ring);
void async__ring_renew(struct async_loop *loop);
void async__ring_close(struct async_loop *loop);

/* file.c */

/* Reads or writes a regular file at its position, for the running task. */
struct async_result_ssize async__file_read(int fd, void *buf, size_t len);
struct async_result_ssize async__file_write(int fd, void *buf, size_t len);
/* The same with count buffers, an array of struct iovec. */
struct async_result_ssize async__file_readv(int fd, void *parts, size_t count);
struct async_result_ssize async__file_writev(int fd, void *parts, size_t count);
struct async_result_int async__file_close(int fd);

/* signal.c */

struct async_process;

/* Makes the loop see a signal until its run ends. */
int async__signal_hold(struct async_loop *loop, int number);
/* Lets task, or what stands for one, wait for SIGCHLD to tell of the end of process. */
void async__child_enqueue(struct async_loop *loop, struct async_task *task,
			  struct async_process *process);
void async__child_leave(struct async_task *task);
/* Ends such waits for process. */
void async__child_forget(struct async_loop *loop, struct async_process *process);
/* The run has ended: what tasks waited for, and the shutdown, are no longer caught. */
void async__signals_end(struct async_loop *loop);
void async__signals_close(struct async_loop *loop);
void async__signals_renew(struct async_loop *loop);

/* process.c */

/* Its status if it has ended, -EAGAIN if not, or why that cannot be known. */
int async__process_reap(struct async_process *process);
struct async_result_int async__process_wait(struct async_process *process)
	ASYNC__NAME(async_process_wait);

/* dns.c: on the thread pool; the operations look for numbers and the thread's resolver first */

struct addrinfo;
struct sockaddr;
_Async int async__getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
			      struct addrinfo **list);
_Async int async__getnameinfo(const struct async_name_query *query);
/* -ENOENT when host and service are no numbers. */
int async__numbers(const char *host, const char *service, const struct addrinfo *hints,
		   struct addrinfo **list);
/* The negative errno for a result of getaddrinfo(3) or getnameinfo(3). */
int async__lookup_error(int code);

/* tcp.c: what other sockets need, too */

extern const struct async_socket_options async__no_options;

/* A socket for an address, with its options set, known to the loop. */
int async__socket_open(const struct addrinfo *address, const struct async_socket_options *options);
/* The addresses to be bound to before connecting; NULL when any will do. */
_Async int async__local_addresses(const struct async_socket_options *options, int type,
				  struct addrinfo **list);
int async__socket_bind_local(int fd, int family, const struct addrinfo *local);
/* Closes a socket that nobody has got yet. */
void async__socket_discard(int fd);

/* trace.c */

void async__dump(struct async_loop *loop, FILE *out);
void async__dump_task(const struct async_loop *loop, const struct async_task *task, FILE *out);

/* debug.c */

struct async__step {
	const struct async_task *task;
	char name[64];
	const struct async_point *points[16];
	int depth;
};

void async__debug_open(struct async_loop *loop);
void async__debug_close(struct async_loop *loop);
void async__debug_check(const struct async_task *task, const char *function);
void async__debug_closed(int fd, const struct async_task *waiter);
void async__debug_lost(int fd);
void async__debug_left(struct async_loop *loop);
void async__debug_unjoined(struct async_loop *loop);
void async__debug_step_begin(const struct async_loop *loop, const struct async_task *task,
			     struct async__step *step);
void async__debug_step_end(const struct async__step *step, uint64_t ns);

#pragma GCC visibility pop

#endif
