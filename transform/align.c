/* Finds the alignment of variables that ask for one by an expression or a type. libclang tells that
 * of types only, so the text is parsed once more, with a constant behind each declaration
 * that says what the variable's is.
 *
 *     _Alignas(1 << BITS) char line[64]; enum { __asyncc_align_0 = __alignof__(line) };
 *
 * requires: trees with awaits marked, unit.parsed
 * provides: variable.align of those that live across an await
 */
#include "transform.h"

#include <stdlib.h>
#include <string.h>

#define CONSTANT "__asyncc_align_"

struct aligner {
	struct unit *unit;
	VEC(struct variable *) variables; /* in the order of the text */
};

/* The ; that ends the variable's declaration. */
static uint32_t declaration_end(const struct unit *unit, const struct variable *variable)
{
	uint32_t i = variable->token;
	while (!token_is(unit, i, K_SEMICOLON)) {
		if (token_is(unit, i, K_LPAREN) || token_is(unit, i, K_LBRACE) ||
		    token_is(unit, i, K_LBRACKET))
			i = token_match(unit, i);
		i++;
	}
	return i;
}

/* In the head of a for statement, a condition stands behind. */
static void add_constant(struct aligner *aligner, struct buffer *text, size_t number, uint32_t end,
			 bool last)
{
	const struct variable *variable = aligner->variables.at[number];
	bool in_for = token_is(aligner->unit, variable->scope->first, K_FOR);
	buffer_printf(text, "%s enum { " CONSTANT "%zu = __alignof__(%s) };%s", in_for ? "({" : "",
		      number, token_text(aligner->unit, variable->token), in_for ? " 1; })" : "");
	if (in_for && (!last || !token_is(aligner->unit, end + 1, K_SEMICOLON)))
		buffer_puts(text, ",");
}

static struct buffer text_with_constants(struct aligner *aligner)
{
	struct unit *unit = aligner->unit;
	struct buffer text = {.arena = unit->arena};
	size_t from = 0;
	for (size_t i = 0; i < aligner->variables.len; i++) {
		uint32_t end = declaration_end(unit, aligner->variables.at[i]);
		size_t to = TOKEN(unit, end)->parsed_offset + 1;
		buffer_add(&text, unit->parsed.at + from, to - from);
		bool last = i + 1 == aligner->variables.len ||
			    aligner->variables.at[i + 1]->token > end;
		add_constant(aligner, &text, i, end, last);
		from = to;
	}
	buffer_add(&text, unit->parsed.at + from, unit->parsed.len - from);
	return text;
}

static enum CXChildVisitResult visit_constant(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct aligner *aligner = data;
	if (clang_getCursorKind(cursor) != CXCursor_EnumConstantDecl)
		return CXChildVisit_Recurse;
	CXString spelling = clang_getCursorSpelling(cursor);
	const char *name = clang_getCString(spelling);
	if (!strncmp(name, CONSTANT, strlen(CONSTANT))) {
		size_t number = strtoul(name + strlen(CONSTANT), NULL, 10);
		struct variable *variable = aligner->variables.at[number];
		variable->align = clang_getEnumConstantDeclValue(cursor);
	}
	clang_disposeString(spelling);
	return CXChildVisit_Continue;
}

static void add_variables(struct aligner *aligner, const struct function *fn)
{
	for (size_t i = 0; i < fn->variables.len; i++) {
		struct variable *variable = fn->variables.at[i];
		if (variable->align < 0 && variable->is_aligned &&
		    pin_spans_await(fn, variable->scope, variable->token))
			*vec_push(aligner->unit->arena, &aligner->variables) = variable;
	}
}

void align(struct unit *unit)
{
	struct aligner aligner = {.unit = unit};
	for (size_t i = 0; i < unit->functions.len; i++)
		if (unit->functions.at[i]->is_async)
			add_variables(&aligner, unit->functions.at[i]);
	if (!aligner.variables.len)
		return;
	struct buffer text = text_with_constants(&aligner);
	CXTranslationUnit clang = load_text(unit, text.at, text.len);
	if (!clang)
		return;
	clang_visitChildren(clang_getTranslationUnitCursor(clang), visit_constant, &aligner);
	clang_disposeTranslationUnit(clang);
}
