/* Prints what the frames of a file hold, for people and for programs.
 *
 *     asyncc --report=frames f.c          tables: all functions, then each one's frame
 *     asyncc --report=frames-json f.c     the same as JSON
 *     asyncc --report=frame-budget f.c    lines for -fasync-frame-budget=
 *
 * requires: all passes up to frame
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

static const char *place_in_file(struct unit *unit, uint32_t token)
{
	unsigned column = diagnose_column(unit, token);
	return arena_printf(unit->arena, column ? "%u:%u" : "%u", TOKEN(unit, token)->line, column);
}

static const char *full_place(struct unit *unit, uint32_t token)
{
	return arena_printf(unit->arena, "%s:%s", unit->files.at[TOKEN(unit, token)->file].name,
			    place_in_file(unit, token));
}

static const char *name_of(const struct unit *unit, const struct function *fn)
{
	return token_text(unit, fn->name);
}

static long long frame_of(const struct function *fn)
{
	return has_frame(fn) ? fn->frame_size : 0;
}

/* `f`; `f <> g` if they call each other, with f, if that is one of them, first; `f | g` if
 * they only take each other's place. */
static const char *link_name(struct unit *unit, const struct link *link, const struct caller *first)
{
	struct buffer text = {.arena = unit->arena};
	const char *sign = link->grows ? " <> " : " | ";
	if (!first)
		first = link->members.at[link->members.len - 1];
	if (link->members.len == 1 && !link->grows)
		return name_of(unit, first->fn);
	buffer_puts(&text, name_of(unit, first->fn));
	for (size_t i = link->members.len; i-- > 0;)
		if (link->members.at[i] != first)
			buffer_printf(&text, "%s%s", sign, name_of(unit, link->members.at[i]->fn));
	if (link->grows && link->members.len == 1)
		buffer_printf(&text, "%s%s", sign, name_of(unit, first->fn));
	return text.at;
}

static bool is_least(const struct link *link)
{
	return link->partial || link->grows;
}

static size_t length_of(const struct link *link)
{
	size_t count = 0;
	for (; link; link = link->next)
		count++;
	return count;
}

enum { SHOWN_LINKS = 5 };

/* `f > g > h <> i`, the middle of long ones left out. */
static const char *chain_name(struct unit *unit, const struct caller *caller)
{
	struct buffer text = {.arena = unit->arena};
	const struct link *link = caller->link->next;
	buffer_puts(&text, link_name(unit, caller->link, caller));
	for (size_t i = 2, left = length_of(link); link; link = link->next, i++, left--) {
		if (i < SHOWN_LINKS || left == 1)
			buffer_printf(&text, " > %s", link_name(unit, link, NULL));
		else if (i == SHOWN_LINKS)
			buffer_puts(&text, " > ...");
	}
	return text.at;
}

static int compare_callers(const void *a, const void *b)
{
	const struct caller *left = *(struct caller *const *)a, *right = *(struct caller *const *)b;
	if (left->link->bytes != right->link->bytes)
		return left->link->bytes < right->link->bytes ? 1 : -1;
	if (frame_of(left->fn) != frame_of(right->fn))
		return frame_of(left->fn) < frame_of(right->fn) ? 1 : -1;
	return left->fn->first < right->fn->first ? -1 : left->fn->first > right->fn->first;
}

static const char *sum(struct unit *unit, const struct link *link, long long bytes)
{
	return arena_printf(unit->arena, "%lld%c", bytes, is_least(link) ? '+' : ' ');
}

static void print_row(struct unit *unit, struct buffer *out, const struct caller *caller)
{
	const struct link *link = caller->link;
	buffer_printf(out, "%10lld %11s %11s  %s\n", frame_of(caller->fn),
		      sum(unit, link, link->bytes),
		      caller->task ? sum(unit, link, caller->task + link->bytes) : "",
		      chain_name(unit, caller));
}

