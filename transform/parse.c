/* Parses the functions that matter: async ones, and plain ones that mention something
 * async. The tree holds what libclang's does not say (the parts of a for statement,
 * designators, operators) and knows every place in the text; libclang gives the types.
 *
 * requires: unit.externals, unit.declared, token.word
 * provides: unit.functions with body, params, variables; libclang's expressions indexed
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

_Noreturn void parse_fail(struct parser *parser, uint32_t token, const char *why)
{
	error_at(parser->unit, token, "asyncc cannot read this: %s near '%s'", why,
		 token_spelling(parser->unit, token));
	longjmp(parser->give_up, 1);
}

static bool is_skipped(const struct unit *unit, uint32_t i)
{
	uint8_t word = TOKEN(unit, i)->word;
	return word == WORD_GONE || word == WORD_ASYNC;
}

uint32_t parse_next(struct parser *parser)
{
	uint32_t token = parser->at;
	if (TOKEN(parser->unit, token)->kind == T_END)
		parse_fail(parser, token, "unexpected end of file");
	do
		parser->at++;
	while (is_skipped(parser->unit, parser->at));
	return token;
}

bool parse_is(const struct parser *parser, uint32_t id)
{
	const struct token *token = TOKEN(parser->unit, parser->at);
	return token->id == id && token->word == WORD_NONE;
}

bool parse_accept(struct parser *parser, uint32_t id)
{
	bool found = parse_is(parser, id);
	if (found)
		parse_next(parser);
	return found;
}

uint32_t parse_expect(struct parser *parser, uint32_t id)
{
	if (!parse_is(parser, id))
		parse_fail(parser, parser->at,
			   arena_printf(parser->unit->arena, "expected '%s'",
					parser->unit->names.text.at[id]));
	return parse_next(parser);
}

uint32_t parse_last(const struct parser *parser)
{
	uint32_t i = parser->at ? parser->at - 1 : 0;
	while (is_skipped(parser->unit, i) && i > 0)
		i--;
	return i;
}

void parse_skip_attributes(struct parser *parser)
{
	for (;;) {
		if (parse_is(parser, K_ATTRIBUTE) || parse_is(parser, K_DECLSPEC)) {
			parse_next(parser);
			parser->at = token_match(parser->unit, parser->at);
		} else if (token_opens_attributes(parser->unit, parser->at)) {
			parser->at = token_match(parser->unit, parser->at);
		} else if (!parse_is(parser, K_CONST) && !parse_is(parser, K_VOLATILE) &&
			   !parse_is(parser, K_RESTRICT) &&
			   !(parse_is(parser, K_ATOMIC) &&
			     !token_is(parser->unit, parser->at + 1, K_LPAREN))) {
			return;
		}
		parse_next(parser);
	}
}

struct scope *parse_open_scope(struct parser *parser, uint32_t first)
{
	struct scope *scope = ARENA_NEW(parser->unit->arena, struct scope);
	scope->parent = parser->scope;
	scope->first = first;
	parser->scope = scope;
	return scope;
}

void parse_close_scope(struct parser *parser, uint32_t last)
{
	parser->scope->last = last;
	parser->scope = parser->scope->parent;
}

struct variable *parse_lookup(const struct parser *parser, uint32_t name)
{
	for (const struct scope *scope = parser->scope; scope; scope = scope->parent)
		for (size_t i = scope->names.len; i-- > 0;)
			if (scope->names.at[i]->name == name)
				return scope->names.at[i];
	return NULL;
}

static bool is_global_typedef(const struct unit *unit, uint32_t id)
{
	return id < unit->is_typedef_size && unit->is_typedef[id];
}

static bool is_typedef_name(const struct parser *parser, uint32_t id)
{
	const struct variable *local = parse_lookup(parser, id);
	if (local)
		return local->is_typedef;
	if (is_global_typedef(parser->unit, id))
		return true;
	return !strncmp(parser->unit->names.text.at[id], "__builtin_va_list", 17) ||
	       !strcmp(parser->unit->names.text.at[id], "__builtin_ms_va_list");
}

bool parse_starts_type(const struct parser *parser)
{
	const struct token *token = TOKEN(parser->unit, parser->at);
	if (token->kind != T_NAME || token->word != WORD_NONE)
		return false;
	switch (token->id) {
	case K_STRUCT:
	case K_UNION:
	case K_ENUM:
	case K_TYPEOF:
	case K_CONST:
	case K_VOLATILE:
	case K_RESTRICT:
	case K_ATOMIC:
	case K_ATTRIBUTE:
	case K_ALIGNAS:
	case K_AUTO_TYPE:
	case K_BITINT:
		return true;
	default:
		return (token->id >= K_VOID && token->id <= K_FLOAT128) ||
		       (token_is_name(parser->unit, parser->at) &&
			is_typedef_name(parser, token->id));
	}
}

/* Makes a name known in the scope at hand. */
static struct variable *bind(struct parser *parser, uint32_t token, bool is_object)
{
	struct unit *unit = parser->unit;
	struct variable *variable = ARENA_NEW(unit->arena, struct variable);
	variable->kind = is_object ? VARIABLE_LOCAL : VARIABLE_OTHER;
	variable->name = TOKEN(unit, token)->id;
	variable->token = token;
	variable->scope = parser->scope;
	variable->text = variable->field = token_spelling(unit, token);
	for (const struct scope *scope = parser->scope; scope; scope = scope->parent)
		for (size_t i = 0; i < scope->names.len; i++)
			if (scope->names.at[i]->name == variable->name && scope != parser->scope)
				scope->names.at[i]->hidden = true;
	*vec_push(unit->arena, &parser->scope->names) = variable;
	return variable;
}

