/* The binary interface between transformed code and the runtime.
 *
 * Programs do not use what is declared here by hand; transformed code does. An
 * async function `async T f(args)` becomes
 *
 *     struct { struct async_frame *pending; T value; } f(args);
 *
 * pending == NULL: done, value is the result. Otherwise the call has suspended and
 * pending is its frame; the caller saves its own state in a frame of its own and
 * links it as pending->caller. When the suspended call ends at last, it stores its
 * value in the caller's frame, at the offset that the caller's suspension point
 * names, and the caller is resumed. An operation that gives an int may have told its
 * value beforehand, in the pair, and not store it: whoever suspends stores that.
 */
#ifndef ASYNCC_ABI_H
#define ASYNCC_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_fn;
struct async_point;

/* Header of every suspended call. */
struct async_frame {
	const struct async_point *point; /* where it is suspended */
	struct async_frame *caller;      /* the frame that awaits this call */
};

/* A suspension point: one await of one async function. Read-only. */
struct async_point {
	/* Resumes a frame suspended here; the awaited value is in its slot already.
	 * Returns the next frame to resume: the caller, when the function has ended
	 * (value stored in the caller's slot, frame freed), or NULL when it has
	 * suspended again. */
	struct async_frame *(*resume)(struct async_frame *frame);
	const struct async_fn *fn;
	uint32_t line;    /* of the await, in fn->file */
	uint32_t result;  /* offset in the frame of the slot for the awaited value */
	const char *live; /* names of the variables kept here, comma separated */
};

/* An async function. Read-only. */
struct async_fn {
	const char *name;
	const char *file;
	const struct async_point *points;
	uint32_t point_count;
	uint32_t frame_size;
	/* For operations of the runtime: ends the pending operation early, with
	 * -ECANCELED; NULL for functions. */
	void (*cancel)(struct async_frame *frame);
};

/* Descriptor of an operation or function of the runtime, with its single point. */
struct async__op {
	struct async_point point;
	struct async_fn fn;
};

/* Where the call awaited by frame stores its value. */
static inline void *async__slot(struct async_frame *frame)
{
	return (char *)frame + frame->point->result;
}

/* Frames come from per-thread free lists, one for each multiple of 8 bytes; larger
 * frames take the slow path. Where a memory checker is to see their lifetimes, every
 * frame is a heap block of its own instead. Frames are aligned to 16 bytes when their
 * size is a multiple of 16, else to 8; size is the same for both calls. Never NULL:
 * without memory, the out-of-memory handler is called, which must not return.
 *
 * A free frame has the next one in the place of its point. The list is a struct for the
 * compiler to know that this is not where it begins, so that several frames are freed
 * without reading it again. */
#define ASYNC__FRAME_UNIT 8
#define ASYNC__FRAME_CLASSES 129

struct async__free_frames {
	struct async_frame *first;
};
extern __thread struct async__free_frames async__free_frames[ASYNC__FRAME_CLASSES];

struct async_frame *async__frame_new_slow(size_t size);
void async__frame_free_slow(struct async_frame *frame, size_t size);
struct async_frame *async__frame_new_checked(size_t size);
void async__frame_free_checked(struct async_frame *frame);

#if defined(__SANITIZE_ADDRESS__) || defined(ASYNC_DEBUG)
#define ASYNC__CHECKED_FRAMES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define ASYNC__CHECKED_FRAMES 1
#endif
#endif

static inline struct async_frame *async__frame_new(size_t size)
{
#ifdef ASYNC__CHECKED_FRAMES
	return async__frame_new_checked(size);
#else
	size_t unit = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;
	if (__builtin_expect(unit < ASYNC__FRAME_CLASSES, 1)) {
		struct async_frame *first = async__free_frames[unit].first;
		if (__builtin_expect(first != NULL, 1)) {
			async__free_frames[unit].first = (struct async_frame *)(void *)first->point;
			return first;
		}
	}
	return async__frame_new_slow(size);
#endif
}