/* The largest first. */
static void print_overview(struct unit *unit, struct buffer *out, const caller_list *callers)
{
	caller_list sorted = {0};
	for (size_t i = 0; i < callers->len; i++)
		*vec_push(unit->arena, &sorted) = callers->at[i];
	if (sorted.len)
		qsort(sorted.at, sorted.len, sizeof *sorted.at, compare_callers);
	buffer_printf(out, "%s: frames of %zu async function%s, in bytes\n\n", unit->options->file,
		      callers->len, callers->len == 1 ? "" : "s");
	buffer_puts(out, "     frame      chain        task   function\n");
	for (size_t i = 0; i < sorted.len; i++)
		print_row(unit, out, sorted.at[i]);
}

/* Adds the name to a list, the first with an introduction, unless it is there. */
static void list_once(struct buffer *list, const char *introduction, const char *name)
{
	const char *found = list->len ? strstr(list->at, name) : NULL;
	size_t len = strlen(name);
	for (; found; found = strstr(found + 1, name))
		if (found[-1] == ' ' && (!found[len] || found[len] == ','))
			return;
	buffer_printf(list, "%s%s", list->len ? ", " : introduction, name);
}

static const char *text_of(const struct buffer *buffer)
{
	return buffer->len ? buffer->at : "";
}

/* What the signs in the overview stand for, and what they leave open. */
static void print_legend(struct unit *unit, struct buffer *out, const caller_list *callers)
{
	struct buffer files = {.arena = unit->arena}, pointers = files, rounds = files;
	for (size_t i = 0; i < callers->len; i++) {
		const struct caller *caller = callers->at[i];
		for (size_t k = 0; k < caller->calls.len; k++) {
			const struct call *call = &caller->calls.at[k];
			if (call->kind == CALLEE_ELSEWHERE)
				list_once(&files, "\n    functions of other files: ", call->name);
			else if (call->kind == CALLEE_POINTER)
				list_once(&pointers, "\n    calls through pointers: ", call->name);
		}
		if (caller->link->grows)
			list_once(&rounds, "\n    further rounds of a recursion (<>): ",
				  name_of(unit, caller->fn));
	}
	if (files.len || pointers.len || rounds.len)
		buffer_printf(out, "\n  + or more; not counted are%s%s%s\n", text_of(&files),
			      text_of(&pointers), text_of(&rounds));
}

struct columns {
	int name, type;
};

enum { WIDEST_NAME = 28, WIDEST_TYPE = 40 };

static void widen(struct columns *columns, const part_list *parts)
{
	for (size_t i = 0; i < parts->len; i++) {
		const struct part *part = &parts->at[i];
		int name = (int)strlen(part_label(part));
		int type = part->type ? (int)strlen(part->type) : 0;
		if (name > columns->name && name <= WIDEST_NAME)
			columns->name = name;
		if (type > columns->type && type <= WIDEST_TYPE)
			columns->type = type;
	}
}

static const char *lines_of(struct unit *unit, const struct part *part)
{
	if (part->token == NO_TOKEN)
		return "";
	unsigned first = TOKEN(unit, part->token)->line;
	unsigned last = part->kind == PART_PINNED ? TOKEN(unit, part->last)->line : first;
	if (part->kind == PART_DYNAMIC)
		return arena_printf(unit->arena, "line %u, in a block of its own", first);
	return arena_printf(unit->arena, last > first ? "lines %u-%u" : "line %u", first, last);
}

static void print_parts(struct unit *unit, struct buffer *out, const part_list *parts,
			struct columns columns)
{
	for (size_t i = 0; i < parts->len; i++) {
		const struct part *part = &parts->at[i];
		const char *row =
			arena_printf(unit->arena, "%10lld %10lld   %-*s  %-*s  %s", part->offset,
				     part->size, columns.name, part_label(part), columns.type,
				     part->type ? part->type : "", lines_of(unit, part));
		size_t len = strlen(row);
		while (row[len - 1] == ' ')
			len--;
		buffer_add(out, row, len);
		buffer_puts(out, "\n");
	}
}

static const char *callee_text(struct unit *unit, const struct call *call)
{
	static const char *const remarks[] = {
		[CALLEE_HERE] = "",
		[CALLEE_RUNTIME] = ", of the runtime",
		[CALLEE_ELSEWHERE] = ", of another file",
		[CALLEE_POINTER] = ", through a pointer",
	};
	if (call->kind == CALLEE_TASK)
		return "of another task";
	return arena_printf(unit->arena, "%s%s", call->name, remarks[call->kind]);
}