static bool is_aggregate(enum CXTypeKind kind)
{
	return kind == CXType_Record || kind == CXType_Vector || kind == CXType_ExtVector;
}

/* What libclang knows of a variable. */
static void describe(struct unit *unit, struct variable *variable)
{
	variable->cursor = load_cursor(unit, variable->token);
	variable->type = clang_getCursorType(variable->cursor);
	CXType canonical = clang_getCanonicalType(variable->type);
	CXType element = canonical;
	while (load_is_array(element)) {
		variable->is_array = true;
		variable->is_vla |= element.kind == CXType_VariableArray;
		element = clang_getElementType(element);
	}
	variable->is_const =
		clang_isConstQualifiedType(canonical) || clang_isConstQualifiedType(element);
	variable->is_volatile = clang_isVolatileQualifiedType(element);
	variable->is_bool = canonical.kind == CXType_Bool;
	variable->is_aggregate = is_aggregate(canonical.kind);
	variable->size = clang_Type_getSizeOf(canonical);
	variable->align = clang_Type_getAlignOf(canonical);
	variable->is_async = load_is_async(unit, variable->cursor);
	variable->is_function = clang_getCursorKind(variable->cursor) == CXCursor_FunctionDecl;
}

/* Notes the variables named between two tokens that are not parsed. Where there is more
 * than an expression, libclang says which names are variables; it does not look into
 * alignments. */
static void note_uses(struct parser *parser, uint32_t first, uint32_t last, bool expression)
{
	struct unit *unit = parser->unit;
	for (uint32_t i = first; i <= last; i++) {
		struct variable *variable =
			token_is_name(unit, i) ? parse_lookup(parser, TOKEN(unit, i)->id) : NULL;
		if (!variable || variable->is_typedef)
			continue;
		bool named = expression ? !token_is(unit, i - 1, K_DOT) &&
						  !token_is(unit, i - 1, K_ARROW) &&
						  !token_is(unit, i - 1, K_STRUCT) &&
						  !token_is(unit, i - 1, K_UNION) &&
						  !token_is(unit, i - 1, K_ENUM)
					: load_name(unit, clang_getCursorReferenced(load_cursor(
								  unit, i))) == variable->token;
		if (named && i != variable->token)
			*vec_push(unit->arena, &variable->uses) = i;
	}
}

static void parse_parenthesised_type_or_expr(struct parser *parser, expr_list *list)
{
	parse_expect(parser, K_LPAREN);
	parser->unevaluated++;
	if (parse_starts_type(parser))
		parse_type_name(parser, list);
	else
		*vec_push(parser->unit->arena, list) = parse_expression(parser);
	parser->unevaluated--;
	parse_expect(parser, K_RPAREN);
}

static void parse_enumerators(struct parser *parser, expr_list *list)
{
	parse_expect(parser, K_LBRACE);
	while (!parse_is(parser, K_RBRACE)) {
		uint32_t name = parse_next(parser);
		parse_skip_attributes(parser);
		if (parse_accept(parser, K_ASSIGN))
			*vec_push(parser->unit->arena, list) = parse_conditional(parser);
		bind(parser, name, false);
		if (!parse_accept(parser, K_COMMA))
			break;
	}
	parse_expect(parser, K_RBRACE);
}

static void parse_tag(struct parser *parser, expr_list *list)
{
	bool is_enum = TOKEN(parser->unit, parse_next(parser))->id == K_ENUM;
	parse_skip_attributes(parser);
	if (!parse_is(parser, K_LBRACE))
		parse_next(parser);
	if (is_enum && parse_accept(parser, K_COLON)) {
		struct specifier_facts facts = {0};
		parse_specifiers(parser, &facts, list);
	}
	if (!parse_is(parser, K_LBRACE))
		return;
	if (is_enum) {
		parse_enumerators(parser, list);
	} else {
		uint32_t open = parser->at;
		parser->at = token_match(parser->unit, open);
		note_uses(parser, open, parser->at, false);
		parse_next(parser);
	}
}

/* What `aligned` alone asks for. */
enum { LARGEST_ALIGNMENT = 16 };

/* cleanup(name) in the attributes from first to the parser's place: the token of the name,
 * or 0. In an async function the attribute goes, as the calls are made explicit. */
