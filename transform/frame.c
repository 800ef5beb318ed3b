/* Lays out the frame: header, pinned objects, then for each suspension point a struct of
 * what is live there and of the awaited value. These structs share one place, as only
 * one suspension point is current.
 *
 *     | header 16 | pinned | point 0: fd, lines, value |
 *                          | point 1: sum              |
 *
 * requires: point.live, fn.pinned_end
 * provides: point.size, point.result_offset, order of point.live; fn.frame_size,
 *           fn.frame_align
 */
#include "transform.h"

/* Widest alignment first leaves no holes but at the end. */
static void sort_by_alignment(struct point *point)
{
	for (size_t i = 1; i < point->live.len; i++)
		for (size_t j = i; j > 0 && point->live.at[j - 1]->align < point->live.at[j]->align;
		     j--) {
			struct variable *moved = point->live.at[j];
			point->live.at[j] = point->live.at[j - 1];
			point->live.at[j - 1] = moved;
		}
}

static long long widest(const struct function *fn)
{
	long long align = 8;
	for (size_t i = 0; i < fn->points.len; i++) {
		const struct point *point = fn->points.at[i];
		if (point->result->align > align)
			align = point->result->align;
		for (size_t j = 0; j < point->live.len; j++)
			if (!point->live.at[j]->pinned && point->live.at[j]->align > align)
				align = point->live.at[j]->align;
	}
	return align;
}

/* The value comes before the first variable of smaller alignment, as in the struct
 * that emit prints. */
static void lay_out(struct arena *arena, const struct function *fn, struct point *point)
{
	long long offset = 0, align = 1;
	bool placed = point->result->is_void;
	for (size_t i = 0; i <= point->live.len; i++) {
		const struct variable *variable = i < point->live.len ? point->live.at[i] : NULL;
		if (!placed &&
		    (!variable || (!variable->pinned && variable->align <= point->result->align))) {
			offset = align_up(offset, point->result->align);
			point->result_offset = fn->live_base + offset;
			point->value_before = i;
			offset += point->result->size;
			align = point->result->align > align ? point->result->align : align;
			placed = true;
		}
		if (!variable)
			break;
		if (variable->pinned) {
			*vec_push(arena, &point->offsets) = (long long)variable->offset;
			continue;
		}
		offset = align_up(offset, variable->align);
		*vec_push(arena, &point->offsets) = fn->live_base + offset;
		offset += variable->size;
		align = variable->align > align ? variable->align : align;
	}
	point->size = align_up(offset, align);
}

/* The pool gives blocks of whole units, and aligns to 16 those that are a multiple of it. */
static long long pool_unit(const struct function *fn)
{
	return fn->frame_align == POOL_ALIGNMENT ? POOL_ALIGNMENT : 8;
}

void frame(struct unit *unit, struct function *fn)
{
	fn->live_base = align_up(fn->pinned_end, widest(fn));
	fn->frame_size = fn->live_base;
	fn->frame_align = widest(fn);
	for (size_t i = 0; i < fn->pinned.len; i++)
		if (fn->pinned.at[i]->align > fn->frame_align)
			fn->frame_align = fn->pinned.at[i]->align;
	for (size_t i = 0; i < fn->points.len; i++) {
		struct point *point = fn->points.at[i];
		sort_by_alignment(point);
		lay_out(unit->arena, fn, point);
		if (fn->live_base + point->size > fn->frame_size)
			fn->frame_size = fn->live_base + point->size;
	}
	fn->frame_size = align_up(fn->frame_size, pool_unit(fn));
}

bool has_frame(const struct function *fn)
{
	return fn->points.len || fn->pins;
}

long long frame_block(const struct function *fn)
{
	if (fn->frame_align <= POOL_ALIGNMENT)
		return fn->frame_size;
	return fn->frame_size + fn->frame_align + (long long)sizeof(void *);
}
