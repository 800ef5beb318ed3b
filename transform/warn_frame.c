/* Warns of frames above the size that the user has set, and says what is in them.
 *
 * requires: fn.frame_size, point.live, fn.pinned
 */
#include "report.h"

enum { NOTES = 3, LEAST_SHARE = 16 };

static const struct point *largest_point(const struct function *fn)
{
	const struct point *largest = fn->points.at[0];
	for (size_t i = 1; i < fn->points.len; i++)
		if (fn->points.at[i]->size > largest->size)
			largest = fn->points.at[i];
	return largest;
}

static bool is_worth_a_note(const struct function *fn, const struct part *part)
{
	return part->size * LEAST_SHARE >= fn->frame_size &&
	       (part->kind == PART_PINNED || part->kind == PART_SAVED || part->kind == PART_RESULT);
}

static struct part *take_largest(const struct function *fn, const part_list *parts)
{
	struct part *largest = NULL;
	for (size_t i = 0; i < parts->len; i++) {
		struct part *part = &parts->at[i];
		if (is_worth_a_note(fn, part) && (!largest || part->size > largest->size))
			largest = part;
	}
	return largest;
}

static void note_part(struct unit *unit, const struct point *point, const struct part *part)
{
	if (part->kind == PART_RESULT)
		note_at(unit, point->token, "the awaited value takes %lld bytes of it", part->size);
	else if (part->name)
		note_at(unit, part->token, "'%s' takes %lld bytes of it", part->name, part->size);
	else
		note_at(unit, part->token, "the compound literal takes %lld bytes of it",
			part->size);
}

void note_largest(struct unit *unit, const struct function *fn)
{
	const struct point *point = largest_point(fn);
	part_list parts = parts_fixed(unit, fn), more = parts_at(unit, fn, point);
	for (size_t i = 0; i < more.len; i++)
		*vec_push(unit->arena, &parts) = more.at[i];
	for (int i = 0; i < NOTES; i++) {
		struct part *part = take_largest(fn, &parts);
		if (!part)
			return;
		note_part(unit, point, part);
		part->size = 0;
	}
}

void warn_frame(struct unit *unit, const struct function *fn)
{
	long long limit = warn_value(unit, WARNING_FRAME);
	if (fn->points.len && fn->frame_size > limit &&
	    warn_at(unit, WARNING_FRAME, fn->name,
		    "frame size (%lld) exceeds limit (%lld) in async function '%s'", fn->frame_size,
		    limit, token_text(unit, fn->name)))
		note_largest(unit, fn);
}