static uint32_t take_cleanup(struct parser *parser, uint32_t from)
{
	struct unit *unit = parser->unit;
	for (uint32_t i = from; i + 3 < parser->at; i++) {
		if (!token_is(unit, i, K_CLEANUP) || !token_is(unit, i + 1, K_LPAREN))
			continue;
		uint32_t first = i;
		while (!token_is(unit, first - 1, K_LPAREN) &&
		       !token_is(unit, first - 1, K_COMMA) &&
		       !token_is(unit, first - 1, K_LBRACKET))
			first--;
		for (uint32_t k = first; parser->fn->is_async && k <= i + 3; k++)
			token_edit(unit, k)->body_text = "";
		return i + 2;
	}
	return 0;
}

/* The alignment that the parentheses at open ask for, or -1: align.c finds it. */
static long long alignment_in(const struct parser *parser, uint32_t open)
{
	uint32_t first = open + 1, last = token_match(parser->unit, open) - 1;
	if (first == last && TOKEN(parser->unit, first)->kind == T_NUMBER)
		return strtoll(token_text(parser->unit, first), NULL, 0);
	return -1;
}

static void take_alignment(struct parser *parser, uint32_t open, struct specifier_facts *facts)
{
	long long align = LARGEST_ALIGNMENT;
	if (token_is(parser->unit, open, K_LPAREN)) {
		note_uses(parser, open, token_match(parser->unit, open), true);
		align = alignment_in(parser, open);
	}
	if (align < 0 || facts->align < 0)
		facts->align = -1;
	else if (align > facts->align)
		facts->align = align;
}

static void take_alignments(struct parser *parser, uint32_t from, struct specifier_facts *facts)
{
	for (uint32_t i = from; i < parser->at; i++)
		if (token_is(parser->unit, i, K_ALIGNED))
			take_alignment(parser, i + 1, facts);
}

static void parse_attributes(struct parser *parser, struct specifier_facts *facts)
{
	uint32_t from = parser->at;
	parse_skip_attributes(parser);
	uint32_t cleanup = take_cleanup(parser, from);
	if (cleanup)
		facts->cleanup = cleanup;
	take_alignments(parser, from, facts);
}

void parse_specifiers(struct parser *parser, struct specifier_facts *facts, expr_list *list)
{
	while (TOKEN(parser->unit, parser->at)->word == WORD_NONE) {
		uint32_t id = TOKEN(parser->unit, parser->at)->id;
		if (TOKEN(parser->unit, parser->at)->word != WORD_NONE)
			return;
		switch (id) {
		case K_ATTRIBUTE:
			parse_attributes(parser, facts);
			break;
		case K_TYPEOF:
			parse_next(parser);
			parse_parenthesised_type_or_expr(parser, list);
			facts->has_type = true;
			break;
		case K_ALIGNAS:
		case K_DECLSPEC:
		case K_BITINT:
			facts->has_type |= id == K_BITINT;
			parse_next(parser);
			if (id == K_ALIGNAS)
				take_alignment(parser, parser->at, facts);
			parser->at = token_match(parser->unit, parser->at);
			parse_next(parser);
			break;
		case K_ATOMIC:
			parse_next(parser);
			if (parse_is(parser, K_LPAREN)) {
				parse_parenthesised_type_or_expr(parser, list);
				facts->has_type = true;
			}
			break;
		case K_STRUCT:
		case K_UNION:
		case K_ENUM:
			parse_tag(parser, list);
			facts->has_type = true;
			break;
		case K_STATIC:
		case K_EXTERN:
		case K_TYPEDEF:
		case K_THREAD_LOCAL:
		case K_REGISTER:
		case K_AUTO:
		case K_INLINE:
		case K_NORETURN:
		case K_EXTENSION:
		case K_CONSTEXPR:
		case K_CONST:
		case K_VOLATILE:
		case K_RESTRICT:
			facts->is_static |= id == K_STATIC;
			facts->is_extern |= id == K_EXTERN;
			facts->is_typedef |= id == K_TYPEDEF;
			facts->is_thread_local |= id == K_THREAD_LOCAL;
			facts->is_register |= id == K_REGISTER;
			if (id == K_CONSTEXPR)
				facts->constexpr_at = parser->at;
			parse_next(parser);
			break;
		default:
			if (token_opens_attributes(parser->unit, parser->at)) {
				parse_attributes(parser, facts);
				break;
			}
			if ((id >= K_VOID && id <= K_FLOAT128) || id == K_AUTO_TYPE) {
				facts->has_type = true;
			} else if (facts->has_type || !token_is_name(parser->unit, parser->at) ||
				   !is_typedef_name(parser, id)) {
				return;
			} else {
				facts->has_type = true;
			}
			parse_next(parser);
			break;
		}
	}
}

static struct stmt *new_stmt(struct parser *parser, enum stmt_kind kind, uint32_t first)
{
	struct stmt *stmt = ARENA_NEW(parser->unit->arena, struct stmt);
	stmt->kind = kind;
	stmt->first = first;
	stmt->last = first;
	stmt->scope = parser->scope;
	return stmt;
}

