/* What a reader of the generated C is told beside it: the layout of each frame in the
 * user's names and lines, and the headers as #include lines.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

static void describe_parts(struct printer *printer, const part_list *parts)
{
	for (size_t i = 0; i < parts->len; i++) {
		const struct part *part = &parts->at[i];
		char place[48];
		if (part->kind == PART_PADDING || part->kind == PART_UNUSED)
			continue;
		snprintf(place, sizeof place, "%lld..%lld", part->offset,
			 part->offset + part->size - 1);
		print_format(printer, " *   %-12s %s%s\n", place, part_label(part),
			     part->kind == PART_PINNED ? ", throughout its scope" : "");
	}
}

static void describe_point(struct printer *printer, const struct point *point)
{
	struct unit *unit = printer->unit;
	part_list parts = parts_at(unit, printer->fn, point);
	print_format(printer, " * suspended at line %u:%s\n", TOKEN(unit, point->token)->line,
		     point->size ? "" : " nothing to keep");
	describe_parts(printer, &parts);
}

void describe_frame(struct printer *printer, const struct function *fn)
{
	if (!printer->readable)
		return;
	const char *name = token_text(printer->unit, fn->name);
	if (!has_frame(fn)) {
		print_format(printer, "/* %s has no frame: it never suspends itself. */\n", name);
		return;
	}
	part_list fixed = parts_fixed(printer->unit, fn);
	print_format(printer, "/* frame of %s: %lld bytes%s\n", name, fn->frame_size,
		     fn->pins ? "" : ", made at the first suspension");
	describe_parts(printer, &fixed);
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
