/* Groups of tasks, and waiting for several tasks.
 *
 *     struct async_group group;
 *     int a, b;
 *
 *     async_group_open(&group);
 *     async_group_store(&group, &a, fetch("one.test"));
 *     async_group_store(&group, &b, fetch("two.test"));
 *     error = await async_group_close(&group);
 *
 * A group's tasks have ended when it has been closed, however that comes about: so they
 * may use variables of the function that opened it. A group is a scope (scope.h) of the
 * task that opens it, which must close it, innermost first.
 *
 * The first task whose result says that it failed, a negative signed integer other than
 * -ECANCELED, cancels the others and the scope: what the opener itself awaits in the group
 * gives -ECANCELED then, and closing gives that failure.
 */
#ifndef ASYNCC_GROUP_H
#define ASYNCC_GROUP_H

#include <asyncc.h>
#include <asyncc/scope.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Its members are private. */
struct async_group {
	struct async_scope scope;
	struct async__proxy proxy;
	struct async_task *first;
	size_t live;
	int failure;
	bool closing;
};

/* Opens a group. Gives 0, -ENOMEM, or -EINVAL outside a task; the group can be closed in
 * each case, but has no tasks unless it could be opened. */
int async_group_open(struct async_group *group);

/* Starts CALL, a call of an async function, as a task of the group; its result is dropped,
 * except that it may be a failure. Gives 0, -ENOMEM, -EINVAL for a group that is not open,
 * or -ECANCELED when the group has been cancelled: the call is not made then. Tasks of the
 * group and others of the thread may start more tasks until closing has ended. */
#define async_group_start(group, call)                                                             \
	async__group_add((group), (struct async_task *)(uintptr_t)async_spawn(call), (void *)0,    \
			 async__error_size((async_task(__typeof__(call)))0))

/* The same, and stores the result at to, a pointer to the type of the result, when the task
 * has ended. */
#define async_group_store(group, to, call)                                                         \
	async__group_add((group), (struct async_task *)(uintptr_t)async_spawn(call),               \
			 (__typeof__(call) *){(to)},                                               \
			 async__error_size((async_task(__typeof__(call)))0))

/* Cancels all tasks of the group, the ones to come, and its scope. Those started before but
 * not running yet start, and find themselves cancelled at their first operation. */
void async_group_cancel(struct async_group *group);

/* Waits until all tasks of the group have ended, and closes it. Gives the first failure, or
 * 0; or -ECANCELED when the group or the task that closes it was cancelled, the tasks of
 * the group then too, and still waited for. */
_Async int async_group_close(struct async_group *group);

/* Declares a group of this name and opens it. Wherever the block around is left, at its end
 * or by break, continue, goto or return, the group's tasks are awaited first; cancel them
 * before if they are not wanted. Closing it earlier is possible and gives the result, which
 * is lost otherwise. To be used in a block, in an async function. */
#define ASYNC_GROUP(group)                                                                         \
	__attribute__((cleanup(async_group_close))) struct async_group group;                      \
	async_group_open(&group)

/* Joins count tasks, handles of one type in an array, and stores their results in order in
 * the array values. Waits for all of them. NULL among the tasks has a result as for
 * async_join. All handles are spent when it gives 0 or -ECANCELED: the calling task was
 * cancelled, and the tasks too, but have ended; none are with -ENOMEM. */
#define async_gather(values, tasks, count)                                                         \
	async__gather((1 ? (values) : (__typeof__((*(tasks))((struct async_task_tag *)0)) *)0),    \
		      sizeof *(values), (void *)(tasks), (count), async__error_size(*(tasks)))

/* Waits until one of count tasks has ended, an array of handles of one type, and gives its
 * index, the lowest if there are several; it is still to be joined. NULL among the tasks is
 * passed over. Gives -ENOENT without any task, -ENOMEM, or -ECANCELED; the tasks run on. To
 * take all as they end, join each and put NULL in its place.
 *
 *     while ((i = await async_wait_any(tasks, n)) >= 0) {
 *             use(await async_join(tasks[i]));
 *             tasks[i] = NULL;
 *     }
 */
#define async_wait_any(tasks, count) async__wait_any((void *)(tasks), (count))

/* The size of a signed integer result, 0 for other types. */
#define async__error_size(task)                                                                    \
	_Generic((task),                                                                           \
		signed char (*)(struct async_task_tag *): (int)sizeof(signed char),                \
		short (*)(struct async_task_tag *): (int)sizeof(short),                            \
		int (*)(struct async_task_tag *): (int)sizeof(int),                                \
		long (*)(struct async_task_tag *): (int)sizeof(long),                              \
		long long (*)(struct async_task_tag *): (int)sizeof(long long),                    \
		default: 0)

int async__group_add(struct async_group *group, struct async_task *task, void *to, int error_size);
_Async int async__gather(void *values, size_t size, void *tasks, size_t count, int error_size);
_Async int async__wait_any(void *tasks, size_t count);

#ifdef __cplusplus
}
#endif

#endif
