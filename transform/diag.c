/* Messages. A message names a token; whoever prints it finds the place in the user's
 * text. The column given here is found by looking the token up on the user's line,
 * counting how often its spelling stands before it. */
#include "transform.h"

#include <stdio.h>
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

static unsigned column_of(struct unit *unit, uint32_t token)
{
	const struct token *tok = TOKEN(unit, token);
	FILE *file = fopen(unit->files.at[tok->file].name, "r");
	if (!file)
		return 0;
	char line[4096];
	unsigned number = 0, column = 0;
	while (number < tok->line && fgets(line, sizeof line, file))
		number += strchr(line, '\n') != NULL || feof(file);
	if (number == tok->line)
		column = find_column(line, token_spelling(unit, token), occurrence(unit, token));
	fclose(file);
	return column;
}

static void add(struct unit *unit, enum asyncc_severity severity, uint32_t token, char *message)
{
	const struct token *tok = TOKEN(unit, token);
	*vec_push(unit->arena, &unit->diagnostics) = (struct asyncc_diagnostic){
		.severity = severity,
		.message = message,
		.token = token,
		.first = 1,
		.file = unit->files.at[tok->file].name,
		.line = tok->line,
		.column = column_of(unit, token),
	};
	unit->failed |= severity == ASYNCC_ERROR;
}

void diagnose(struct unit *unit, enum asyncc_severity severity, uint32_t token, const char *format,
	      ...)
{
	struct buffer text = {.arena = unit->arena};
	va_list args;
	va_start(args, format);
	char fixed[1024];
	vsnprintf(fixed, sizeof fixed, format, args);
	va_end(args);
	buffer_puts(&text, fixed);
	for (size_t i = 0; i < unit->diagnostics.len; i++)
		if (unit->diagnostics.at[i].token == token &&
		    !strcmp(unit->diagnostics.at[i].message, text.at))
			return;
	add(unit, severity, token, text.at);
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
