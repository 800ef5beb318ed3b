/* Names what is in a frame, byte by byte, from the layout that frame made.
 *
 *     async int f(int fd) { char b[9]; int n = await g(b); return n + await g(0) + fd; }
 *
 *     fixed parts     0..15 header, 16..24 b, 25..31 padding
 *     first await     32..35 fd, 36..39 the awaited value
 *     second await    32..35 n, 36..39 fd, 40..43 the awaited value, 44..47 padding
 *
 * requires: fn.pinned, point.live and .offsets, fn.frame_size
 * provides: parts_fixed, parts_at, parts_in_use
 */
#include "report.h"

#include <string.h>

/* async_task(T) and its like are macros for pointers to functions with an odd parameter. */
static const char *with_macros(struct unit *unit, const char *text)
{
	static const char begin[] = "typeof(typeof(", middle[] = ") (*)(struct async_",
			  end[] = "_tag *))";
	const char *first = strstr(text, begin);
	const char *tag = first ? strstr(first, middle) : NULL;
	const char *last = tag ? strstr(tag, end) : NULL;
	if (!last)
		return text;
	const char *inner = first + strlen(begin), *name = tag + strlen(middle);
	return arena_printf(unit->arena, "%.*sasync_%.*s(%.*s)%s", (int)(first - text), text,
			    (int)(last - name), name, (int)(tag - inner), inner,
			    with_macros(unit, last + strlen(end)));
}

/* A type without a name is at a place in our input, not the user's. */
static const char *without_places(struct unit *unit, const char *text)
{
	const char *begin = strstr(text, "(unnamed");
	if (!begin)
		begin = strstr(text, "(anonymous");
	const char *end = begin ? strchr(begin, ')') : NULL;
	return end ? arena_printf(unit->arena, "%.*s(unnamed%s", (int)(begin - text), text, end)
		   : text;
}

/* A type as the user writes it. */
static const char *type_of(struct unit *unit, const struct variable *variable)
{
	if (variable->type_text && !variable->type.kind)
		return variable->type_text;
	return without_places(unit, with_macros(unit, load_type_text(unit, variable->type)));
}

static bool is_bound_of(const struct variable *array, const struct variable *variable)
{
	for (size_t i = 0; i < array->bounds.len; i++)
		if (array->bounds.at[i].variable == variable)
			return true;
	return false;
}

/* The array of variable length, or the pointer to one, that generated code has this for. */
static const struct variable *stands_for(const struct function *fn, const struct variable *variable)
{
	for (size_t i = 0; i < fn->variables.len; i++) {
		const struct variable *array = fn->variables.at[i];
		if (array->storage == variable || is_bound_of(array, variable))
			return array;
	}
	return NULL;
}

/* What vla made: the list of alloca's blocks, a bound, or where an array is. */
static void describe_dynamic(struct unit *unit, const struct function *fn,
			     const struct variable *variable, struct part *part)
{
	const struct variable *array = stands_for(fn, variable);
	part->kind = array && !array->is_heap ? PART_SAVED : PART_DYNAMIC;
	part->token = array ? array->token : NO_TOKEN;
	if (!array)
		return;
	part->name = token_text(unit, array->token);
	part->type = type_of(unit, array);
	if (!is_bound_of(array, variable))
		return;
	part->kind = PART_INTERMEDIATE;
	part->name = arena_printf(unit->arena, "bound of %s", part->name);
	part->type = "size_t";
}

static struct part part_of(struct unit *unit, const struct function *fn,
			   const struct variable *variable, long long offset)
{
	struct part part = {.kind = PART_SAVED,
			    .offset = offset,
			    .size = variable->size,
			    .token = variable->token};
	if (variable->kind == VARIABLE_TEMPORARY && variable->held) {
		describe_dynamic(unit, fn, variable, &part);
		return part;
	}
	part.type = type_of(unit, variable);
	if (variable->kind == VARIABLE_TEMPORARY)
		part.kind = PART_INTERMEDIATE;
	else if (variable->kind != VARIABLE_OTHER)
		part.name = token_text(unit, variable->token);
	return part;
}

