/* Storage of frames and tasks, per thread.
 *
 * Frames are carved from larger blocks, a few of one size at a time, and then live on
 * the free list of their size, which transformed code pushes and pops by itself; they are
 * never given back before the thread ends. What is left of a block when it is too short
 * for the next frame is a frame of a smaller size.
 *
 * Tasks of one size share blocks of their own, so that all tasks can be found by walking
 * the blocks: a task costs no list links. Flags tell free storage from tasks. Tasks too
 * large for that, and all tasks where a memory checker is watching, are heap blocks of
 * their own in a list.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef VALGRIND_MAKE_MEM_UNDEFINED
#define VALGRIND_MAKE_MEM_UNDEFINED(start, size) 0
#endif

#define ALIGN 16
#define FIRST_BLOCK ((size_t)4096 - 2 * ALIGN)
#define LAST_BLOCK ((size_t)65536 - 2 * ALIGN)
#define BATCH_BYTES 1024

struct async__block {
	_Alignas(ALIGN) struct async__block *next;
	char *end;
	struct async__task_pool *pool; /* of task blocks */
};

struct async__big_task {
	_Alignas(ALIGN) struct async__big_task *next, **link;
	size_t size; /* of the task */
	_Alignas(16) struct async_task task;
};

__thread struct async__free_frames async__free_frames[ASYNC__FRAME_CLASSES] ASYNC__EXPORT;

static _Atomic(async_no_memory_handler *) no_memory_handler;

/* Defined in programs built with AddressSanitizer. */
extern void __asan_poison_memory_region(void const volatile *start, size_t size)
	__attribute__((weak));

ASYNC__EXPORT async_no_memory_handler *async_set_no_memory_handler(async_no_memory_handler *handler)
{
	return atomic_exchange(&no_memory_handler, handler);
}

_Noreturn static void no_memory(size_t size)
{
	async_no_memory_handler *handler = atomic_load(&no_memory_handler);

	if (handler)
		handler(size);
	fprintf(stderr, "asyncc: no memory for a frame of %zu bytes\n", size);
	abort();
}

/* Doubles with use, so that few small threads and many tasks are both cheap. */
static struct async__block *block_new(struct async__block **list, size_t *grow)
{
	size_t size = *grow ? *grow : FIRST_BLOCK;
	struct async__block *block = malloc(size);

	if (!block)
		return NULL;
	*grow = size * 2 < LAST_BLOCK ? size * 2 : LAST_BLOCK;
	block->next = *list;
	block->end = (char *)block + size / ALIGN * ALIGN;
	block->pool = NULL;
	*list = block;
	return block;
}

static void blocks_free(struct async__block *block)
{
	while (block) {
		struct async__block *next = block->next;
		free(block);
		block = next;
	}
}

static void frame_push(struct async_frame *frame, size_t unit)
{
	frame->point = (const struct async_point *)(void *)async__free_frames[unit].first;
	async__free_frames[unit].first = frame;
}

/* The end of a block is a multiple of 16, so the rest of it has the alignment that its
 * size calls for; it is smaller than the frame that did not fit. */
static void frame_block_leave(struct async__storage *storage)
{
	size_t rest = (size_t)(storage->frame_end - storage->frame_next);

	if (rest >= sizeof(struct async_frame))
		frame_push((struct async_frame *)(void *)storage->frame_next,
			   rest / ASYNC__FRAME_UNIT);
	storage->frame_next = storage->frame_end = NULL;
}

static void *frame_carve(struct async__storage *storage, size_t bytes)
{
	size_t pad = bytes % ALIGN ? 0 : -(uintptr_t)storage->frame_next % ALIGN;
	struct async__block *block;
	void *frame;

	if ((size_t)(storage->frame_end - storage->frame_next) < pad + bytes) {
		frame_block_leave(storage);
		block = block_new(&storage->frame_blocks, &storage->frame_grow);
		if (!block)
			return NULL;
		storage->frame_next = (char *)(block + 1);
		storage->frame_end = block->end;
		pad = 0;
	}
	frame = storage->frame_next + pad;
	storage->frame_next += pad + bytes;
	return frame;
}