static inline void async__frame_free(struct async_frame *frame, size_t size)
{
#ifdef ASYNC__CHECKED_FRAMES
	(void)size;
	async__frame_free_checked(frame);
#else
	size_t unit = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;
	if (__builtin_expect(unit < ASYNC__FRAME_CLASSES, 1)) {
		/* In this order, as compilers would share the last store with that of the
		 * caller in a call that suspends, and with it what the call sets up. */
		struct async_frame *rest = async__free_frames[unit].first;
		async__free_frames[unit].first = frame;
		frame->point = (const struct async_point *)(void *)rest;
		return;
	}
	async__frame_free_slow(frame, size);
#endif
}

/* Frames with objects aligned to more than 16 bytes: the address of the block that
 * holds one stands before it. */
static inline struct async_frame *async__frame_new_aligned(size_t size, size_t align)
{
	void *block = async__frame_new(size + align + sizeof(void *));
	__UINTPTR_TYPE__ past = (__UINTPTR_TYPE__)block + sizeof(void *) + align - 1;
	void **frame = (void **)(past & ~(__UINTPTR_TYPE__)(align - 1));
	frame[-1] = block;
	return (struct async_frame *)(void *)frame;
}

static inline void async__frame_free_aligned(struct async_frame *frame, size_t size, size_t align)
{
	void *block = ((void **)(void *)frame)[-1];
	async__frame_free((struct async_frame *)block, size + align + sizeof(void *));
}

/* Memory of a size that is known at run time only: arrays of variable length. */
struct async__sized {
	size_t size;
	void *next; /* of a list of blocks that alloca made */
};

static inline void *async__sized_new(size_t size)
{
	size_t all = size + sizeof(struct async__sized);
	struct async__sized *block = (struct async__sized *)(void *)async__frame_new(all);
	block->size = all;
	return block + 1;
}

static inline void async__sized_free(void *memory)
{
	struct async__sized *block = (struct async__sized *)memory - 1;
	async__frame_free((struct async_frame *)(void *)block, block->size);
}

/* alloca in an async function: the memory is freed when the function has ended. */
static inline void *async__stack_new(void **list, size_t size)
{
	void *memory = async__sized_new(size);
	((struct async__sized *)memory - 1)->next = *list;
	*list = memory;
	return memory;
}

static inline void async__stack_free(void *list)
{
	while (list) {
		void *next = ((struct async__sized *)list - 1)->next;
		async__sized_free(list);
		list = next;
	}
}

/* A timer in its loop's wheel. */
struct async__timer {
	uint64_t deadline;
	struct async__timer *next, *prev;
};

/* What transformed code uses of its thread's loop. */
#define ASYNC__TASK_CLASSES 65
#define ASYNC__HERE_MEMBERS                                                                        \
	struct async_task *current;                                                                \
	struct async_task **ready_last, *ready_first;                                              \
	uint64_t spawned, ended, freed; /* tasks; freed after their ends */                        \
	uint32_t careful;               /* reasons to spawn by function call */                    \
	struct async_task *free_tasks[ASYNC__TASK_CLASSES]; /* by size in ASYNC__FRAME_UNIT */
struct async__here {
	ASYNC__HERE_MEMBERS
};

/* Never NULL: a thread without a loop has reason to be careful. */
extern __thread struct async__here *async__here __attribute__((tls_model("initial-exec")));

/* How many operations tasks may still do at once before one has to look whether it is
 * cancelled or others are to run; 0: it must look now. */
extern __thread int async__fuel __attribute__((tls_model("initial-exec")));

/* Whether there was fuel for one more operation. The difference may not be taken for one
 * that cannot overflow, as compilers would compare the old value then. */
static inline int async__burn(void)
{
	async__fuel = (int)((unsigned)async__fuel - 1);
	return async__fuel >= 0;
}

/* The timer of something else than a sleeping task. */
struct async__alarm {
	struct async__timer timer;
	void (*ring)(struct async__alarm *alarm);
};

/* A place in a queue of those who wait for something, or the queue itself: a ring, whose
 * own what is NULL. Zeroes are an empty queue. */
struct async__wait {
	struct async__wait *next, *prev;
	void *what; /* the waiter's business; not NULL */
};

