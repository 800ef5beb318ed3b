/* Finds the words of the language: which `async` and `await` are keywords and which
 * are a user's own names, and the other ways to write them: _Async, _Await,
 * __attribute__((async)), and what the header's macros leave in text preprocessed
 * without the transform, annotate("asyncc.async") and a doubled __extension__.
 * Writes the text that libclang parses, where async is an annotation and await is gone.
 *
 * requires: unit.tokens
 * provides: token.word, token.parsed_offset, unit.words, unit.parsed, unit.has_async
 *
 *     async int f(int async);      __attribute__((annotate("asyncc.async"))) int f(int async);
 *     x = await f(1);         =>   x =  f(1);
 */
#include "transform.h"

#include <string.h>

struct finder {
	struct unit *unit;
	bool on; /* the plain words are keywords from here on */
	bool await_is_name;
};

/* Tokens that name a type or end one: a word right after them is being declared. */
static bool is_type_end(const struct unit *unit, uint32_t i)
{
	const struct token *token = TOKEN(unit, i);
	return (token->kind == T_NAME && token->id >= K_COUNT) || token->id == K_STAR ||
	       (token->id >= K_VOID && token->id <= K_FLOAT128) || token->id == K_CONST;
}

static bool names_member_or_tag(const struct unit *unit, uint32_t previous)
{
	uint32_t id = TOKEN(unit, previous)->id;
	return id == K_DOT || id == K_ARROW || id == K_STRUCT || id == K_UNION || id == K_ENUM ||
	       id == K_GOTO;
}

static bool is_async_keyword(const struct finder *finder, uint32_t i)
{
	const struct unit *unit = finder->unit;
	const struct token *next = TOKEN(unit, i + 1);
	uint32_t previous = i ? i - 1 : i;
	if (next->kind != T_NAME || (i && names_member_or_tag(unit, previous)))
		return false;
	if (next->id == K_ATTRIBUTE || next->id == K_ASM)
		return !i || (!is_type_end(unit, previous) && !token_is(unit, previous, K_COMMA));
	return next->id != K_SIZEOF;
}

static bool is_await_keyword(struct finder *finder, uint32_t i)
{
	const struct unit *unit = finder->unit;
	const struct token *next = TOKEN(unit, i + 1);
	if (!i || names_member_or_tag(unit, i - 1))
		return false;
	if (is_type_end(unit, i - 1) && !token_is(unit, i - 1, K_STAR)) {
		finder->await_is_name |= next->id == K_LPAREN;
		return false;
	}
	return next->kind == T_NAME || next->kind == T_NUMBER || next->kind == T_STRING ||
	       next->kind == T_CHARACTER || (next->id == K_LPAREN && !finder->await_is_name);
}

bool words_in_attribute(const struct unit *unit, uint32_t i, uint32_t *open)
{
	if (i < 3 || (!token_is(unit, i - 1, K_LPAREN) && !token_is(unit, i - 1, K_COMMA)))
		return false;
	uint32_t depth = 0, j = i;
	while (j-- > 2) {
		uint32_t id = TOKEN(unit, j)->id;
		if (id == K_SEMICOLON || id == K_LBRACE)
			return false;
		depth += id == K_RPAREN;
		if (id == K_LPAREN && depth-- == 0)
			break;
	}
	if (j < 2 || !token_is(unit, j - 1, K_LPAREN) || !token_is(unit, j - 2, K_ATTRIBUTE))
		return false;
	*open = j - 2;
	return true;
}

static void mark_attribute_gone(struct unit *unit, uint32_t open, enum word word)
{
	uint32_t close = token_match(unit, open + 1);
	for (uint32_t i = open; i <= close; i++)
		TOKEN(unit, i)->word = WORD_GONE;
	TOKEN(unit, open)->word = (uint8_t)word;
}

/* A word inside an attribute list. The list is ours alone or shared with others: a
 * shared one keeps its other attributes and only the word goes. */
static bool mark_in_attribute(struct finder *finder, uint32_t i, bool is_async)
{
	struct unit *unit = finder->unit;
	uint32_t open;
	if (!words_in_attribute(unit, i, &open))
		return false;
	bool alone = i == open + 3 && token_is(unit, i + 1, K_RPAREN);
	if (alone)
		mark_attribute_gone(unit, open, is_async ? WORD_ASYNC : WORD_AWAIT_STATEMENT);
	else
		TOKEN(unit, i)->word = is_async ? WORD_ASYNC : WORD_AWAIT_STATEMENT;
	return true;
}

static bool is_annotation(const struct unit *unit, uint32_t i)
{
	return token_is(unit, i, K_ANNOTATE) && i + 3 < unit->tokens.len &&
	       token_is(unit, i + 1, K_LPAREN) && token_is(unit, i + 2, K_ANNOTATION);
}

