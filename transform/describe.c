/* What a reader of the generated C is told beside it: the layout of each frame in the
 * user's names and lines, and the headers as #include lines.
 */
#include "transform.h"

#include <stdio.h>
#include <string.h>

static const char *name_of(struct unit *unit, const struct variable *variable)
{
	if (variable->kind == VARIABLE_TEMPORARY)
		return arena_printf(unit->arena, "(intermediate value, line %u)",
				    TOKEN(unit, variable->token)->line);
	return variable->kind == VARIABLE_OTHER ? "(compound literal)" : token_text(unit, variable->token);
}

static void describe_place(struct printer *printer, long long offset, long long size,
			   const char *what, const char *note)
{
	char place[48];
	snprintf(place, sizeof place, "%lld..%lld", offset, offset + size - 1);
	print_format(printer, " *   %-12s %s%s\n", place, what, note);
}

static void describe_pinned(struct printer *printer, const struct function *fn)
{
	for (size_t i = 0; i < fn->pinned.len; i++) {
		const struct variable *object = fn->pinned.at[i];
		describe_place(printer, (long long)object->offset, object->size,
			       name_of(printer->unit, object), ", throughout its scope");
	}
}

static void describe_point(struct printer *printer, const struct point *point)
{
	struct unit *unit = printer->unit;
	print_format(printer, " * suspended at line %u:%s\n", TOKEN(unit, point->token)->line,
		     point->size ? "" : " nothing to keep");
	if (!point->result->is_void)
		describe_place(printer, point->result_offset, point->result->size,
			       "the awaited value", "");
	for (size_t i = 0; i < point->live.len; i++)
		if (!point->live.at[i]->pinned)
			describe_place(printer, point->offsets.at[i], point->live.at[i]->size,
				       name_of(unit, point->live.at[i]), "");
}

void describe_frame(struct printer *printer, const struct function *fn)
{
	if (!printer->readable)
		return;
	const char *name = token_text(printer->unit, fn->name);
	if (!fn->points.len && !fn->pins) {
		print_format(printer, "/* %s has no frame: it never suspends itself. */\n", name);
		return;
	}
	print_format(printer, "/* frame of %s: %lld bytes%s\n", name, fn->frame_size,
		     fn->pins ? "" : ", made at the first suspension");
	describe_place(printer, 0, 16, "header", "");
	describe_pinned(printer, fn);
	for (size_t i = 0; i < fn->points.len; i++)
		describe_point(printer, fn->points.at[i]);
	print_text(printer, " */\n");
}

static bool is_include(const char *line)
{
	line += strspn(line, " \t");
	if (*line++ != '#')
		return false;
	line += strspn(line, " \t");
	return !strncmp(line, "include", 7) || !strncmp(line, "import", 6);
}

void describe_includes(struct printer *printer, uint32_t after, uint32_t before)
{
	const struct asyncc_options *options = printer->unit->options;
	FILE *file = options->file ? fopen(options->file, "r") : NULL;
	if (!file)
		return;
	char line[4096];
	printer->margin = "";
	for (uint32_t number = 1; number < before && fgets(line, sizeof line, file); number++)
		if (number > after && is_include(line))
			print_text(printer, line);
	fclose(file);
}
