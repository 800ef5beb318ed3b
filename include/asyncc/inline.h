/* Short ways through the binary interface, which the C compiler may build into transformed
 * code. Each is a function of the library too, under the same name, for objects in which it
 * is not: when compiled without optimisation, or where its address is taken.
 *
 * Storage on a free list of tasks has frame.caller NULL, and op.caller as it is in a task that
 * has not started; so has a task when it ends.
 *
 * For transformed code, and for the file of the library that defines ASYNC__INLINE.
 */
#ifndef ASYNCC_INLINE_H
#define ASYNCC_INLINE_H
#if defined(__ASYNCC__) || defined(ASYNC__INLINE)

#include <asyncc/abi.h>

#ifndef ASYNC__INLINE
#define ASYNC__INLINE extern inline __attribute__((gnu_inline))
#endif

ASYNC__INLINE struct async_task *async__task_new(size_t size, size_t value_size,
						 const struct async_point *start)
{
	struct async__here *here = async__here;
	size_t units = (size + ASYNC__FRAME_UNIT - 1) / ASYNC__FRAME_UNIT;
	struct async_task *task;

	if (units >= ASYNC__TASK_CLASSES || value_size >= UINT16_MAX)
		return async__task_new_slow(size, value_size, start);
	task = here->free_tasks[units];
	if (__builtin_expect(!task || here->careful, 0))
		return async__task_new_slow(size, value_size, start);
	here->free_tasks[units] = task->u.next;
	here->spawned++;
	task->frame.point = start;
	task->op.point = &async__ready_op.point;
	task->extra = 0;
	task->value_size = (uint16_t)value_size;
	task->units = (uint8_t)units;
	task->flags = ASYNC__LIVE | ASYNC__PLAIN;
	return task;
}

ASYNC__INLINE void async__task_start(struct async_task *task)
{
	struct async__here *here = async__here;

	task->u.next = NULL;
	*here->ready_last = task;
	here->ready_last = &task->u.next;
}

ASYNC__INLINE struct async_frame *async__task_end(struct async_frame *frame)
{
	struct async_task *task = (struct async_task *)(void *)frame;

	if (__builtin_expect(frame->caller || task->flags != (ASYNC__LIVE | ASYNC__PLAIN), 0))
		return async__task_end_slow(frame);
	task->flags = ASYNC__ENDED | ASYNC__PLAIN;
	async__here->ended++;
	return NULL;
}

ASYNC__INLINE struct async_frame *async__join(struct async_task *task, void *value)
{
	struct async__here *here;
	const char *from;

	if (__builtin_expect(
		    !task || task->flags != (ASYNC__ENDED | ASYNC__PLAIN) || !async__burn(), 0))
		return async__join_slow(task, value);
	here = async__here;
	from = (const char *)task + task->frame.point->result;
	if (__builtin_expect(task->value_size == 8, 1))
		__builtin_memcpy(value, from, 8);
	else if (task->value_size == 4)
		__builtin_memcpy(value, from, 4);
	else if (task->value_size)
		__builtin_memcpy(value, from, task->value_size);
	task->flags = 0;
	task->u.next = here->free_tasks[task->units];
	here->free_tasks[task->units] = task;
	here->freed++;
	return NULL;
}

ASYNC__INLINE struct async_frame *async__yield_start(void)
{
	struct async__here *here = async__here;
	struct async_task *task = here->current;

	task->op.point = &async__yield_op.point;
	task->u.next = NULL;
	*here->ready_last = task;
	here->ready_last = &task->u.next;
	return &task->op;
}

#endif
#endif