static void print_calls(struct unit *unit, struct buffer *out, const struct caller *caller,
			struct columns columns)
{
	const struct function *fn = caller->fn;
	for (size_t i = 0; i < caller->calls.len; i++) {
		const struct call *call = &caller->calls.at[i];
		const char *place = place_in_file(unit, call->token),
			   *callee = callee_text(unit, call);
		if (!call->point) {
			buffer_printf(
				out,
				"  %s return await %s: its frame takes the place of this one\n",
				place, callee);
			continue;
		}
		part_list parts = parts_at(unit, fn, call->point);
		buffer_printf(out, "  %s await %s: %lld in use\n", place, callee,
			      parts_in_use(fn, call->point));
		print_parts(unit, out, &parts, columns);
	}
}

static void print_chain(struct unit *unit, struct buffer *out, const struct caller *caller)
{
	const struct link *link = caller->link;
	if (!link->next && !is_least(link))
		return;
	buffer_printf(out, "  chain %lld%s:", link->bytes, is_least(link) ? " or more" : "");
	for (const char *sign = ""; link; link = link->next, sign = " >") {
		buffer_printf(out, "%s %s %lld", sign, link_name(unit, link, caller),
			      link->bytes - (link->next ? link->next->bytes : 0));
		caller = NULL;
	}
	buffer_puts(out, "\n");
}

static void print_task(struct buffer *out, const struct caller *caller)
{
	const struct link *link = caller->link;
	if (caller->task)
		buffer_printf(out, "  task %lld%s: itself and arguments %lld, chain %lld\n",
			      caller->task + link->bytes, is_least(link) ? " or more" : "",
			      caller->task, link->bytes);
}

static void print_frame(struct buffer *out, const struct function *fn)
{
	if (!has_frame(fn)) {
		buffer_puts(out, "  no frame: it never waits itself\n");
		return;
	}
	buffer_printf(out, "  frame %lld, taken %s", fn->frame_size,
		      fn->pins ? "when it is called" : "when it first has to wait");
	if (frame_block(fn) != fn->frame_size)
		buffer_printf(out, "; %lld with the room to align it to %lld", frame_block(fn),
			      fn->frame_align);
	buffer_puts(out, "\n");
}

static void print_function(struct unit *unit, struct buffer *out, const struct caller *caller)
{
	const struct function *fn = caller->fn;
	struct columns columns = {0};
	part_list fixed = parts_fixed(unit, fn);
	buffer_printf(out, "\n%s: %s\n", full_place(unit, fn->name), name_of(unit, fn));
	print_frame(out, fn);
	print_chain(unit, out, caller);
	print_task(out, caller);
	widen(&columns, &fixed);
	for (size_t i = 0; i < fn->points.len; i++) {
		part_list parts = parts_at(unit, fn, fn->points.at[i]);
		widen(&columns, &parts);
	}
	if (has_frame(fn)) {
		buffer_puts(out, "    offset      bytes\n");
		print_parts(unit, out, &fixed, columns);
	}
	print_calls(unit, out, caller, columns);
}

void report_text(struct unit *unit, struct buffer *out, const caller_list *callers)
{
	print_overview(unit, out, callers);
	print_legend(unit, out, callers);
	for (size_t i = 0; i < callers->len; i++)
		print_function(unit, out, callers->at[i]);
}

const char *const asyncc_report_names[] = {"frames", "frames-json", "frame-budget", NULL};

void report_frames(struct unit *unit, struct buffer *out)
{
	static void (*const print[])(struct unit *, struct buffer *, const caller_list *) = {
		report_text, report_json, report_budget};
	const char *const *names = asyncc_report_names;
	size_t i = 0;
	while (names[i] && strcmp(names[i], unit->options->report) != 0)
		i++;
	if (!names[i]) {
		error_at(unit, NO_TOKEN, "there is no report '%s'", unit->options->report);
		return;
	}
	caller_list callers = chains(unit);
	print[i](unit, out, &callers);
}
