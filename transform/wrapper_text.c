/* Searches and small changes of source text, as bytes: cheap enough for every file. */
#include "wrapper_text.h"

#include <string.h>

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_keyword(const char *word, size_t len)
{
	static const char *const keywords[] = {"async",  "await",     "_Async",
					       "_Await", "__async__", "__await__"};
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (strlen(keywords[i]) == len && memcmp(word, keywords[i], len) == 0)
			return true;
	return false;
}

/* Whether the letter y or w is in one of the words. */
static bool is_keyword_around(const char *text, const char *end, const char *at)
{
	const char *first = at, *last = at;
	if (end - at < 3 || memcmp(at + 1, *at == 'y' ? "nc" : "ai", 2) != 0)
		return false;
	while (first > text && is_word_byte(first[-1]))
		first--;
	while (last < end && is_word_byte(*last))
		last++;
	return is_keyword(first, (size_t)(last - first));
}

/* Past the string or character constant at `at`; an unbalanced quote ends with its line. */
static const char *skip_quoted(const char *at, const char *end)
{
	char quote = *at++;
	for (; at < end && *at != quote && *at != '\n'; at++)
		at += *at == '\\' && at + 1 < end;
	return at < end ? at + 1 : end;
}

static const char *skip_line_comment(const char *at, const char *end)
{
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (at[-1] != '\\' && !(at[-1] == '\r' && at[-2] == '\\'))
			return at;
		at++;
	}
	return end;
}

static const char *skip_block_comment(const char *at, const char *end)
{
	const char *close = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
	return close ? close + 2 : end;
}

/* A text read up to `at`, which is in no comment or constant. */
struct scan {
	const char *text, *end, *at;
};

/* Past one character, constant or comment; tells whether it was a comment. */
static bool scan_next(struct scan *scan)
{
	const char *at = scan->at;
	bool slash = *at == '/' && at + 1 < scan->end;
	if (slash && at[1] == '/')
		scan->at = skip_line_comment(at, scan->end);
	else if (slash && at[1] == '*')
		scan->at = skip_block_comment(at, scan->end);
	else if (*at == '"' || *at == '\'')
		scan->at = skip_quoted(at, scan->end);
	else
		scan->at++;
	return slash && (at[1] == '/' || at[1] == '*');
}

/* Whether the byte, not before scan->at, is in a comment. A raw string may hide where
 * comments begin: then nothing is sure. */
static bool is_in_comment(struct scan *scan, const char *byte)
{
	while (scan->at <= byte) {
		struct scan before = *scan;
		if (*scan->at == '"' && scan->at > scan->text && scan->at[-1] == 'R')
			return false;
		bool comment = scan_next(scan);
		if (scan->at > byte) {
			*scan = before;
			return comment;
		}
	}
	return false;
}

/* Searching for one letter lets memchr do the work: the words have letters that are rare. */
static bool has_keyword_with(const char *text, size_t size, char letter)
{
	const char *end = text + size, *at = text;
	struct scan scan = {text, end, text};
	for (; (at = memchr(at, letter, (size_t)(end - at))) != NULL; at++)
		if (is_keyword_around(text, end, at) && !is_in_comment(&scan, at))
			return true;
	return false;
}

bool text_has_keyword(const char *text, size_t size)
{
	return has_keyword_with(text, size, 'y') || has_keyword_with(text, size, 'w');
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* Past the word and the blanks before it, or NULL when another word is there. */
static const char *skip_word(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);
	at = skip_blanks(at, end);
	if ((size_t)(end - at) < len || memcmp(at, word, len) != 0)
		return NULL;
	at += len;
	return at < end && is_word_byte(*at) ? NULL : at;
}

static bool is_diagnostic_pragma(const char *at, const char *end)
{
	if (!(at = skip_word(at, end, "#")) || !(at = skip_word(at, end, "pragma")))
		return false;
	const char *gcc = skip_word(at, end, "GCC");
	if (!gcc)
		gcc = skip_word(at, end, "clang");
	return gcc && skip_word(gcc, end, "diagnostic");
}

void text_blank_pragmas(char *text, size_t size)
{
	char *end = text + size;
	for (char *line = text; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			newline = end;
		if (is_diagnostic_pragma(line, newline))
			memset(line, ' ', (size_t)(newline - line));
		line = newline + 1;
	}
}

static void blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n')
			*from = ' ';
}

/* Past the parenthesis that closes the one at `at`. */
static char *skip_parentheses(char *at, char *end)
{
	int depth = 0;
	for (; at < end; at++) {
		depth += (*at == '(') - (*at == ')');
		if (depth == 0)
			return at + 1;
	}
	return end;
}

/* The attribute malloc has arguments only in gcc. */
void text_blank_gcc(char *text, size_t size)
{
	static const char attribute[] = "__malloc__";
	char *end = text + size, *at = text;
	while ((at = memmem(at, (size_t)(end - at), attribute, sizeof attribute - 1)) != NULL) {
		at += sizeof attribute - 1;
		char *open = at + (skip_blanks(at, end) - at);
		if (open < end && *open == '(')
			blank(open, skip_parentheses(open, end));
	}
}