static struct async_frame *frame_new(size_t size)
{
	size_t unit = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;
	size_t bytes = unit * ASYNC__FRAME_UNIT;
	struct async_loop *loop = async__loop_get();
	void *first, *more;

	if (unit >= ASYNC__FRAME_CLASSES)
		return malloc(size);
	if (!loop)
		return NULL;
	first = frame_carve(&loop->storage, bytes);
	if (!first)
		return NULL;
	for (size_t n = bytes; n + bytes <= BATCH_BYTES; n += bytes) {
		more = frame_carve(&loop->storage, bytes);
		if (!more)
			break;
		frame_push(more, unit);
	}
	return first;
}

ASYNC__EXPORT struct async_frame *async__frame_new_slow(size_t size)
{
	struct async_frame *frame = frame_new(size);

	if (!frame)
		no_memory(size);
	return frame;
}

ASYNC__EXPORT void async__frame_free_slow(struct async_frame *frame, size_t size)
{
	(void)size;
	free(frame);
}

ASYNC__EXPORT struct async_frame *async__frame_new_checked(size_t size)
{
	struct async_frame *frame = malloc(size);

	if (!frame)
		no_memory(size);
	return frame;
}

ASYNC__EXPORT void async__frame_free_checked(struct async_frame *frame)
{
	free(frame);
}

struct async_frame *async__frame_try(size_t size)
{
	if (async__allocation_fails())
		return NULL;
#ifdef ASYNC__CHECKED_FRAMES
	return malloc(size);
#else
	size_t unit = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;

	if (unit < ASYNC__FRAME_CLASSES && async__free_frames[unit].first)
		return async__frame_new(size);
	return frame_new(size);
#endif
}

/* Valgrind's other tools answer the request as if they were not there. */
static bool under_memcheck(void)
{
	char probe;

	(void)&probe;
	return VALGRIND_MAKE_MEM_UNDEFINED(&probe, 1) != 0;
}

void async__storage_init(struct async__storage *storage)
{
	storage->separate = &__asan_poison_memory_region != NULL || under_memcheck();
}

void async__storage_free(struct async__storage *storage)
{
	struct async__big_task *big;

	blocks_free(storage->frame_blocks);
	blocks_free(storage->task_blocks);
	while ((big = storage->big_tasks)) {
		storage->big_tasks = big->next;
		free(big);
	}
	memset(async__free_frames, 0, sizeof async__free_frames);
}

void async__big_task_link(struct async__storage *storage, struct async_task *task)
{
	struct async__big_task *big = async__container(task, struct async__big_task, task);

	big->next = storage->big_tasks;
	if (big->next)
		big->next->link = &big->next;
	big->link = &storage->big_tasks;
	storage->big_tasks = big;
}

static struct async_task *big_task_alloc(struct async__storage *storage, size_t size)
{
	struct async__big_task *big;

	if (size > SIZE_MAX - sizeof *big)
		return NULL;
	big = malloc(offsetof(struct async__big_task, task) + size);
	if (!big)
		return NULL;
	big->size = size;
	big->task.units = 0;
	async__big_task_link(storage, &big->task);
	return &big->task;
}

/* A copy that no storage knows of yet. */
struct async_task *async__task_copy(const struct async_task *task)
{
	size_t size = task->units * ASYNC__FRAME_UNIT;
	struct async__big_task *big;

	if (!size)
		size = async__container(task, const struct async__big_task, task)->size;
	big = async__alloc(offsetof(struct async__big_task, task) + size);
	if (!big)
		return NULL;
	memcpy(&big->task, task, size);
	big->size = size;
	big->task.units = 0;
	big->task.extra = 0;
	big->task.flags &= (uint8_t)~ASYNC__PLAIN;
	big->task.op.caller = &big->task.frame;
	return &big->task;
}

