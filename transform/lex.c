/* Tokens of preprocessed C. Line markers (# 12 "f.c" 1 3) set the user's file and line
 * of what follows; pragma lines stay in the text between tokens.
 *
 * requires: unit.text
 * provides: unit.tokens, unit.files, unit.names
 */
#include "transform.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
	struct unit *unit;
	const char *at, *end;
	uint32_t line;
	uint16_t file;
	uint32_t alias[K_COUNT + 1];
};

struct alias {
	const char *text;
	uint32_t id;
};

static const struct alias aliases[] = {
#define X(name, text)
#define ALIAS(name, text) {text, K_##name},
	SPELLINGS(X, ALIAS)
#undef X
#undef ALIAS
};

enum { ALIAS_COUNT = sizeof aliases / sizeof *aliases };

static void intern_spellings(struct unit *unit)
{
#define X(name, text) names_intern(&unit->names, text, sizeof text - 1);
#define ALIAS(name, text)
	SPELLINGS(X, ALIAS)
#undef X
#undef ALIAS
	for (size_t i = 0; i < ALIAS_COUNT; i++)
		names_intern(&unit->names, aliases[i].text, strlen(aliases[i].text));
}

static uint32_t intern(struct unit *unit, const char *text, size_t len)
{
	uint32_t id = names_intern(&unit->names, text, len);
	return id >= K_COUNT && id < K_COUNT + ALIAS_COUNT ? aliases[id - K_COUNT].id : id;
}

static uint16_t intern_file(struct unit *unit, const char *name, size_t len, bool system)
{
	for (size_t i = 0; i < unit->files.len; i++) {
		struct source_file *file = &unit->files.at[i];
		if (file->system == system && !strncmp(file->name, name, len) && !file->name[len])
			return (uint16_t)i;
	}
	struct source_file file = {.name = arena_strndup(unit->arena, name, len), .system = system};
	file.main = unit->options->file && !strcmp(file.name, unit->options->file);
	*vec_push(unit->arena, &unit->files) = file;
	return (uint16_t)(unit->files.len - 1);
}

static const char *line_end(const struct lexer *lexer, const char *at)
{
	const char *newline = memchr(at, '\n', (size_t)(lexer->end - at));
	return newline ? newline : lexer->end;
}

/* # 12 "f.c" 1 3, or #line 12 "f.c"; anything else is a pragma. */
static void directive(struct lexer *lexer)
{
	const char *at = lexer->at + 1, *end = line_end(lexer, at);
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at > 4 && !strncmp(at, "line", 4))
		at += 4;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	lexer->at = end;
	if (end - at > 11 && !strncmp(at, "pragma", 6))
		lexer->unit->packs |= !strncmp(at + 6 + strspn(at + 6, " \t"), "pack", 4);
	if (at == end || !isdigit((unsigned char)*at))
		return;
	char *after;
	lexer->line = (uint32_t)strtoul(at, &after, 10) - 1;
	const char *name = memchr(after, '"', (size_t)(end - after));
	if (!name)
		return;
	const char *close = ++name;
	while (close < end && *close != '"')
		close += 1 + (*close == '\\');
	if (close < end)
		lexer->file = intern_file(lexer->unit, name, (size_t)(close - name),
					  memchr(close, '3', (size_t)(end - close)) != NULL);
}

static void skip_comment(struct lexer *lexer)
{
	if (lexer->at[1] == '/') {
		lexer->at = line_end(lexer, lexer->at);
		return;
	}
	for (lexer->at += 2; lexer->at + 1 < lexer->end; lexer->at++) {
		if (*lexer->at == '\n')
			lexer->line++;
		if (lexer->at[0] == '*' && lexer->at[1] == '/') {
			lexer->at += 2;
			return;
		}
	}
	lexer->at = lexer->end;
}

/* Steps over white space, comments and directives. */
static void skip_space(struct lexer *lexer)
{
	bool line_start = lexer->at == lexer->unit->text;
	while (lexer->at < lexer->end) {
		char c = *lexer->at;
		if (c == '\n') {
			lexer->line++;
			line_start = true;
			lexer->at++;
		} else if (isspace((unsigned char)c)) {
			lexer->at++;
		} else if (c == '#' && line_start) {
			directive(lexer);
		} else if (c == '/' && lexer->at + 1 < lexer->end &&
			   (lexer->at[1] == '*' || lexer->at[1] == '/')) {
			skip_comment(lexer);
		} else if (c == '\\' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n') {
			lexer->at++;
		} else {
			return;
		}
	}
}

