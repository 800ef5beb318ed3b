/* The report on frames as JSON: one object for each file.
 *
 * requires: all passes up to frame
 */
#include "report.h"

#include <string.h>

static void put_string(struct buffer *out, const char *text)
{
	buffer_puts(out, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\' || c < ' ')
			buffer_printf(out, "\\u%04x", c);
		else
			buffer_add(out, text, 1);
	}
	buffer_puts(out, "\"");
}

static void put_text(struct buffer *out, const char *key, const char *text)
{
	if (!text)
		return;
	buffer_printf(out, ", \"%s\": ", key);
	put_string(out, text);
}

static void put_place(struct unit *unit, struct buffer *out, uint32_t token)
{
	if (token == NO_TOKEN)
		return;
	unsigned column = diagnose_column(unit, token);
	buffer_printf(out, ", \"line\": %u", TOKEN(unit, token)->line);
	if (column)
		buffer_printf(out, ", \"column\": %u", column);
}

static void put_part(struct unit *unit, struct buffer *out, const struct part *part)
{
	static const char *const kinds[] = {
		[PART_HEADER] = "header",   [PART_PINNED] = "pinned",
		[PART_SAVED] = "saved",     [PART_INTERMEDIATE] = "intermediate",
		[PART_DYNAMIC] = "dynamic", [PART_RESULT] = "result",
		[PART_PADDING] = "padding", [PART_UNUSED] = "unused",
	};
	buffer_printf(out, "{\"offset\": %lld, \"size\": %lld, \"kind\": \"%s\"", part->offset,
		      part->size, kinds[part->kind]);
	put_text(out, "name", part->name);
	put_text(out, "type", part->type);
	put_place(unit, out, part->token);
	if (part->kind == PART_PINNED)
		buffer_printf(out, ", \"last_line\": %u", TOKEN(unit, part->last)->line);
	buffer_puts(out, "}");
}

static void put_parts(struct unit *unit, struct buffer *out, const part_list *parts,
		      const char *margin)
{
	buffer_puts(out, "\"parts\": [");
	for (size_t i = 0; i < parts->len; i++) {
		buffer_printf(out, "%s\n%s  ", i ? "," : "", margin);
		put_part(unit, out, &parts->at[i]);
	}
	buffer_puts(out, "]");
}

static void put_call(struct unit *unit, struct buffer *out, const struct caller *caller,
		     const struct call *call)
{
	static const char *const kinds[] = {
		[CALLEE_HERE] = "file",       [CALLEE_RUNTIME] = "runtime",
		[CALLEE_ELSEWHERE] = "other", [CALLEE_POINTER] = "pointer",
		[CALLEE_TASK] = "task",
	};
	buffer_printf(out, "\n      {\"kind\": \"%s\"", kinds[call->kind]);
	put_text(out, "callee", call->name);
	put_place(unit, out, call->token);
	buffer_printf(out, ", \"replaces\": %s", call->point ? "false" : "true");
	if (call->point) {
		part_list parts = parts_at(unit, caller->fn, call->point);
		buffer_printf(out, ", \"in_use\": %lld, ", parts_in_use(caller->fn, call->point));
		put_parts(unit, out, &parts, "      ");
	}
	buffer_puts(out, "}");
}

/* Each link as the names of its functions. */
static void put_path(struct unit *unit, struct buffer *out, const struct link *link)
{
	buffer_puts(out, "\"path\": [");
	for (const char *comma = ""; link; link = link->next, comma = ", ") {
		buffer_printf(out, "%s[", comma);
		for (size_t i = link->members.len; i-- > 0;) {
			put_string(out, token_text(unit, link->members.at[i]->fn->name));
			buffer_puts(out, i ? ", " : "");
		}
		buffer_puts(out, "]");
	}
	buffer_puts(out, "]");
}

static void put_chain(struct unit *unit, struct buffer *out, const struct link *link)
{
	buffer_printf(out, "\"chain\": {\"bytes\": %lld, \"complete\": %s, \"recursive\": %s, ",
		      link->bytes, link->partial || link->grows ? "false" : "true",
		      link->grows ? "true" : "false");
	put_path(unit, out, link);
	buffer_puts(out, "}");
}

static void put_head(struct unit *unit, struct buffer *out, const struct function *fn)
{
	buffer_puts(out, "\n    {\"name\": ");
	put_string(out, token_text(unit, fn->name));
	put_text(out, "file", unit->files.at[TOKEN(unit, fn->name)->file].name);
	put_place(unit, out, fn->name);
	buffer_printf(out, ", \"static\": %s,\n", fn->is_static ? "true" : "false");
	buffer_printf(
		out,
		"     \"frame\": %lld, \"align\": %lld, \"block\": %lld, \"at_call\": %s,\n     ",
		has_frame(fn) ? fn->frame_size : 0, fn->frame_align,
		has_frame(fn) ? frame_block(fn) : 0, fn->pins ? "true" : "false");
}

static void put_function(struct unit *unit, struct buffer *out, const struct caller *caller)
{
	part_list fixed = {0};
	if (has_frame(caller->fn))
		fixed = parts_fixed(unit, caller->fn);
	put_head(unit, out, caller->fn);
	put_chain(unit, out, caller->link);
	if (caller->task)
		buffer_printf(out, ",\n     \"task\": {\"block\": %lld, \"bytes\": %lld}",
			      caller->task, caller->task + caller->link->bytes);
	buffer_puts(out, ",\n     ");
	put_parts(unit, out, &fixed, "     ");
	buffer_puts(out, ",\n     \"awaits\": [");
	for (size_t i = 0; i < caller->calls.len; i++) {
		put_call(unit, out, caller, &caller->calls.at[i]);
		buffer_puts(out, i + 1 < caller->calls.len ? "," : "");
	}
	buffer_puts(out, "]}");
}

void report_json(struct unit *unit, struct buffer *out, const caller_list *callers)
{
	buffer_puts(out, "{\"file\": ");
	put_string(out, unit->options->file);
	buffer_puts(out, ",\n \"functions\": [");
	for (size_t i = 0; i < callers->len; i++) {
		put_function(unit, out, callers->at[i]);
		buffer_puts(out, i + 1 < callers->len ? "," : "");
	}
	buffer_puts(out, "]}\n");
}