static bool mark_annotation(struct finder *finder, uint32_t i)
{
	struct unit *unit = finder->unit;
	uint32_t open;
	if (!is_annotation(unit, i) || !words_in_attribute(unit, i, &open))
		return false;
	if (i == open + 3 && token_is(unit, i + 4, K_RPAREN)) {
		mark_attribute_gone(unit, open, WORD_ASYNC);
		return true;
	}
	for (uint32_t j = i; j <= i + 3; j++)
		TOKEN(unit, j)->word = WORD_GONE;
	TOKEN(unit, i)->word = WORD_ASYNC;
	return true;
}

static bool mark_word(struct finder *finder, uint32_t i)
{
	struct unit *unit = finder->unit;
	struct token *token = TOKEN(unit, i);
	bool is_async = token->id == K_WORD_ASYNC || token->id == K_RESERVED_ASYNC ||
			token->id == K_ATTR_ASYNC;
	if (mark_in_attribute(finder, i, is_async))
		return true;
	if (token->id == K_RESERVED_ASYNC || token->id == K_RESERVED_AWAIT ||
	    (finder->on && token->id == K_WORD_ASYNC && is_async_keyword(finder, i)) ||
	    (finder->on && token->id == K_WORD_AWAIT && is_await_keyword(finder, i))) {
		token->word = is_async ? WORD_ASYNC : WORD_AWAIT;
		return true;
	}
	return false;
}

static void find(struct finder *finder, uint32_t i)
{
	struct unit *unit = finder->unit;
	struct token *token = TOKEN(unit, i);
	switch (token->id) {
	case K_KEYWORDS_MARK:
		finder->on = unit->has_header = true;
		break;
	case K_TASK_TAG:
		unit->has_header = true;
		break;
	case K_WORD_ASYNC:
	case K_WORD_AWAIT:
	case K_RESERVED_ASYNC:
	case K_RESERVED_AWAIT:
	case K_ATTR_ASYNC:
	case K_ATTR_AWAIT:
		*vec_push(unit->arena, &unit->words) = mark_word(finder, i);
		break;
	case K_ANNOTATE:
		mark_annotation(finder, i);
		break;
	case K_EXTENSION:
		if (token_is(unit, i + 1, K_EXTENSION) && token->word == WORD_NONE) {
			token->word = WORD_AWAIT;
			TOKEN(unit, i + 1)->word = WORD_GONE;
		}
		break;
	default:
		break;
	}
}

/* Whether the text after the header uses the language, apart from the header's own
 * prototypes. */
static bool uses_async(const struct unit *unit)
{
	for (uint32_t i = 0; i + 1 < unit->tokens.len; i++) {
		const struct token *token = TOKEN(unit, i);
		if (token->word != WORD_NONE || token->id == K_SPAWN || token->id == K_RUN_HERE)
			return true;
	}
	return false;
}

/* gcc's __malloc__ names the deallocator in parentheses, which clang refuses. */
static bool is_malloc_argument(const struct unit *unit, uint32_t i, uint32_t *end)
{
	if (i && token_is(unit, i - 1, K_ATTR_MALLOC) && token_is(unit, i, K_LPAREN))
		*end = token_match(unit, i) + 1;
	return i < *end;
}

static void write_parsed(struct unit *unit)
{
	uint32_t skip_end = 0;
	uint32_t end = 0;
	unit->parsed.arena = unit->arena;
	for (uint32_t i = 0; i < unit->tokens.len; i++) {
		struct token *token = TOKEN(unit, i);
		buffer_add(&unit->parsed, unit->text + end, token->offset - end);
		token->parsed_offset = (uint32_t)unit->parsed.len;
		bool inside = token->word == WORD_ASYNC && !token_is(unit, i, K_ATTRIBUTE) &&
			      !token_is(unit, i, K_RESERVED_ASYNC) && i > 1 &&
			      (token_is(unit, i - 1, K_LPAREN) || token_is(unit, i - 1, K_COMMA)) &&
			      words_in_attribute(unit, i, &(uint32_t){0});
		if (is_malloc_argument(unit, i, &skip_end))
			buffer_puts(&unit->parsed, "");
		else if (inside)
			buffer_puts(&unit->parsed, "annotate(\"asyncc.async\")");
		else if (token->word == WORD_ASYNC)
			buffer_puts(&unit->parsed, "__attribute__((annotate(\"asyncc.async\")))");
		else if (token->word == WORD_NONE)
			buffer_add(&unit->parsed, unit->text + token->offset, token->length);
		end = token->offset + token->length;
	}
	buffer_add(&unit->parsed, unit->text + end, unit->size - end);
}

void words(struct unit *unit)
{
	struct finder finder = {.unit = unit};
	for (uint32_t i = 0; i + 1 < unit->tokens.len; i++)
		find(&finder, i);
	unit->has_async = uses_async(unit);
	if (unit->has_async)
		write_parsed(unit);
}
