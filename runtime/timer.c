/* Time and timers.
 *
 * The wheel has a level for each 6 bits of a deadline, in nanoseconds, and a level has a
 * slot for each value of these bits. A timer is at the level of the highest bits in which
 * its deadline differs from the wheel's base, a time that no timer precedes; so the first
 * slot of the lowest level in use holds the earliest timers. When that slot is due, the
 * base advances to it and its timers move to lower levels, at most ten times in a timer's
 * life; at level 0 all timers of a slot have one deadline and go off in order. Timers
 * with equal deadlines are always in the same slot, so they stay in the order in which
 * they were set. Adding and removing takes constant time, and nothing is allocated.
 */
#include "internal.h"

#include <time.h>

#define MS UINT64_C(1000000)
#define LATEST (ASYNC__NEVER - 3)
#define ALARM UINT64_C(1)

ASYNC__EXPORT uint64_t async_now_ns(void)
{
	const struct async_loop *loop = async__loop;
	struct timespec now;

	if (loop && unlikely(loop->virtual_now))
		return loop->virtual_now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static struct async__slot *slot_of(struct async__wheel *wheel, uint64_t deadline, unsigned *level,
				   unsigned *index)
{
	uint64_t differ = (deadline ^ wheel->base) | 1;

	*level = (63 - (unsigned)__builtin_clzll(differ)) / ASYNC__WHEEL_BITS;
	*index = (deadline >> (*level * ASYNC__WHEEL_BITS)) % ASYNC__WHEEL_SLOTS;
	return &wheel->slots[*level][*index];
}

static void insert(struct async__wheel *wheel, struct async__timer *timer)
{
	unsigned level, index;
	struct async__slot *slot = slot_of(wheel, timer->deadline, &level, &index);

	timer->next = NULL;
	timer->prev = slot->last;
	if (slot->last) {
		slot->last->next = timer;
		if (timer->deadline < slot->earliest)
			slot->earliest = timer->deadline;
	} else {
		slot->first = timer;
		slot->earliest = timer->deadline;
		wheel->used[level] |= UINT64_C(1) << index;
		wheel->levels |= UINT32_C(1) << level;
	}
	slot->last = timer;
}

static void mark_empty(struct async__wheel *wheel, unsigned level, unsigned index)
{
	wheel->used[level] &= ~(UINT64_C(1) << index);
	if (!wheel->used[level])
		wheel->levels &= ~(UINT32_C(1) << level);
}

static void timer_add(struct async__wheel *wheel, struct async__timer *timer, uint64_t deadline,
		      uint64_t now)
{
	if (!wheel->count++)
		wheel->base = now & ~ALARM;
	timer->deadline = deadline;
	insert(wheel, timer);
}

void async__timer_remove(struct async__wheel *wheel, struct async__timer *timer)
{
	unsigned level, index;
	struct async__slot *slot = slot_of(wheel, timer->deadline, &level, &index);

	if (timer->prev)
		timer->prev->next = timer->next;
	else
		slot->first = timer->next;
	if (timer->next)
		timer->next->prev = timer->prev;
	else
		slot->last = timer->prev;
	if (!slot->first)
		mark_empty(wheel, level, index);
	wheel->count--;
}

static struct async__slot *first_slot(struct async__wheel *wheel, unsigned *level, unsigned *index)
{
	*level = (unsigned)__builtin_ctz(wheel->levels);
	*index = (unsigned)__builtin_ctzll(wheel->used[*level]);
	return &wheel->slots[*level][*index];
}

uint64_t async__timer_next(struct async__wheel *wheel)
{
	unsigned level, index;

	return wheel->count ? first_slot(wheel, &level, &index)->earliest : ASYNC__NEVER;
}

static void go_off(struct async_loop *loop, struct async__timer *timer)
{
	/* In this order: the base tells in which slot the timer is. */
	async__timer_remove(&loop->wheel, timer);
	loop->wheel.base = timer->deadline & ~ALARM;
	if (timer->deadline & ALARM) {
		struct async__alarm *alarm = async__container(timer, struct async__alarm, timer);
		alarm->ring(alarm);
	} else {
		async__complete_int(loop, async__container(timer, struct async_task, u.timer), 0);
	}
}

/* Moves the timers of a slot whose time has come to lower levels. */
static void cascade(struct async__wheel *wheel, struct async__slot *slot, unsigned level,
		    unsigned index)
{
	struct async__timer *timer = slot->first, *next;

	slot->first = slot->last = NULL;
	mark_empty(wheel, level, index);
	wheel->base = slot->earliest & ~ALARM;
	for (; timer; timer = next) {
		next = timer->next;
		insert(wheel, timer);
	}
}

static void run_slot(struct async_loop *loop, uint64_t now)
{
	struct async__wheel *wheel = &loop->wheel;
	unsigned level, index;
	struct async__slot *slot = first_slot(wheel, &level, &index);

	if (slot->first != slot->last && level) {
		cascade(wheel, slot, level, index);
		return;
	}
	/* The slot's time may be that of a timer which was removed. */
	if (!level || slot->first->deadline <= now) {
		while (slot->first)
			go_off(loop, slot->first);
	} else {
		slot->earliest = slot->first->deadline;
	}
}

void async__timer_run(struct async_loop *loop)
{
	uint64_t now;

	if (!loop->wheel.count)
		return;
	now = async_now_ns();
	while (async__timer_next(&loop->wheel) <= now)
		run_slot(loop, now);
}

/* Even for a task, odd for an alarm, and never early. */
static uint64_t deadline_in(uint64_t now, uint64_t ns)
{
	return ns < LATEST - now ? now + ns : LATEST;
}

void async__alarm_set(struct async_loop *loop, struct async__alarm *alarm, int64_t ms)
{
	uint64_t now = async_now_ns();
	uint64_t ns = (uint64_t)ms < LATEST / MS ? (uint64_t)ms * MS : LATEST;

	timer_add(&loop->wheel, &alarm->timer, deadline_in(now, ns) | ALARM, now);
}

void async__alarm_at(struct async_loop *loop, struct async__alarm *alarm, uint64_t deadline)
{
	uint64_t now = async_now_ns();

	if (deadline < now)
		deadline = now;
	timer_add(&loop->wheel, &alarm->timer, (deadline < LATEST ? deadline : LATEST) | ALARM,
		  now);
}

static void sleep_cancel(struct async_frame *op)
{
	struct async_task *task = async__op_task(op);

	async__timer_remove(&async__loop->wheel, &task->u.timer);
	async__complete_int(async__loop, task, -ECANCELED);
}

static const struct async__op sleep_op = ASYNC__OP(sleep_op, "async_sleep", NULL, sleep_cancel);

static struct async_result_int sleep_until(uint64_t deadline, uint64_t now)
{
	struct async_loop *loop = async__loop;
	struct async_task *task = loop->current;

	if (async__is_cancelled(task))
		return async__done_int(loop, -ECANCELED);
	if (deadline <= now)
		return async__yield();
	timer_add(&loop->wheel, &task->u.timer, (deadline + ALARM) & ~ALARM, now);
	return (struct async_result_int){async__suspend(task, &sleep_op), 0};
}

struct async_result_int async__sleep_until_ns(uint64_t deadline) ASYNC__NAME(async_sleep_until_ns);
struct async_result_int async__sleep_ns(int64_t ns) ASYNC__NAME(async_sleep_ns);
struct async_result_int async__sleep_ms(int64_t ms) ASYNC__NAME(async_sleep_ms);

ASYNC__EXPORT struct async_result_int async__sleep_until_ns(uint64_t deadline)
{
	return sleep_until(deadline < LATEST ? deadline : LATEST, async_now_ns());
}

ASYNC__EXPORT struct async_result_int async__sleep_ns(int64_t ns)
{
	uint64_t now = async_now_ns();

	return sleep_until(ns > 0 ? deadline_in(now, (uint64_t)ns) : now, now);
}

ASYNC__EXPORT struct async_result_int async__sleep_ms(int64_t ms)
{
	if (ms <= 0)
		return async__sleep_ns(0);
	return async__sleep_ns(ms < INT64_MAX / (int64_t)MS ? ms * (int64_t)MS : INT64_MAX);
}
