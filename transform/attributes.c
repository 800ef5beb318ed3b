/* What the attributes of an async function mean for the functions that it becomes.
 *
 * A call of it may return with a frame that is pending, so what a compiler may conclude
 * from noreturn, pure or returns_nonnull does not hold: these are dropped. What says how
 * to compile the body holds for each function that the body goes into.
 *
 *     _Noreturn async void f(int);         =>   struct R f(int);
 *     __attribute__((target("avx2")))           … on f, on its body and on its resume function
 *
 * requires: unit.declared
 * provides: edits of attributes
 */
#include "transform.h"

#include <string.h>

enum treatment { KEEP, DROP, COPY, RENAME, REFUSE };

static const struct {
	const char *name;
	enum treatment treatment;
} treatments[] = {
	{"noreturn", DROP},
	{"_Noreturn", DROP},
	{"const", DROP},
	{"pure", DROP},
	{"leaf", DROP},
	{"malloc", DROP},
	{"alloc_size", DROP},
	{"alloc_align", DROP},
	{"assume_aligned", DROP},
	{"returns_nonnull", DROP},
	{"returns_twice", DROP},
	{"format_arg", DROP},
	{"reproducible", DROP},
	{"unsequenced", DROP},
	{"target", COPY},
	{"optimize", COPY},
	{"optnone", COPY},
	{"minsize", COPY},
	{"no_sanitize", COPY},
	{"no_sanitize_address", COPY},
	{"no_sanitize_thread", COPY},
	{"no_sanitize_undefined", COPY},
	{"no_instrument_function", COPY},
	{"no_stack_protector", COPY},
	{"alias", RENAME},
	{"constructor", REFUSE},
	{"destructor", REFUSE},
	{"naked", REFUSE},
	{"interrupt", REFUSE},
	{"ifunc", REFUSE},
};

static enum treatment treatment_of(struct unit *unit, uint32_t name)
{
	const char *text = token_spelling(unit, name);
	size_t len = strlen(text);
	if (len > 4 && !strncmp(text, "__", 2) && !strcmp(text + len - 2, "__"))
		text = arena_strndup(unit->arena, text + 2, len - 4);
	for (size_t i = 0; i < sizeof treatments / sizeof *treatments; i++)
		if (!strcmp(text, treatments[i].name))
			return treatments[i].treatment;
	return KEEP;
}

struct attribute {
	uint32_t first, last; /* tokens, a vendor's prefix included */
	uint32_t name;
};

typedef VEC(struct attribute) attribute_list;

static bool ends_attribute(const struct unit *unit, uint32_t i)
{
	return token_is(unit, i, K_COMMA) || token_is(unit, i, K_RPAREN) ||
	       token_is(unit, i, K_RBRACKET);
}

/* The attributes between the double brackets that open at a token. */
static void add_attributes(struct unit *unit, uint32_t open, attribute_list *list)
{
	uint32_t end = token_match(unit, open);
	for (uint32_t i = open + 2; i < end; i++) {
		struct attribute attribute = {i, i, i};
		for (; i < end && !ends_attribute(unit, i); i++) {
			if (TOKEN(unit, i)->kind == T_NAME)
				attribute.name = i;
			if (token_is(unit, i, K_LPAREN))
				i = token_match(unit, i);
			attribute.last = i;
		}
		if (attribute.last < i && TOKEN(unit, attribute.name)->kind == T_NAME)
			*vec_push(unit->arena, list) = attribute;
	}
}

static attribute_list attributes_in(struct unit *unit, uint32_t first, uint32_t end)
{
	attribute_list list = {0};
	for (uint32_t i = first; i < end; i++) {
		if (token_is(unit, i, K_ATTRIBUTE) && token_is(unit, i + 1, K_LPAREN)) {
			add_attributes(unit, i + 1, &list);
			i = token_match(unit, i + 1);
		} else if (token_opens_attributes(unit, i)) {
			add_attributes(unit, i, &list);
			i = token_match(unit, i);
		} else if (token_is(unit, i, K_NORETURN)) {
			*vec_push(unit->arena, &list) = (struct attribute){i, i, i};
		}
	}
	return list;
}

static void drop(struct unit *unit, struct attribute attribute)
{
	for (uint32_t i = attribute.first; i <= attribute.last; i++)
		token_edit(unit, i)->text = "";
}

/* alias("f"): another name for f, whose symbol is f.async. */
static void rename_target(struct unit *unit, struct attribute attribute)
{
	unit->has_alias = true;
	for (uint32_t i = attribute.name; i <= attribute.last; i++) {
		const char *text = token_spelling(unit, i);
		if (TOKEN(unit, i)->kind == T_STRING && *text == '"')
			token_edit(unit, i)->text = arena_printf(unit->arena, "\"%.*s.async\"",
								 (int)strlen(text) - 2, text + 1);
	}
}

void attributes_settle(struct unit *unit, uint32_t first, uint32_t end, bool is_function)
{
	attribute_list list = attributes_in(unit, first, end);
	for (size_t i = 0; i < list.len; i++) {
		enum treatment treatment = treatment_of(unit, list.at[i].name);
		if (treatment == DROP)
			drop(unit, list.at[i]);
		else if (treatment == RENAME && is_function)
			rename_target(unit, list.at[i]);
		else if (treatment == REFUSE)
			error_at(unit, list.at[i].name,
				 "attribute '%s' on an async function, which has to be awaited or "
				 "spawned",
				 token_text(unit, list.at[i].name));
	}
}

const char *attributes_of_body(struct unit *unit, const struct function *fn)
{
	struct buffer text = {.arena = unit->arena};
	attribute_list list = attributes_in(unit, fn->first, fn->body_first);
	buffer_puts(&text, "");
	for (size_t i = 0; i < list.len; i++) {
		if (treatment_of(unit, list.at[i].name) != COPY)
			continue;
		buffer_puts(&text, "__attribute__((");
		for (uint32_t k = list.at[i].name; k <= list.at[i].last; k++)
			buffer_puts(&text, token_spelling(unit, k));
		buffer_puts(&text, ")) ");
	}
	return text.at;
}
