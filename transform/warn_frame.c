/* Warns of frames above the size that the user has set, and says what is in them.
 *
 * requires: fn.frame_size, point.live, fn.pinned
 */
#include "transform.h"

enum { NOTES = 3 };

static const struct point *largest_point(const struct function *fn)
{
	const struct point *largest = fn->points.at[0];
	for (size_t i = 1; i < fn->points.len; i++)
		if (fn->points.at[i]->size > largest->size)
			largest = fn->points.at[i];
	return largest;
}

static const struct variable *larger(const struct variable *a, const struct variable *b,
				     long long below)
{
	if (b->size >= below || b->token == NO_TOKEN || b->kind == VARIABLE_TEMPORARY)
		return a;
	return !a || b->size > a->size ? b : a;
}

/* The largest variable in the frame of less than so many bytes. */
static const struct variable *next_largest(const struct function *fn, long long below)
{
	const struct variable *largest = NULL;
	const struct point *point = largest_point(fn);
	for (size_t i = 0; i < fn->pinned.len; i++)
		largest = larger(largest, fn->pinned.at[i], below);
	for (size_t i = 0; i < point->live.len; i++)
		if (!point->live.at[i]->pinned)
			largest = larger(largest, point->live.at[i], below);
	return largest;
}

void warn_frame(struct unit *unit, const struct function *fn)
{
	long long limit = warn_value(unit, WARNING_FRAME), below = fn->frame_size;
	if (!fn->points.len || fn->frame_size <= limit ||
	    !warn_at(unit, WARNING_FRAME, fn->name,
		     "frame size (%lld) exceeds limit (%lld) in async function '%s'",
		     fn->frame_size, limit, token_text(unit, fn->name)))
		return;
	for (int i = 0; i < NOTES; i++) {
		const struct variable *variable = next_largest(fn, below);
		if (!variable || variable->size * 16 < fn->frame_size)
			return;
		note_at(unit, variable->token, "'%s' takes %lld bytes of it", variable->field,
			variable->size);
		below = variable->size;
	}
}
