/* Messages. A message names a token; whoever prints it finds the place in the user's
 * text. The column given here is found by looking the token up on the user's line,
 * counting how often its spelling stands before it. */
#include "transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many tokens of the same spelling and line stand before this one. */
static unsigned occurrence(const struct unit *unit, uint32_t token)
{
	const struct token *wanted = TOKEN(unit, token);
	unsigned count = 0;
	for (uint32_t i = token; i-- > 0;) {
		const struct token *other = TOKEN(unit, i);
		if (other->line != wanted->line || other->file != wanted->file)
			break;
		count += other->id == wanted->id;
	}
	return count;
}

static bool is_word_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static unsigned find_column(const char *line, const char *spelling, unsigned skip)
{
	size_t len = strlen(spelling);
	bool word = is_word_char(spelling[0]);
	for (const char *at = line; (at = strstr(at, spelling)) != NULL; at += len) {
		if (word && ((at > line && is_word_char(at[-1])) || is_word_char(at[len])))
			continue;
		if (skip-- == 0)
			return (unsigned)(at - line) + 1;
	}
	return 0;
}

static void read_lines(struct unit *unit, struct source_file *file)
{
	FILE *in = fopen(file->name, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	file->read = true;
	while (in && (len = getline(&line, &cap, in)) > 0)
		*vec_push(unit->arena, &file->lines) =
			arena_strndup(unit->arena, line, (size_t)len);
	free(line);
	if (in)
		fclose(in);
}

unsigned diagnose_column(struct unit *unit, uint32_t token)
{
	const struct token *tok = TOKEN(unit, token);
	struct source_file *file = &unit->files.at[tok->file];
	if (!file->read)
		read_lines(unit, file);
	if (!tok->line || tok->line > file->lines.len)
		return 0;
	return find_column(file->lines.at[tok->line - 1], token_spelling(unit, token),
			   occurrence(unit, token));
}

static void add(struct unit *unit, enum asyncc_severity severity, uint32_t token, char *message)
{
	struct asyncc_diagnostic diagnostic = {
		.severity = severity,
		.message = message,
		.token = ASYNCC_NO_TOKEN,
		.first = 1,
	};
	if (token != NO_TOKEN) {
		diagnostic.token = token;
		diagnostic.file = unit->files.at[TOKEN(unit, token)->file].name;
		diagnostic.line = TOKEN(unit, token)->line;
		diagnostic.column = diagnose_column(unit, token);
	}
	*vec_push(unit->arena, &unit->diagnostics) = diagnostic;
}

void diagnose_list(struct unit *unit, enum asyncc_severity severity, uint32_t token,
		   const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	size_t len = (size_t)vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *message = arena_alloc(unit->arena, len + 1);
	vsnprintf(message, len + 1, format, args);
	add(unit, severity, token, message);
}

void diagnose(struct unit *unit, enum asyncc_severity severity, uint32_t token, const char *format,
	      ...)
{
	va_list args;
	va_start(args, format);
	diagnose_list(unit, severity, token, format, args);
	va_end(args);
	unit->failed |= severity == ASYNCC_ERROR;
}

void diagnose_certain(struct unit *unit)
{
	unit->diagnostics.at[unit->diagnostics.len - 1].certain = true;
}

void diagnose_range(struct unit *unit, uint32_t first, uint32_t last)
{
	unit->diagnostics.at[unit->diagnostics.len - 1].first = first;
	unit->diagnostics.at[unit->diagnostics.len - 1].last = last;
}

void diagnose_insert(struct unit *unit, const char *text)
{
	unit->diagnostics.at[unit->diagnostics.len - 1].insert = text;
}

/* A message, its notes, and whether it is to be left out. */
struct group {
	size_t first, count;
	bool dropped;
};

static bool same_message(const struct asyncc_diagnostic *a, const struct asyncc_diagnostic *b)
{
	return a->token == b->token && !strcmp(a->message, b->message);
}

/* Where clang cannot read a declaration or function, what we make of it is guesswork. */
static bool is_guesswork(struct unit *unit, const struct asyncc_diagnostic *diagnostic)
{
	if (!unit->broken || diagnostic->from_clang || diagnostic->certain ||
	    diagnostic->token == ASYNCC_NO_TOKEN || !unit->externals.len)
		return false;
	const struct external *around = split_find(unit, (uint32_t)diagnostic->token);
	for (size_t i = 0; i < unit->diagnostics.len; i++) {
		const struct asyncc_diagnostic *other = &unit->diagnostics.at[i];
		if (other->from_clang && other->token != ASYNCC_NO_TOKEN &&
		    split_find(unit, (uint32_t)other->token) == around)
			return true;
	}
	return false;
}

static bool comes_before(const struct unit *unit, const struct group *a, const struct group *b)
{
	size_t first = unit->diagnostics.at[a->first].token;
	return first + 1 < unit->diagnostics.at[b->first].token + 1; /* no place comes first */
}

void diagnose_sort(struct unit *unit)
{
	struct asyncc_diagnostic *all = unit->diagnostics.at;
	VEC(struct group) groups = {0};
	for (size_t i = 0; i < unit->diagnostics.len; i++) {
		if (all[i].severity == ASYNCC_NOTE && groups.len) {
			groups.at[groups.len - 1].count++;
			continue;
		}
		struct group group = {i, 1, is_guesswork(unit, &all[i])};
		for (size_t j = 0; j < groups.len; j++)
			group.dropped |= same_message(&all[groups.at[j].first], &all[i]);
		*vec_push(unit->arena, &groups) = group;
	}
	for (size_t i = 1; i < groups.len; i++)
		for (size_t j = i; j > 0 && comes_before(unit, &groups.at[j], &groups.at[j - 1]);
		     j--) {
			struct group moved = groups.at[j];
			groups.at[j] = groups.at[j - 1];
			groups.at[j - 1] = moved;
		}
	memset(&unit->diagnostics, 0, sizeof unit->diagnostics);
	for (size_t i = 0; i < groups.len; i++)
		for (size_t j = 0; j < groups.at[i].count && !groups.at[i].dropped; j++)
			*vec_push(unit->arena, &unit->diagnostics) = all[groups.at[i].first + j];
}