void async__task_discard(struct async_task *task)
{
	free(async__container(task, struct async__big_task, task));
}

static bool task_block(struct async__storage *storage, struct async__task_pool *pool)
{
	struct async__block *block = block_new(&storage->task_blocks, &pool->grow);

	if (!block)
		return false;
	block->pool = pool;
	pool->next = (char *)(block + 1);
	pool->end = block->end;
	return true;
}

/* Never used before. */
static struct async_task *pool_task_alloc(struct async__storage *storage, size_t units)
{
	struct async__task_pool *pool = &storage->pools[units - ASYNC__TASK_MIN_UNITS];
	size_t bytes = units * ASYNC__FRAME_UNIT;
	struct async_task *task;

	if ((size_t)(pool->end - pool->next) < bytes && !task_block(storage, pool))
		return NULL;
	task = (struct async_task *)(void *)pool->next;
	pool->next += bytes;
	task->units = (uint8_t)units;
	return task;
}

static void task_clean(struct async_task *task)
{
	task->frame.caller = NULL;
	task->op.caller = &task->frame;
}

struct async_task *async__task_alloc(struct async_loop *loop, size_t size)
{
	size_t units = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;
	struct async_task *task;

	if (units > ASYNC__TASK_MAX_UNITS || loop->storage.separate) {
		task = big_task_alloc(&loop->storage, size);
	} else if ((task = loop->free_tasks[units])) {
		loop->free_tasks[units] = task->u.next;
		return task;
	} else {
		task = pool_task_alloc(&loop->storage, units);
	}
	if (task)
		task_clean(task);
	return task;
}

static void big_task_free(struct async_task *task)
{
	struct async__big_task *big = async__container(task, struct async__big_task, task);

	*big->link = big->next;
	if (big->next)
		big->next->link = big->link;
	free(big);
}

static void each_in_block(struct async__storage *storage, struct async__block *block,
			  void (*visit)(struct async_task *, void *), void *arg)
{
	struct async__task_pool *pool = block->pool;
	size_t units = (size_t)(pool - storage->pools) + ASYNC__TASK_MIN_UNITS;
	size_t bytes = units * ASYNC__FRAME_UNIT;
	char *start = (char *)(block + 1);
	char *end = pool->end == block->end ? pool->next : block->end;
	struct async_task *task;

	for (; (size_t)(end - start) >= bytes; start += bytes) {
		task = (struct async_task *)(void *)start;
		if (task->flags)
			visit(task, arg);
	}
}

void async__each_task(struct async__storage *storage, void (*visit)(struct async_task *, void *),
		      void *arg)
{
	struct async__block *block;
	struct async__big_task *big, *next;

	for (block = storage->task_blocks; block; block = block->next)
		each_in_block(storage, block, visit, arg);
	for (big = storage->big_tasks; big; big = next) {
		next = big->next;
		if (big->task.flags)
			visit(&big->task, arg);
	}
}

static bool block_has(const struct async__block *block, const struct async_task *task)
{
	return (const char *)task > (const char *)block && (const char *)task < block->end;
}

bool async__storage_has(const struct async__storage *storage, const struct async_task *task)
{
	const struct async__block *block;
	const struct async__big_task *big;

	for (block = storage->task_blocks; block; block = block->next)
		if (block_has(block, task))
			return true;
	for (big = storage->big_tasks; big; big = big->next)
		if (&big->task == task)
			return true;
	return false;
}

void async__task_free(struct async_loop *loop, struct async_task *task)
{
	if (unlikely(task->extra))
		async__extra_free(task);
	task->flags = 0;
	if (unlikely(loop->debugger != NULL)) {
		task = async__debug_keep(loop, task);
		if (!task)
			return;
	}
	if (unlikely(!task->units)) {
		big_task_free(task);
		return;
	}
	task_clean(task);
	task->u.next = loop->free_tasks[task->units];
	loop->free_tasks[task->units] = task;
}
