/* Locks on files. No call of the kernel waits for one without holding up a thread that
 * nothing could call back, so a task that has to wait tries again, at growing intervals.
 */
#include "internal.h"

#include <asyncc/file.h>

#include <fcntl.h>
#include <sys/file.h>

#define FIRST_MS 1
#define LAST_MS 20

/* The frame of the operation, and what it waits in. */
struct lock {
	struct async_frame frame;
	int value;
	int fd;
	int operation; /* of flock; or -1, and range */
	struct flock range;
	struct async_task *task;
	int64_t ms;
	struct async__alarm alarm;
};

static int try_lock(const struct lock *lock)
{
	int r;

	/* A file system of the network can be interrupted even so. */
	do {
		if (lock->operation >= 0)
			r = ASYNC__CALL(flock(lock->fd, lock->operation | LOCK_NB));
		else
			r = ASYNC__CALL(fcntl(lock->fd, F_OFD_SETLK, &lock->range));
	} while (r && errno == EINTR);
	if (!r)
		return 0;
	return errno == EACCES || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static struct async_frame *lock_resume(struct async_frame *frame)
{
	struct async_frame *caller = frame->caller;

	*(int *)async__slot(caller) = ((struct lock *)(void *)frame)->value;
	async__frame_free(frame, sizeof(struct lock));
	return caller;
}

static void lock_cancel(struct async_frame *op)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = async__op_task(op);

	async__timer_remove(&loop->wheel, &((struct lock *)task->u.object)->alarm.timer);
	async__complete_int(loop, task, -ECANCELED);
}

static const struct async__op lock_op = ASYNC__OP(lock_op, "(until it is free)", NULL, lock_cancel);
static const struct async__op lock_function =
	ASYNC__FUNCTION(lock_function, "async_flock", struct lock, value, lock_resume);
static const struct async__op range_function =
	ASYNC__FUNCTION(range_function, "async_lock_range", struct lock, value, lock_resume);

static void lock_again(struct async__alarm *alarm)
{
	struct lock *lock = async__container(alarm, struct lock, alarm);
	struct async_loop *loop = async__loop;
	int value = try_lock(lock);

	if (value != -EAGAIN) {
		async__complete_int(loop, lock->task, value);
		return;
	}
	lock->ms = lock->ms * 2 < LAST_MS ? lock->ms * 2 : LAST_MS;
	async__alarm_set(loop, alarm, lock->ms);
}

static struct async_result_int lock_wait(struct async_loop *loop, const struct lock *from,
					 const struct async__op *function)
{
	struct lock *lock = (struct lock *)(void *)async__frame_try(sizeof *lock);
	struct async_task *task = loop->current;

	if (!lock)
		return async__done_int(loop, -ENOMEM);
	*lock = *from;
	lock->frame.point = &function->point;
	lock->task = task;
	lock->ms = FIRST_MS;
	lock->alarm.ring = lock_again;
	async__alarm_set(loop, &lock->alarm, FIRST_MS);
	task->u.object = lock;
	async__suspend(task, &lock_op)->caller = &lock->frame;
	return (struct async_result_int){&lock->frame, 0};
}

/* Unlocking works in a cancelled task too. */
static struct async_result_int lock_start(const struct lock *lock, bool takes, bool waits,
					  const struct async__op *function)
{
	struct async_loop *loop = async__loop;
	int value = takes && async__is_cancelled(loop->current) ? -ECANCELED : try_lock(lock);

	if (value == -EAGAIN && waits)
		return lock_wait(loop, lock, function);
	return async__done_int(loop, value);
}

#define RESULT(name, ...)                                                                          \
	struct async_result_int async__##name(__VA_ARGS__) ASYNC__NAME(async_##name);              \
	ASYNC__EXPORT struct async_result_int async__##name(__VA_ARGS__)

RESULT(flock, int fd, int operation)
{
	struct lock lock = {.fd = fd, .operation = operation & ~LOCK_NB};

	if (operation < 0)
		return async__done_int(async__loop, -EINVAL);
	return lock_start(&lock, lock.operation != LOCK_UN, !(operation & LOCK_NB), &lock_function);
}

static struct async_result_int range_start(int fd, int type, int64_t start, int64_t len, bool waits)
{
	struct lock lock = {
		.fd = fd,
		.operation = -1,
		.range = {.l_type = (short)type, .l_start = start, .l_len = len},
	};

	return lock_start(&lock, type != F_UNLCK, waits, &range_function);
}

RESULT(lock_range, int fd, int type, int64_t start, int64_t len)
{
	return range_start(fd, type, start, len, true);
}

RESULT(try_lock_range, int fd, int type, int64_t start, int64_t len)
{
	return range_start(fd, type, start, len, false);
}