static struct stmt *finish(struct parser *parser, struct stmt *stmt, const expr_list *exprs)
{
	stmt->exprs = exprs->at;
	stmt->expr_count = (uint32_t)exprs->len;
	stmt->last = parse_last(parser);
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		stmt->awaits |= stmt->exprs[i]->awaits;
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		stmt->awaits |= stmt->kids[i]->awaits;
	return stmt;
}

static void add_kid(struct parser *parser, struct stmt *stmt, struct stmt *kid)
{
	struct stmt **kids = arena_alloc(parser->unit->arena, (stmt->kid_count + 1) * sizeof *kids);
	if (stmt->kid_count)
		memcpy(kids, stmt->kids, stmt->kid_count * sizeof *kids);
	kids[stmt->kid_count++] = kid;
	stmt->kids = kids;
}

/* The result of the async function that a token names, or NULL. */
static struct result *async_result(struct parser *parser, uint32_t name)
{
	const struct unit *unit = parser->unit;
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (!declared->is_function ||
		    !token_is(unit, declared->name, TOKEN(unit, name)->id))
			continue;
		if (!parser->fn->is_async)
			error_at(parser->unit, name,
				 "cleanup function '%s' is async; a variable that it cleans up "
				 "must be "
				 "in an async function",
				 token_text(unit, name));
		return declared->result;
	}
	return NULL;
}

static struct variable *declare(struct parser *parser, const struct specifier_facts *facts,
				uint32_t name)
{
	struct variable *variable = bind(parser, name, true);
	variable->is_typedef = facts->is_typedef;
	variable->specifiers = facts->first;
	variable->cleanup = facts->cleanup;
	variable->cleanup_result = facts->cleanup ? async_result(parser, facts->cleanup) : NULL;
	describe(parser->unit, variable);
	if (facts->align < 0 || facts->align > variable->align) {
		variable->align = facts->align;
		variable->is_aligned = true;
	}
	/* A constant needs no saving: it can be the same object in every call. */
	if (facts->constexpr_at && !facts->is_static && parser->fn->is_async)
		token_edit(parser->unit, facts->constexpr_at)->body_text = "static constexpr";
	if (facts->constexpr_at || facts->is_static || facts->is_extern || facts->is_typedef ||
	    facts->is_thread_local || variable->is_function)
		variable->kind = VARIABLE_OTHER;
	else
		*vec_push(parser->unit->arena, &parser->fn->variables) = variable;
	return variable;
}

static void parse_init_declarator(struct parser *parser, struct stmt *stmt,
				  struct specifier_facts facts, expr_list *exprs)
{
	struct declarator declarator = {.first = parser->at};
	declarator.name = parse_declarator(parser, &declarator, exprs);
	declarator.dimensions_end = parse_last(parser);
	if (parse_accept(parser, K_ASM)) {
		parser->at = token_match(parser->unit, parser->at);
		parse_next(parser);
	}
	parse_attributes(parser, &facts);
	if (declarator.name != NO_TOKEN)
		declarator.variable = declare(parser, &facts, declarator.name);
	if (parse_accept(parser, K_ASSIGN)) {
		declarator.initialiser = parse_initialiser(parser);
		*vec_push(parser->unit->arena, exprs) = declarator.initialiser;
	}
	declarator.last = parse_last(parser);
	if (declarator.variable) {
		declarator.variable->initialiser = declarator.initialiser;
		declarator.variable->array_open = declarator.array_open;
	}
	*vec_push(parser->unit->arena, &stmt->declarators) = declarator;
}

static struct stmt *parse_declaration(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_DECLARATION, parser->at);
	struct specifier_facts facts = {.first = stmt->first};
	expr_list exprs = {0};
	parse_specifiers(parser, &facts, &exprs);
	stmt->specifiers_end = parser->at;
	if (!parse_is(parser, K_SEMICOLON)) {
		do
			parse_init_declarator(parser, stmt, facts, &exprs);
		while (parse_accept(parser, K_COMMA));
	}
	parse_expect(parser, K_SEMICOLON);
	stmt->declares = true;
	return finish(parser, stmt, &exprs);
}

static bool starts_declaration(const struct parser *parser)
{
	const struct unit *unit = parser->unit;
	uint32_t id = TOKEN(unit, parser->at)->id;
	if (TOKEN(unit, parser->at)->word != WORD_NONE)
		return false;
	if (token_opens_attributes(parser->unit, parser->at)) {
		struct parser ahead = *parser;
		parse_skip_attributes(&ahead);
		return starts_declaration(&ahead);
	}
	switch (id) {
	case K_STATIC:
	case K_EXTERN:
	case K_TYPEDEF:
	case K_REGISTER:
	case K_AUTO:
	case K_THREAD_LOCAL:
	case K_INLINE:
	case K_NORETURN:
	case K_CONSTEXPR:
		return true;
	case K_EXTENSION: {
		struct parser ahead = *parser;
		ahead.at++;
		return starts_declaration(&ahead);
	}
	default:
		break;
	}
	if (token_is_name(unit, parser->at) && token_is(unit, parser->at + 1, K_COLON))
		return false;
	return parse_starts_type(parser);
}