/* A task. Transformed code appends to it the arguments of the spawned call, and in
 * their place later its value. The task is the outermost frame of its own call
 * chain: frame.point is its first suspension point until it has started (resume
 * makes the call) and the second one from then on (resume is async__task_end).
 * A suspended chain begins at op, the one operation that a task can have pending. */
struct async_task {
	struct async_frame frame; /* caller: op of the task that joins this one */
	struct async_frame op;    /* caller: the frame to resume when it completes */
	uint32_t extra;      /* number of what few tasks have: scopes, a name, a group; 0: none */
	uint16_t value_size; /* UINT16_MAX: see extra */
	uint8_t units;       /* size in ASYNC__FRAME_UNIT; 0: a heap block of its own */
	uint8_t flags;
	union {                          /* state of the operation, by op.point */
		struct async_task *next; /* in the ready queue */
		struct {
			void *buf;
			size_t len;
			int fd;
			int events;
		} io;
		struct async__timer timer;
		struct async__wait wait;
		struct async_task *joined;
		void *object;
	} u;
};

/* Flags of a task; 0 is free storage. */
enum {
	ASYNC__LIVE = 1, /* a task, not ended */
	ASYNC__ENDED = 2,
	ASYNC__CANCELLED = 4, /* as it is now, scopes considered */
	ASYNC__DETACHED = 8,
	ASYNC__ASKED = 16, /* cancelled as a whole */
	ASYNC__CASE = 32,  /* no task, but something that waits for one: struct async__proxy */
	/* A task without anything special about it: no extra, its storage goes to the list of
	 * its size, and nobody wants to know of its end but those who join it. */
	ASYNC__PLAIN = 64,
};

/* The operation of a task that is ready, or running if it was not the next one. */
extern const struct async__op async__ready_op;
/* The operation of a task that lets others run. */
extern const struct async__op async__yield_op;

struct async_loop;

/* Stands for a task as the waiter in one operation; end is called with its result. For
 * the end of a task, task.u.joined is that task. */
struct async__proxy {
	struct async_task task;
	void (*end)(struct async_loop *loop, struct async__proxy *proxy, int value);
};

/* A task of size bytes in all, not started, or NULL without memory. start points
 * at its two suspension points; start[1].result is the offset of its value. */
struct async_task *async__task_new(size_t size, size_t value_size, const struct async_point *start);
struct async_task *async__task_new_slow(size_t size, size_t value_size,
					const struct async_point *start);
/* Puts a new task in this thread's ready queue. */
void async__task_start(struct async_task *task);
/* The call of the task has ended and its value is stored: wakes the joiner. Gives
 * NULL, as a resume function that has nothing more to resume. */
struct async_frame *async__task_end(struct async_frame *task);
struct async_frame *async__task_end_slow(struct async_frame *task);
/* What joining NULL gives as a signed integer: -ENOMEM, as spawn found no memory. */
enum { async__no_task = -12 };
/* Copies the value of an ended task to value, frees the task and gives NULL; or gives
 * the frame to be awaited. A NULL task has ended and leaves value alone. */
struct async_frame *async__join(struct async_task *task, void *value);
struct async_frame *async__join_slow(struct async_task *task, void *value);
/* Suspends the running task only to let others run. */
struct async_frame *async__yield_start(void);
/* Runs task, not started yet, and the loop of this thread until it has ended; copies
 * its value. On failure the negative errno: also stored in value when error_size,
 * the size of a signed integer value, is not 0; otherwise the program stops. A NULL
 * task fails with -ENOMEM. */
int async__run(struct async_task *task, void *value, size_t error_size);

/* The pair that an async function is about to give, under the name that the transform gives
 * it. An async function of these headers that starts an operation by a function call stores
 * what it waits for there, and returns. */
extern struct async__pair {
	struct async_frame *pending;
} __asyncc_r;

/* What the macros of asyncc.h expand to for the transform to find. They have no
 * definition: a file compiled without asyncc does not link. */
struct async_task_tag;
void *async__spawn(int call);
void async__run_here(void);

#ifdef __cplusplus
}
#endif

#endif
