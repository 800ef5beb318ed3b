/* The bytes that frames may have, from a file that is kept beside the source.
 *
 *     # comment
 *     serve            4096
 *     chat.c:deliver   33000      of the function of that file
 *     *                 512       all others
 *
 * A line that names function and file counts before one that names the function, that
 * before the file, that before neither, and of two such lines the last. A file's name
 * stands for all files whose path ends in it. A function for which there is no line may
 * have a frame of any size.
 *
 * requires: fn.frame_size
 */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct allowance {
	const char *file; /* NULL: any */
	const char *name; /* NULL: any */
	long long bytes;
	unsigned line;
};

struct budget {
	VEC(struct allowance) lines;
};

/* Two words, the second a number. */
static bool read_line(struct unit *unit, char *text, struct allowance *allowance)
{
	char *rest, *key = strtok_r(text, " \t\r\n", &rest),
		    *number = strtok_r(NULL, " \t\r\n", &rest);
	char *colon = strrchr(key, ':'), *end;
	if (!number || *number < '0' || *number > '9' || strtok_r(NULL, " \t\r\n", &rest))
		return false;
	allowance->bytes = strtoll(number, &end, 10);
	if (colon)
		*colon = '\0';
	const char *name = colon ? colon + 1 : key;
	allowance->file = colon ? arena_printf(unit->arena, "%s", key) : NULL;
	allowance->name = strcmp(name, "*") ? arena_printf(unit->arena, "%s", name) : NULL;
	return !*end && *name && (!colon || *key);
}

static void add_line(struct unit *unit, char *text, unsigned number)
{
	struct allowance allowance = {.line = number};
	text[strcspn(text, "#")] = '\0';
	if (!text[strspn(text, " \t\r\n")])
		return;
	if (read_line(unit, text, &allowance))
		*vec_push(unit->arena, &unit->budget->lines) = allowance;
	else
		error_at(unit, NO_TOKEN, "%s:%u: a line of a frame budget is 'FUNCTION BYTES'",
			 unit->options->frame_budget, number);
}

void budget_read(struct unit *unit)
{
	const char *path = unit->options->frame_budget;
	FILE *file = path ? fopen(path, "r") : NULL;
	char *text = NULL;
	size_t cap = 0;
	if (path && !file)
		error_at(unit, NO_TOKEN, "cannot read the frame budget '%s': %s", path,
			 strerror(errno));
	if (!file)
		return;
	unit->budget = ARENA_NEW(unit->arena, struct budget);
	for (unsigned number = 1; getline(&text, &cap, file) > 0; number++)
		add_line(unit, text, number);
	free(text);
	fclose(file);
}

/* Whether path is suffix, or ends in it after a slash. */
static bool path_ends_in(const char *path, const char *suffix)
{
	size_t len = strlen(path), suffix_len = strlen(suffix);
	return len >= suffix_len && !strcmp(path + len - suffix_len, suffix) &&
	       (len == suffix_len || path[len - suffix_len - 1] == '/');
}

static const char *file_of(const struct unit *unit, const struct function *fn)
{
	return unit->files.at[TOKEN(unit, fn->name)->file].name;
}

/* How exactly the line names the function; 0: not at all. */
static int closeness(const struct unit *unit, const struct function *fn,
		     const struct allowance *line)
{
	if ((line->name && strcmp(line->name, token_text(unit, fn->name))) ||
	    (line->file && !path_ends_in(file_of(unit, fn), line->file)))
		return 0;
	return 1 + (line->file != NULL) + 2 * (line->name != NULL);
}

static const struct allowance *find_allowance(const struct unit *unit, const struct function *fn)
{
	const struct allowance *found = NULL;
	int closest = 1;
	for (size_t i = 0; unit->budget && i < unit->budget->lines.len; i++) {
		const struct allowance *line = &unit->budget->lines.at[i];
		int close = closeness(unit, fn, line);
		if (close < closest)
			continue;
		closest = close;
		found = line;
	}
	return found;
}

void budget_check(struct unit *unit, const struct function *fn)
{
	const struct allowance *allowance = find_allowance(unit, fn);
	if (allowance && fn->points.len && fn->frame_size > allowance->bytes &&
	    warn_at(unit, WARNING_BUDGET, fn->name,
		    "frame size (%lld) exceeds budget (%lld, %s:%u) in async function '%s'",
		    fn->frame_size, allowance->bytes, unit->options->frame_budget, allowance->line,
		    token_text(unit, fn->name)))
		note_largest(unit, fn);
}

/* A path that holds wherever the sources are. */
static const char *portable_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (*path == '/')
		return slash + 1;
	while (!strncmp(path, "./", 2) || !strncmp(path, "../", 3))
		path = strchr(path, '/') + 1;
	return path;
}

void report_budget(struct unit *unit, struct buffer *out, const caller_list *callers)
{
	buffer_printf(out, "# bytes of the frames in %s\n", portable_path(unit->options->file));
	for (size_t i = 0; i < callers->len; i++) {
		const struct function *fn = callers->at[i]->fn;
		const char *name = token_text(unit, fn->name);
		if (fn->is_static)
			name = arena_printf(unit->arena, "%s:%s", portable_path(file_of(unit, fn)),
					    name);
		buffer_printf(out, "%-40s %lld\n", name, has_frame(fn) ? fn->frame_size : 0);
	}
}
