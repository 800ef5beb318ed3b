/* One value from a callback to a task.
 *
 * Who comes second, the value or the end of the wait, sees by one atomic exchange that the
 * other was there. The object has a user on each side, as the one who sets the value posts the
 * flag after the exchange, when the other may have gone already.
 */
#include <asyncc.h>

#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum state { EMPTY, SET, DROPPED, LEFT };

struct async__oneshot {
	struct async_notify settled;
	_Atomic(enum state) state;
	atomic_uint users;
	size_t size;
	_Alignas(16) char value[];
};

ASYNC__EXPORT struct async__oneshot *async__oneshot_new(size_t size)
{
	struct async__oneshot *oneshot = async__alloc_zero(sizeof *oneshot + size);

	if (!oneshot)
		return NULL;
	oneshot->size = size;
	atomic_init(&oneshot->users, 2);
	return oneshot;
}

ASYNC__EXPORT void async__oneshot_free(struct async__oneshot *oneshot)
{
	free(oneshot);
}

static void leave(struct async__oneshot *oneshot)
{
	async__tell_release(oneshot);
	if (atomic_fetch_sub(&oneshot->users, 1) != 1)
		return;
	async__tell_acquire(oneshot);
	free(oneshot);
}

static int settle(struct async__oneshot *oneshot, enum state state)
{
	bool alone;

	async__tell_release(oneshot);
	alone = atomic_exchange(&oneshot->state, state) == LEFT;
	if (!alone)
		async_notify_post(&oneshot->settled);
	leave(oneshot);
	return alone ? -EPIPE : 0;
}

ASYNC__EXPORT int async__oneshot_set(struct async__oneshot *oneshot, const void *value)
{
	memcpy(oneshot->value, value, oneshot->size);
	return settle(oneshot, SET);
}

ASYNC__EXPORT void async__oneshot_drop(struct async__oneshot *oneshot)
{
	settle(oneshot, DROPPED);
}

ASYNC__EXPORT async int async__oneshot_wait(struct async__oneshot *oneshot, void *to)
{
	int error = await async_notify_wait(&oneshot->settled);
	enum state state = atomic_exchange(&oneshot->state, LEFT);

	async__tell_acquire(oneshot);
	if (state == SET)
		memcpy(to, oneshot->value, oneshot->size);
	leave(oneshot);
	return state == SET ? 0 : state == DROPPED ? -EPIPE : error;
}