static void sort_by_offset(part_list *parts)
{
	for (size_t i = 1; i < parts->len; i++)
		for (size_t j = i; j > 0 && parts->at[j].offset < parts->at[j - 1].offset; j--) {
			struct part moved = parts->at[j];
			parts->at[j] = parts->at[j - 1];
			parts->at[j - 1] = moved;
		}
}

static void add_gap(struct unit *unit, part_list *parts, enum part_kind kind, long long from,
		    long long to)
{
	if (from < to)
		*vec_push(unit->arena, parts) = (struct part){
			.kind = kind, .offset = from, .size = to - from, .token = NO_TOKEN};
}

/* Accounts for the bytes from..to that no part covers. */
static void fill_gaps(struct unit *unit, part_list *parts, long long from, long long to)
{
	size_t count = parts->len;
	sort_by_offset(parts);
	for (size_t i = 0; i < count; i++) {
		long long end = parts->at[i].offset + parts->at[i].size;
		add_gap(unit, parts, PART_PADDING, from, parts->at[i].offset);
		if (end > from)
			from = end;
	}
	add_gap(unit, parts, PART_PADDING, from, to);
	sort_by_offset(parts);
}

part_list parts_fixed(struct unit *unit, const struct function *fn)
{
	part_list parts = {0};
	*vec_push(unit->arena, &parts) =
		(struct part){.kind = PART_HEADER, .size = HEADER_SIZE, .token = NO_TOKEN};
	for (size_t i = 0; i < fn->pinned.len; i++) {
		const struct variable *object = fn->pinned.at[i];
		struct part part = part_of(unit, fn, object, (long long)object->offset);
		part.kind = PART_PINNED;
		part.last = object->scope->last;
		*vec_push(unit->arena, &parts) = part;
	}
	fill_gaps(unit, &parts, 0, fn->live_base);
	return parts;
}

part_list parts_at(struct unit *unit, const struct function *fn, const struct point *point)
{
	part_list parts = {0};
	if (!point->result->is_void)
		*vec_push(unit->arena, &parts) = (struct part){.kind = PART_RESULT,
							       .offset = point->result_offset,
							       .size = point->result->size,
							       .type = point->result->key,
							       .token = NO_TOKEN};
	for (size_t i = 0; i < point->live.len; i++)
		if (!point->live.at[i]->pinned)
			*vec_push(unit->arena, &parts) =
				part_of(unit, fn, point->live.at[i], point->offsets.at[i]);
	fill_gaps(unit, &parts, fn->live_base, fn->live_base + point->size);
	add_gap(unit, &parts, PART_UNUSED, fn->live_base + point->size, fn->frame_size);
	return parts;
}

const char *part_label(const struct part *part)
{
	static const char *const labels[] = {
		[PART_HEADER] = "(header)",
		[PART_PINNED] = "(compound literal)",
		[PART_INTERMEDIATE] = "(intermediate value)",
		[PART_DYNAMIC] = "(blocks of alloca)",
		[PART_RESULT] = "(awaited value)",
		[PART_PADDING] = "(padding)",
		[PART_UNUSED] = "(unused here)",
	};
	return part->name ? part->name : labels[part->kind];
}

static bool is_alive(const struct variable *object, const struct point *point)
{
	const struct scope *scope = object->scope;
	return point->token >= scope->first && point->token <= scope->last &&
	       (object->token < point->token || scope->has_labels);
}

long long parts_in_use(const struct function *fn, const struct point *point)
{
	long long bytes = HEADER_SIZE;
	for (size_t i = 0; i < fn->pinned.len; i++)
		if (is_alive(fn->pinned.at[i], point))
			bytes += fn->pinned.at[i]->size;
	for (size_t i = 0; i < point->live.len; i++)
		if (!point->live.at[i]->pinned)
			bytes += point->live.at[i]->size;
	return bytes + (point->result->is_void ? 0 : point->result->size);
}