static struct expr *parse_header(struct parser *parser, expr_list *exprs, struct stmt *stmt)
{
	parse_expect(parser, K_LPAREN);
	struct expr *condition = parse_expression(parser);
	*vec_push(parser->unit->arena, exprs) = condition;
	stmt->header_last = parse_expect(parser, K_RPAREN);
	return condition;
}

static struct stmt *parse_if(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_IF, parse_next(parser));
	expr_list exprs = {0};
	parse_header(parser, &exprs, stmt);
	add_kid(parser, stmt, parse_statement(parser));
	if (parse_accept(parser, K_ELSE))
		add_kid(parser, stmt, parse_statement(parser));
	return finish(parser, stmt, &exprs);
}

static void parse_loop_body(struct parser *parser, struct stmt *stmt)
{
	struct stmt *outer = parser->loop;
	parser->loop = stmt;
	add_kid(parser, stmt, parse_statement(parser));
	parser->loop = outer;
}

static struct stmt *parse_while(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_WHILE, parse_next(parser));
	expr_list exprs = {0};
	parse_header(parser, &exprs, stmt);
	parse_loop_body(parser, stmt);
	return finish(parser, stmt, &exprs);
}

static struct stmt *parse_do(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_DO, parse_next(parser));
	expr_list exprs = {0};
	parse_loop_body(parser, stmt);
	parse_expect(parser, K_WHILE);
	parse_header(parser, &exprs, stmt);
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &exprs);
}

static struct stmt *parse_for_init(struct parser *parser)
{
	if (starts_declaration(parser))
		return parse_declaration(parser);
	struct stmt *init = new_stmt(parser, S_EXPRESSION, parser->at);
	expr_list exprs = {0};
	if (!parse_is(parser, K_SEMICOLON))
		*vec_push(parser->unit->arena, &exprs) = parse_expression(parser);
	else
		init->kind = S_EMPTY;
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, init, &exprs);
}

static struct stmt *parse_for(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_FOR, parse_next(parser));
	expr_list exprs = {0};
	stmt->scope = parse_open_scope(parser, stmt->first);
	parse_expect(parser, K_LPAREN);
	stmt->for_init = parse_for_init(parser);
	add_kid(parser, stmt, stmt->for_init);
	if (!parse_is(parser, K_SEMICOLON)) {
		stmt->for_condition = parse_expression(parser);
		*vec_push(parser->unit->arena, &exprs) = stmt->for_condition;
	}
	parse_expect(parser, K_SEMICOLON);
	if (!parse_is(parser, K_RPAREN)) {
		stmt->for_step = parse_expression(parser);
		*vec_push(parser->unit->arena, &exprs) = stmt->for_step;
	}
	stmt->header_last = parse_expect(parser, K_RPAREN);
	parse_loop_body(parser, stmt);
	parse_close_scope(parser, parse_last(parser));
	return finish(parser, stmt, &exprs);
}

static struct stmt *parse_switch(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_SWITCH, parse_next(parser));
	expr_list exprs = {0};
	parse_header(parser, &exprs, stmt);
	add_kid(parser, stmt, parse_statement(parser));
	return finish(parser, stmt, &exprs);
}

static void mark_labels(struct parser *parser)
{
	for (struct scope *scope = parser->scope; scope; scope = scope->parent)
		scope->has_labels = true;
}

static void parse_labelled(struct parser *parser, struct stmt *stmt)
{
	parse_skip_attributes(parser);
	if (!parse_is(parser, K_RBRACE) && !starts_declaration(parser))
		add_kid(parser, stmt, parse_statement(parser));
}

static struct stmt *parse_case(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_CASE, parser->at);
	expr_list exprs = {0};
	stmt->is_default = token_is(parser->unit, parse_next(parser), K_DEFAULT);
	stmt->is_case = !stmt->is_default;
	if (stmt->is_case)
		parse_conditional(parser);
	if (parse_accept(parser, K_ELLIPSIS))
		parse_conditional(parser);
	stmt->header_last = parse_expect(parser, K_COLON);
	parse_labelled(parser, stmt);
	return finish(parser, stmt, &exprs);
}

/* __label__ a, b; these are the block's own, which the numbers of their names tell. */
static void take_local_labels(struct parser *parser, const struct stmt *stmt)
{
	struct unit *unit = parser->unit;
	for (uint32_t i = stmt->first; i <= stmt->last; i++) {
		if (i == stmt->first || i == stmt->last || token_is(unit, i, K_COMMA))
			continue;
		const char *unique = arena_printf(unit->arena, "%s__%u", token_text(unit, i),
						  ++parser->fn->counter);
		*vec_push(unit->arena, &parser->scope->labels) = (struct local_label){
			TOKEN(unit, i)->id, names_intern(&unit->names, unique, strlen(unique))};
	}
}

