/* Cuts the tokens into external declarations and finds the bodies of functions.
 *
 * requires: unit.tokens, token.word
 * provides: unit.externals
 */
#include "transform.h"

#include <string.h>

/* The token before i that is no part of an attribute or a marker. */
static uint32_t before_attributes(const struct unit *unit, uint32_t i, uint32_t floor)
{
	while (i > floor) {
		i--;
		if (TOKEN(unit, i)->word != WORD_NONE)
			continue;
		if (!token_is(unit, i, K_RPAREN))
			return i;
		uint32_t depth = 0, open = i;
		for (; open > floor; open--) {
			depth += token_is(unit, open, K_RPAREN);
			depth -= token_is(unit, open, K_LPAREN);
			if (!depth)
				break;
		}
		if (open == floor ||
		    (!token_is(unit, open - 1, K_ATTRIBUTE) &&
		     !token_is(unit, open - 1, K_ALIGNAS) && !token_is(unit, open - 1, K_ASM)))
			return i;
		i = open - 1;
	}
	return floor;
}

static bool opens_body(const struct unit *unit, uint32_t brace, uint32_t first)
{
	if (brace == first)
		return true;
	uint32_t previous = before_attributes(unit, brace, first);
	/* Past [[…]], and the bounds of a function that returns a pointer to an array. */
	while (token_is(unit, previous, K_RBRACKET)) {
		while (previous > first && !token_is(unit, previous, K_LBRACKET))
			previous--;
		previous = before_attributes(unit, previous, first);
	}
	return token_is(unit, previous, K_RPAREN) || token_is(unit, previous, K_SEMICOLON);
}

/* Parameters declared the old way, between the list and the body, end in semicolons. */
static bool continues_old_style(const struct unit *unit, uint32_t semicolon)
{
	uint32_t i = semicolon + 1;
	return i + 1 < unit->tokens.len && token_is(unit, i, K_LBRACE);
}

static struct external next_external(const struct unit *unit, uint32_t first)
{
	struct external external = {first, first, NO_TOKEN};
	for (uint32_t i = first; i + 1 < unit->tokens.len; i++) {
		external.last = i;
		if (token_is(unit, i, K_SEMICOLON) && !continues_old_style(unit, i))
			return external;
		if (token_is(unit, i, K_LBRACE) && opens_body(unit, i, first)) {
			external.body = i;
			external.last = token_match(unit, i);
			return external;
		}
		if (token_is(unit, i, K_LPAREN) || token_is(unit, i, K_LBRACE) ||
		    token_is(unit, i, K_LBRACKET))
			external.last = i = token_match(unit, i);
	}
	return external;
}

void split(struct unit *unit)
{
	for (uint32_t i = 0; i + 1 < unit->tokens.len;) {
		struct external external = next_external(unit, i);
		*vec_push(unit->arena, &unit->externals) = external;
		i = external.last + 1;
	}
}

struct external *split_find(struct unit *unit, uint32_t token)
{
	size_t low = 0, high = unit->externals.len;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (unit->externals.at[middle].first <= token)
			low = middle;
		else
			high = middle;
	}
	return &unit->externals.at[low];
}

static const char *join(struct unit *unit, const char *a, const char *b)
{
	return a ? arena_printf(unit->arena, "%s%s", a, b) : b;
}

void edit_before(struct unit *unit, uint32_t token, const char *text)
{
	struct edit *edit = token_edit(unit, token);
	edit->before = join(unit, edit->before, text);
}

void edit_after(struct unit *unit, uint32_t token, const char *text)
{
	struct edit *edit = token_edit(unit, token);
	edit->after = join(unit, edit->after, text);
}