static const char *skip_quoted(const char *at, const char *end)
{
	char quote = *at++;
	while (at < end && *at != quote && *at != '\n')
		at += 1 + (*at == '\\' && at + 1 < end);
	return at < end ? at + 1 : end;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_number(const char *at, const char *end)
{
	while (at < end) {
		if ((*at == '+' || *at == '-') && strchr("eEpP", at[-1]))
			at++;
		else if (is_name_char(*at) || *at == '.' || *at == '\'')
			at++;
		else
			break;
	}
	return at;
}

static const char *skip_punctuation(const char *at, const char *end)
{
	static const char *const longer[] = {"...", "<<=", ">>=", "->", "++", "--", "<<",
					     ">>",  "<=",  ">=",  "==", "!=", "&&", "||",
					     "*=",  "/=",  "%=",  "+=", "-=", "&=", "^=",
					     "|=",  "<%",  "%>",  "<:", ":>", "::"};
	/* Most are of one character. */
	if (end - at < 2 || !memchr(".<>-+=&|%:", at[1], 10))
		return at + 1;
	for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
		size_t len = strlen(longer[i]);
		if ((size_t)(end - at) >= len && !strncmp(at, longer[i], len))
			return at + len;
	}
	return at + 1;
}

/* A string or character constant with an encoding prefix (u8"x", L'c'). */
static const char *skip_prefixed(const char *at, const char *end)
{
	const char *quote = at;
	while (quote < end && quote - at < 3 && is_name_char(*quote))
		quote++;
	if (quote >= end || (*quote != '"' && *quote != '\''))
		return NULL;
	static const char *const prefixes[] = {"L", "u", "U", "u8"};
	for (size_t i = 0; i < 4; i++)
		if (strlen(prefixes[i]) == (size_t)(quote - at) &&
		    !strncmp(at, prefixes[i], (size_t)(quote - at)))
			return skip_quoted(quote, end);
	return NULL;
}

static enum token_kind scan(const struct lexer *lexer, const char **after)
{
	const char *at = lexer->at, *end = lexer->end;
	if (isdigit((unsigned char)*at) ||
	    (*at == '.' && at + 1 < end && isdigit((unsigned char)at[1]))) {
		*after = skip_number(at + 1, end);
		return T_NUMBER;
	}
	if (*at == '"' || *at == '\'') {
		*after = skip_quoted(at, end);
		return *at == '"' ? T_STRING : T_CHARACTER;
	}
	if (!is_name_char(*at)) {
		*after = skip_punctuation(at, end);
		return T_PUNCTUATION;
	}
	*after = skip_prefixed(at, end);
	if (*after)
		return (*after)[-1] == '"' ? T_STRING : T_CHARACTER;
	for (*after = at; *after < end && is_name_char(**after);)
		++*after;
	return T_NAME;
}

void lex(struct unit *unit)
{
	struct lexer lexer = {.unit = unit, .at = unit->text, .end = unit->text + unit->size};
	intern_spellings(unit);
	const char *name = unit->options->file ? unit->options->file : "";
	*vec_push(unit->arena, &unit->edits) = (struct edit){0};
	lexer.file = intern_file(unit, name, strlen(name), false);
	lexer.line = 1;
	for (;;) {
		skip_space(&lexer);
		struct token token = {.offset = (uint32_t)(lexer.at - unit->text),
				      .line = lexer.line,
				      .file = lexer.file};
		if (lexer.at >= lexer.end) {
			token.id = intern(unit, "", 0);
			*vec_push(unit->arena, &unit->tokens) = token;
			return;
		}
		const char *after;
		token.kind = (uint8_t)scan(&lexer, &after);
		token.length = (uint32_t)(after - lexer.at);
		token.id = intern(unit, lexer.at, token.length);
		*vec_push(unit->arena, &unit->tokens) = token;
		lexer.at = after;
	}
}

struct edit *token_edit(struct unit *unit, uint32_t token)
{
	struct token *tok = TOKEN(unit, token);
	if (!tok->edit) {
		tok->edit = (uint32_t)unit->edits.len;
		*vec_push(unit->arena, &unit->edits) = (struct edit){0};
	}
	return &unit->edits.at[tok->edit];
}

/* The bracket that closes the one at open; the last token before the end when there is
 * none, so that what steps over it does not leave the text. */
uint32_t token_match(const struct unit *unit, uint32_t open)
{
	uint32_t depth = 0, i = open;
	for (; i + 2 < unit->tokens.len; i++) {
		uint32_t id = unit->tokens.at[i].id;
		if (id == K_LPAREN || id == K_LBRACE || id == K_LBRACKET)
			depth++;
		else if ((id == K_RPAREN || id == K_RBRACE || id == K_RBRACKET) && --depth == 0)
			break;
	}
	return i;
}

uint32_t token_at(const struct unit *unit, uint32_t parsed_offset)
{
	size_t low = 0, high = unit->tokens.len;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (unit->tokens.at[middle].parsed_offset <= parsed_offset)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

const char *token_spelling(struct unit *unit, uint32_t token)
{
	const struct token *tok = TOKEN(unit, token);
	return arena_strndup(unit->arena, unit->text + tok->offset, tok->length);
}