uint32_t parse_label_name(struct parser *parser, uint32_t token)
{
	struct unit *unit = parser->unit;
	for (const struct scope *scope = parser->scope; scope; scope = scope->parent)
		for (size_t i = 0; i < scope->labels.len; i++)
			if (scope->labels.at[i].name == TOKEN(unit, token)->id) {
				TOKEN(unit, token)->id = scope->labels.at[i].unique;
				return TOKEN(unit, token)->id;
			}
	return TOKEN(unit, token)->id;
}

static struct stmt *parse_label(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_LABEL, parser->at);
	stmt->label = parse_label_name(parser, parse_next(parser));
	stmt->header_last = parse_expect(parser, K_COLON);
	mark_labels(parser);
	parse_labelled(parser, stmt);
	return finish(parser, stmt, &(expr_list){0});
}

static struct stmt *parse_goto(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_GOTO, parse_next(parser));
	expr_list exprs = {0};
	if (parse_accept(parser, K_STAR)) {
		stmt->kind = S_GOTO_COMPUTED;
		*vec_push(parser->unit->arena, &exprs) = parse_expression(parser);
	} else {
		stmt->label = parse_label_name(parser, parse_next(parser));
	}
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &exprs);
}

static struct stmt *parse_jump(struct parser *parser, enum stmt_kind kind)
{
	struct stmt *stmt = new_stmt(parser, kind, parse_next(parser));
	stmt->target = kind == S_CONTINUE ? parser->loop : NULL;
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &(expr_list){0});
}

static struct stmt *parse_return(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_RETURN, parse_next(parser));
	expr_list exprs = {0};
	if (!parse_is(parser, K_SEMICOLON))
		*vec_push(parser->unit->arena, &exprs) = parse_expression(parser);
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &exprs);
}

/* asm: the operands are expressions, the labels behind the fourth colon are where asm goto
 * may go, the rest is opaque. */
static struct stmt *parse_asm(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_ASM, parse_next(parser));
	expr_list exprs = {0};
	uint32_t colons = 0;
	while (!parse_is(parser, K_LPAREN))
		parse_next(parser);
	uint32_t close = token_match(parser->unit, parser->at);
	parse_next(parser);
	while (parser->at < close) {
		if (parse_is(parser, K_LPAREN)) {
			parse_next(parser);
			*vec_push(parser->unit->arena, &exprs) = parse_expression(parser);
			parse_expect(parser, K_RPAREN);
			continue;
		}
		uint32_t token = parse_next(parser), id = TOKEN(parser->unit, token)->id;
		colons += id == K_COLON;
		if (colons == 4 && id != K_COLON && id != K_COMMA)
			*vec_push(parser->unit->arena, &stmt->labels) =
				parse_label_name(parser, token);
	}
	parse_next(parser);
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &exprs);
}

/* __label__ and _Static_assert */
static struct stmt *parse_opaque(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_OTHER, parser->at);
	bool labels = parse_is(parser, K_LABEL);
	while (!parse_is(parser, K_SEMICOLON)) {
		if (parse_is(parser, K_LPAREN))
			parser->at = token_match(parser->unit, parser->at);
		parse_next(parser);
	}
	parse_next(parser);
	finish(parser, stmt, &(expr_list){0});
	if (labels)
		take_local_labels(parser, stmt);
	else
		note_uses(parser, stmt->first, stmt->last, false);
	return stmt;
}

static struct stmt *parse_expression_statement(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_EXPRESSION, parser->at);
	expr_list exprs = {0};
	*vec_push(parser->unit->arena, &exprs) = parse_expression(parser);
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &exprs);
}

static struct stmt *parse_empty(struct parser *parser)
{
	struct stmt *stmt = new_stmt(parser, S_EMPTY, parser->at);
	parse_expect(parser, K_SEMICOLON);
	return finish(parser, stmt, &(expr_list){0});
}

/* Attributes before a statement ([[fallthrough]];, __attribute__((fallthrough));) are
 * part of it. */
static bool attribute_of_statement(const struct parser *parser)
{
	struct parser ahead = *parser;
	uint32_t before = ahead.at;
	parse_skip_attributes(&ahead);
	return ahead.at != before && !token_is(parser->unit, before, K_CONST) &&
	       !token_is(parser->unit, before, K_VOLATILE) && !starts_declaration(&ahead);
}

struct stmt *parse_statement(struct parser *parser)
{
	const struct token *token = TOKEN(parser->unit, parser->at);
	if (token->word == WORD_AWAIT_STATEMENT) {
		uint32_t first = parse_next(parser);
		struct stmt *stmt = starts_declaration(parser) ? parse_declaration(parser)
							       : parse_statement(parser);
		stmt->await_all = first;
		return stmt;
	}
	if ((parse_is(parser, K_ATTRIBUTE) || token_opens_attributes(parser->unit, parser->at)) &&
	    attribute_of_statement(parser)) {
		uint32_t first = parser->at;
		parse_skip_attributes(parser);
		struct stmt *stmt = parse_statement(parser);
		stmt->attributes_first = first + 1;
		return stmt;
	}
	if (token->word == WORD_NONE) {
		switch (token->id) {
		case K_LBRACE:
			return parse_block(parser);
		case K_IF:
			return parse_if(parser);
		case K_WHILE:
			return parse_while(parser);
		case K_DO:
			return parse_do(parser);
		case K_FOR:
			return parse_for(parser);
		case K_SWITCH:
			return parse_switch(parser);
		case K_CASE:
		case K_DEFAULT:
			return parse_case(parser);
		case K_GOTO:
			return parse_goto(parser);
		case K_BREAK:
			return parse_jump(parser, S_BREAK);
		case K_CONTINUE:
			return parse_jump(parser, S_CONTINUE);
		case K_RETURN:
			return parse_return(parser);
		case K_ASM:
			return parse_asm(parser);
		case K_SEMICOLON:
			return parse_empty(parser);
		case K_LABEL:
		case K_STATIC_ASSERT:
			return parse_opaque(parser);
		default:
			break;
		}
	}
	if (token_is_name(parser->unit, parser->at) && token->word == WORD_NONE &&
	    token_is(parser->unit, parser->at + 1, K_COLON))
		return parse_label(parser);
	return parse_expression_statement(parser);
}

struct stmt *parse_block(struct parser *parser)
{
	struct stmt *block = new_stmt(parser, S_BLOCK, parser->at);
	block->scope = parse_open_scope(parser, parser->at);
	parse_expect(parser, K_LBRACE);
	VEC(struct stmt *) kids = {0};
	while (!parse_is(parser, K_RBRACE)) {
		bool declares = starts_declaration(parser) && !attribute_of_statement(parser);
		*vec_push(parser->unit->arena, &kids) =
			declares ? parse_declaration(parser) : parse_statement(parser);
	}
	block->kids = kids.at;
	block->kid_count = (uint32_t)kids.len;
	parse_close_scope(parser, parse_expect(parser, K_RBRACE));
	return finish(parser, block, &(expr_list){0});
}

/* The expressions in [n][m] behind a parameter's name. The first bound of an array says
 * nothing that the body needs, where it would be evaluated again at each resume. */
static void parse_param_bounds(struct parser *parser, struct variable *param)
{
	struct unit *unit = parser->unit;
	uint32_t i = param->token + 1;
	while (token_is(unit, i, K_RPAREN) && i < parser->fn->params_close)
		i++;
	for (; token_is(unit, i, K_LBRACKET); i = token_match(unit, i) + 1) {
		uint32_t close = token_match(unit, i);
		struct bound bound = {NULL, NULL};
		parser->at = i + 1;
		parse_skip_attributes(parser);
		parse_accept(parser, K_STATIC);
		parse_skip_attributes(parser);
		if (parser->at < close && !(parse_is(parser, K_STAR) && parser->at + 1 == close))
			bound.expr = parse_assignment(parser);
		if (!param->bounds.len && param->is_vla)
			for (uint32_t k = i + 1; k < close; k++)
				token_edit(unit, k)->body_text = "";
		*vec_push(unit->arena, &param->bounds) = bound;
	}
	parser->at = parser->fn->body_first;
}

static void add_param(struct parser *parser, CXCursor cursor)
{
	struct unit *unit = parser->unit;
	uint32_t name = load_name(unit, cursor);
	CXString spelling = clang_getCursorSpelling(cursor);
	bool unnamed = !clang_getCString(spelling) || !*clang_getCString(spelling);
	clang_disposeString(spelling);
	if (unnamed)
		return;
	struct variable *variable = bind(parser, name, true);
	variable->kind = VARIABLE_PARAMETER;
	describe(unit, variable);
	parse_param_bounds(parser, variable);
	/* An array parameter is a pointer; so is a function. */
	enum CXTypeKind kind = clang_getCanonicalType(variable->type).kind;
	if (variable->is_array || kind == CXType_FunctionProto || kind == CXType_FunctionNoProto) {
		variable->is_array = variable->is_vla = variable->is_const = false;
		variable->size = variable->align = (long long)sizeof(void *);
	}
	*vec_push(unit->arena, &parser->fn->params) = variable;
	*vec_push(unit->arena, &parser->fn->variables) = variable;
}

static const struct declared *declared_at(const struct unit *unit, uint32_t name)
{
	for (size_t i = 0; i < unit->declared.len; i++)
		if (unit->declared.at[i].name == name)
			return &unit->declared.at[i];
	return NULL;
}

static bool is_old_style(const struct unit *unit, const struct function *fn)
{
	return fn->params_close && token_is(unit, fn->body_first - 1, K_SEMICOLON);
}

static void parse_body(struct parser *parser)
{
	struct function *fn = parser->fn;
	struct unit *unit = parser->unit;
	if (fn->is_async && is_old_style(unit, fn)) {
		error_at(unit, fn->name,
			 "async function with an old-style parameter list; declare "
			 "the parameters in the parentheses");
		return;
	}
	fn->scope = parse_open_scope(parser, fn->name);
	fn->scope->last = fn->body_last;
	if (setjmp(parser->give_up)) {
		fn->failed = true;
		return;
	}
	int count = clang_Cursor_getNumArguments(fn->cursor);
	for (int i = 0; i < count; i++)
		add_param(parser, clang_Cursor_getArgument(fn->cursor, (unsigned)i));
	fn->body = parse_block(parser);
}

/* The name token of the function that an external declaration defines. */
static CXCursor function_cursor(struct unit *unit, const struct external *external)
{
	for (uint32_t i = external->first; i < external->body; i++) {
		if (TOKEN(unit, i)->kind != T_NAME || TOKEN(unit, i)->word != WORD_NONE ||
		    (!token_is(unit, i + 1, K_LPAREN) && !token_is(unit, i + 1, K_RPAREN)))
			continue;
		CXCursor cursor = load_cursor(unit, i);
		if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl &&
		    load_name(unit, cursor) == i)
			return cursor;
	}
	return clang_getNullCursor();
}

static void parse_function(struct unit *unit, const struct external *external)
{
	CXCursor cursor = function_cursor(unit, external);
	if (clang_Cursor_isNull(cursor))
		return;
	struct function *fn = ARENA_NEW(unit->arena, struct function);
	fn->first = external->first;
	fn->last = external->last;
	fn->body_first = external->body;
	fn->body_last = external->last;
	fn->cursor = cursor;
	fn->name = load_name(unit, cursor);
	const struct declared *declared = declared_at(unit, fn->name);
	if (declared) {
		fn->is_async = true;
		fn->is_static = declared->is_static;
		fn->params_open = declared->params_open;
		fn->params_close = declared->params_close;
		fn->result = declared->result;
		fn->is_main = token_is(unit, fn->name, K_MAIN);
		fn->is_variadic = clang_Cursor_isVariadic(cursor);
	}
	fn->generated = arena_printf(unit->arena, "__asyncc_%s", token_text(unit, fn->name));
	load_exprs(unit, external);
	struct parser parser = {.unit = unit, .fn = fn, .at = external->body};
	parse_body(&parser);
	if (fn->body || fn->failed)
		*vec_push(unit->arena, &unit->functions) = fn;
}

/* Names through which async code can be reached: of async functions and pointers, and
 * of everything declared with an async typedef. */
static struct bits async_names(struct unit *unit)
{
	struct bits names = bits_new(unit->arena, unit->names.text.len + 1);
	for (size_t i = 0; i < unit->declared.len; i++)
		if (unit->declared.at[i].name != NO_TOKEN)
			bits_set(names, TOKEN(unit, unit->declared.at[i].name)->id);
	for (uint32_t i = 0; i + 1 < unit->tokens.len; i++) {
		const struct token *token = TOKEN(unit, i);
		if (token->kind != T_NAME || !bits_get(names, token->id) ||
		    !is_global_typedef(unit, token->id) ||
		    clang_getCursorKind(load_cursor(unit, i)) != CXCursor_TypeRef)
			continue;
		for (uint32_t j = i + 1;
		     !token_is(unit, j, K_SEMICOLON) && !token_is(unit, j, K_LBRACE) &&
		     TOKEN(unit, j)->kind != T_END;
		     j++)
			if (token_is_name(unit, j))
				bits_set(names, TOKEN(unit, j)->id);
	}
	return names;
}

static bool matters(const struct unit *unit, const struct external *external, struct bits names)
{
	for (uint32_t i = external->first; i <= external->last; i++) {
		const struct token *token = TOKEN(unit, i);
		if (token->word != WORD_NONE || token->id == K_SPAWN || token->id == K_RUN_HERE ||
		    (token->kind == T_NAME && bits_get(names, token->id)))
			return true;
	}
	return false;
}

/* Objects at file scope whose initialisers mention async functions. */
static void parse_initialisers(struct unit *unit, const struct external *external)
{
	struct function *fn = ARENA_NEW(unit->arena, struct function);
	fn->first = fn->name = external->first;
	fn->last = external->last;
	load_exprs(unit, external);
	struct parser parser = {.unit = unit, .fn = fn, .at = external->first};
	while (is_skipped(unit, parser.at))
		parser.at++;
	fn->scope = parse_open_scope(&parser, external->first);
	if (setjmp(parser.give_up))
		return;
	fn->body = parse_declaration(&parser);
	*vec_push(unit->arena, &unit->initialisers) = fn;
}

static bool initialises(const struct unit *unit, const struct external *external)
{
	for (uint32_t i = external->first; i <= external->last; i++)
		if (token_is(unit, i, K_ASSIGN))
			return true;
	return false;
}

void parse(struct unit *unit)
{
	struct bits names = async_names(unit);
	for (size_t i = 0; i < unit->externals.len; i++) {
		const struct external *external = &unit->externals.at[i];
		if (!matters(unit, external, names))
			continue;
		if (external->body != NO_TOKEN)
			parse_function(unit, external);
		else if (initialises(unit, external))
			parse_initialisers(unit, external);
	}
}
