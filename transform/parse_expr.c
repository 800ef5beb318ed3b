/* Expressions of C and GNU C, over the tokens of a function's body (C11 6.5). Every
 * operand keeps its place in the text, so that a part can be replaced and the rest
 * printed as it was written.
 */
#include "parse.h"

static struct expr *new_expr(struct parser *parser, enum expr_kind kind, uint32_t first)
{
	struct expr *expr = ARENA_NEW(parser->unit->arena, struct expr);
	expr->kind = kind;
	expr->first = first;
	expr->last = parse_last(parser);
	expr->name = NO_TOKEN;
	expr->unevaluated = parser->unevaluated > 0;
	return expr;
}

static struct expr *finish(struct parser *parser, struct expr *expr, const expr_list *kids)
{
	expr->kids = kids->at;
	expr->kid_count = (uint32_t)kids->len;
	expr->last = parse_last(parser);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		expr->awaits |= expr->kids[i]->awaits && !expr->kids[i]->unevaluated;
	return expr;
}

static struct expr *with_kids(struct parser *parser, enum expr_kind kind, uint32_t op,
			      uint32_t first, struct expr *a, struct expr *b)
{
	expr_list kids = {0};
	*vec_push(parser->unit->arena, &kids) = a;
	if (b)
		*vec_push(parser->unit->arena, &kids) = b;
	struct expr *expr = new_expr(parser, kind, first);
	expr->op = op;
	return finish(parser, expr, &kids);
}

static struct expr *parse_cast(struct parser *parser);

static struct expr *parse_name(struct parser *parser)
{
	uint32_t token = parse_next(parser);
	struct expr *expr = new_expr(parser, E_NAME, token);
	expr->name = token;
	expr->variable = parse_lookup(parser, TOKEN(parser->unit, token)->id);
	if (expr->variable)
		*vec_push(parser->unit->arena, &expr->variable->uses) = token;
	return expr;
}

/* sizeof, _Alignof: of a type name in parentheses or of an expression. */
static struct expr *parse_unevaluated(struct parser *parser)
{
	uint32_t first = parse_next(parser);
	expr_list kids = {0};
	struct expr *expr = new_expr(parser, E_UNEVALUATED, first);
	parser->unevaluated++;
	if (parse_is(parser, K_LPAREN)) {
		struct parser ahead = *parser;
		parse_next(&ahead);
		if (parse_starts_type(&ahead)) {
			parse_next(parser);
			parse_type_name(parser, &kids);
			parse_expect(parser, K_RPAREN);
			if (parse_is(parser, K_LBRACE))
				*vec_push(parser->unit->arena, &kids) = parse_initialiser(parser);
			parser->unevaluated--;
			return finish(parser, expr, &kids);
		}
	}
	*vec_push(parser->unit->arena, &kids) = parse_cast(parser);
	parser->unevaluated--;
	return finish(parser, expr, &kids);
}

static struct expr *parse_generic(struct parser *parser)
{
	struct expr *expr = new_expr(parser, E_GENERIC, parse_next(parser));
	expr_list kids = {0};
	parse_expect(parser, K_LPAREN);
	parser->unevaluated++;
	if (parse_starts_type(parser))
		parse_type_name(parser, &kids);
	else
		*vec_push(parser->unit->arena, &kids) = parse_assignment(parser);
	parser->unevaluated--;
	while (parse_accept(parser, K_COMMA)) {
		if (!parse_accept(parser, K_DEFAULT)) {
			parser->unevaluated++;
			parse_type_name(parser, &kids);
			parser->unevaluated--;
		}
		parse_expect(parser, K_COLON);
		*vec_push(parser->unit->arena, &kids) = parse_assignment(parser);
	}
	parse_expect(parser, K_RPAREN);
	return finish(parser, expr, &kids);
}

/* __builtin_va_arg(list, type), __builtin_offsetof(type, member),
 * __builtin_types_compatible_p(type, type). */
static struct expr *parse_builtin(struct parser *parser)
{
	uint32_t first = parse_next(parser), id = TOKEN(parser->unit, first)->id;
	struct expr *expr = new_expr(parser, E_BUILTIN, first);
	expr_list kids = {0};
	expr->op = id;
	parse_expect(parser, K_LPAREN);
	if (id == K_VA_ARG) {
		*vec_push(parser->unit->arena, &kids) = parse_assignment(parser);
		parse_expect(parser, K_COMMA);
		parse_type_name(parser, &kids);
	} else {
		parse_type_name(parser, &kids);
		parse_expect(parser, K_COMMA);
		if (id == K_TYPES_COMPATIBLE) {
			parse_type_name(parser, &kids);
		} else {
			while (!parse_is(parser, K_RPAREN)) {
				if (parse_accept(parser, K_LBRACKET)) {
					*vec_push(parser->unit->arena, &kids) =
						parse_expression(parser);
					parse_expect(parser, K_RBRACKET);
				} else {
					parse_next(parser);
				}
			}
		}
	}
	parse_expect(parser, K_RPAREN);
	return finish(parser, expr, &kids);
}

static struct expr *parse_string(struct parser *parser)
{
	struct unit *unit = parser->unit;
	uint32_t first = parse_next(parser);
	while (TOKEN(unit, parser->at)->kind == T_STRING)
		parse_next(parser);
	return new_expr(parser, E_STRING, first);
}

static struct expr *parse_statement_expression(struct parser *parser, uint32_t first)
{
	struct stmt *body = parse_block(parser);
	parse_expect(parser, K_RPAREN);
	struct expr *expr = new_expr(parser, E_STATEMENT, first);
	expr->body = body;
	expr->awaits = body->awaits;
	return expr;
}

static bool is_call_of(const struct unit *unit, const struct expr *expr, uint32_t name)
{
	return expr->kind == E_CALL && expr->kids[0]->kind == E_NAME &&
	       token_is(unit, expr->kids[0]->name, name);
}

static struct expr *strip_parens(struct expr *expr)
{
	while (expr->kind == E_PAREN)
		expr = expr->kids[0];
	return expr;
}

static struct expr *parse_primary(struct parser *parser)
{
	const struct token *token = TOKEN(parser->unit, parser->at);
	switch (token->id) {
	case K_GENERIC:
		return parse_generic(parser);
	case K_VA_ARG:
	case K_OFFSETOF:
	case K_TYPES_COMPATIBLE:
		return parse_builtin(parser);
	case K_FUNC:
	case K_FUNCTION:
	case K_PRETTY:
		return parse_name(parser);
	case K_LPAREN: {
		uint32_t first = parse_next(parser);
		if (parse_is(parser, K_LBRACE))
			return parse_statement_expression(parser, first);
		struct expr *inner = parse_expression(parser);
		parse_expect(parser, K_RPAREN);
		return with_kids(parser, E_PAREN, K_LPAREN, first, inner, NULL);
	}
	default:
		break;
	}
	if (token->kind == T_NUMBER || token->kind == T_CHARACTER) {
		uint32_t first = parse_next(parser);
		return new_expr(parser, E_CONSTANT, first);
	}
	if (token->kind == T_STRING)
		return parse_string(parser);
	if (token->kind == T_NAME)
		return parse_name(parser);
	parse_fail(parser, parser->at, "expected an expression");
}

/* async_spawn(call) reads async__spawn(((void)(call), 0)) here. */
static struct expr *spawned_call(const struct unit *unit, const struct expr *call)
{
	if (!is_call_of(unit, call, K_SPAWN) || call->kid_count != 2)
		return NULL;
	struct expr *pair = strip_parens(call->kids[1]);
	if (pair->kind != E_COMMA || pair->kids[0]->kind != E_CAST)
		return NULL;
	return strip_parens(pair->kids[0]->kids[pair->kids[0]->kid_count - 1]);
}

/* async_join(t) reads ((t)((struct async_task_tag *)0)). */
static bool is_join(const struct unit *unit, const struct expr *call)
{
	if (call->kid_count != 2)
		return false;
	const struct expr *tag = strip_parens(call->kids[1]);
	return tag->kind == E_CAST && token_is(unit, tag->first + 1, K_STRUCT) &&
	       token_is(unit, tag->first + 2, K_TASK_TAG);
}

static struct expr *parse_call(struct parser *parser, struct expr *callee)
{
	expr_list kids = {0};
	*vec_push(parser->unit->arena, &kids) = callee;
	while (!parse_is(parser, K_RPAREN)) {
		*vec_push(parser->unit->arena, &kids) = parse_assignment(parser);
		if (!parse_accept(parser, K_COMMA))
			break;
	}
	parse_expect(parser, K_RPAREN);
	struct expr *call = finish(parser, new_expr(parser, E_CALL, callee->first), &kids);
	struct expr *spawned = spawned_call(parser->unit, call);
	if (spawned) {
		struct expr *spawn = with_kids(parser, E_SPAWN, 0, callee->first, spawned, NULL);
		return spawn;
	}
	call->join = is_join(parser->unit, call);
	return call;
}

static struct expr *parse_postfix_rest(struct parser *parser, struct expr *expr)
{
	for (;;) {
		uint32_t first = expr->first;
		if (parse_accept(parser, K_LBRACKET)) {
			struct expr *index = parse_expression(parser);
			parse_expect(parser, K_RBRACKET);
			expr = with_kids(parser, E_INDEX, K_LBRACKET, first, expr, index);
		} else if (parse_accept(parser, K_LPAREN)) {
			expr = parse_call(parser, expr);
		} else if (parse_is(parser, K_DOT) || parse_is(parser, K_ARROW)) {
			uint32_t op = TOKEN(parser->unit, parse_next(parser))->id;
			uint32_t name = parse_next(parser);
			expr = with_kids(parser, E_MEMBER, op, first, expr, NULL);
			expr->name = name;
		} else if (parse_is(parser, K_INC) || parse_is(parser, K_DEC)) {
			uint32_t op = TOKEN(parser->unit, parse_next(parser))->id;
			expr = with_kids(parser, E_POSTFIX, op, first, expr, NULL);
		} else {
			return expr;
		}
	}
}

static bool is_call(struct expr *expr)
{
	return strip_parens(expr)->kind == E_CALL;
}

static struct expr *parse_await(struct parser *parser)
{
	uint32_t first = parse_next(parser);
	struct expr *operand = parse_cast(parser);
	if (!is_call(operand)) {
		error_at(parser->unit, operand->first,
			 "operand of await is not a call of an async function");
		diagnose_range(parser->unit, operand->first, operand->last);
	}
	struct expr *expr = with_kids(parser, E_AWAIT, K_WORD_AWAIT, first, operand, NULL);
	expr->awaits = true;
	return expr;
}

/* ^{ … }, clang's block, is a function of its own, and no async one. Only the names that
 * it takes from around it matter here. */
static struct expr *parse_block_literal(struct parser *parser)
{
	struct unit *unit = parser->unit;
	uint32_t first = parse_next(parser);
	expr_list kids = {0};
	while (!parse_is(parser, K_LBRACE)) {
		if (parse_is(parser, K_LPAREN))
			parser->at = token_match(unit, parser->at);
		parse_next(parser);
	}
	uint32_t close = token_match(unit, parser->at);
	while (parser->at < close) {
		uint32_t token = parser->at;
		if (TOKEN(unit, token)->word == WORD_AWAIT) {
			error_at(unit, token, "await inside a block, which is not async");
			note_at(unit, first, "the block begins here");
		}
		if (TOKEN(unit, token)->kind == T_NAME && !token_is(unit, token - 1, K_DOT) &&
		    !token_is(unit, token - 1, K_ARROW) &&
		    parse_lookup(parser, TOKEN(unit, token)->id))
			*vec_push(unit->arena, &kids) = parse_name(parser);
		else
			parse_next(parser);
	}
	parse_next(parser);
	struct expr *expr = new_expr(parser, E_BUILTIN, first);
	expr->op = K_CARET;
	return finish(parser, expr, &kids);
}

static struct expr *parse_unary(struct parser *parser)
{
	uint32_t id = TOKEN(parser->unit, parser->at)->id;
	if (TOKEN(parser->unit, parser->at)->word == WORD_AWAIT)
		return parse_await(parser);
	switch (id) {
	case K_SIZEOF:
	case K_ALIGNOF:
		return parse_unevaluated(parser);
	case K_AND: {
		uint32_t first = parse_next(parser);
		uint32_t label = parse_next(parser);
		parse_label_name(parser, label);
		struct expr *expr = new_expr(parser, E_LABEL, first);
		expr->name = label;
		parser->fn->takes_label_address = true;
		return expr;
	}
	case K_CARET:
		return parse_postfix_rest(parser, parse_block_literal(parser));
	case K_AMP:
	case K_STAR:
	case K_PLUS:
	case K_MINUS:
	case K_TILDE:
	case K_NOT:
	case K_INC:
	case K_DEC:
	case K_EXTENSION:
	case K_REAL:
	case K_IMAG: {
		uint32_t first = parse_next(parser);
		struct expr *operand = parse_cast(parser);
		return with_kids(parser, E_UNARY, id, first, operand, NULL);
	}
	default:
		return parse_postfix_rest(parser, parse_primary(parser));
	}
}

/* ( type-name ) cast-expression, ( type-name ) { … }, or a unary expression. */
static struct expr *parse_cast(struct parser *parser)
{
	if (!parse_is(parser, K_LPAREN))
		return parse_unary(parser);
	struct parser ahead = *parser;
	parse_next(&ahead);
	if (!parse_starts_type(&ahead))
		return parse_unary(parser);
	expr_list kids = {0};
	uint32_t first = parse_next(parser);
	parse_type_name(parser, &kids);
	parse_expect(parser, K_RPAREN);
	uint32_t type_kids = (uint32_t)kids.len;
	bool literal = parse_is(parser, K_LBRACE);
	*vec_push(parser->unit->arena, &kids) =
		literal ? parse_initialiser(parser) : parse_cast(parser);
	struct expr *expr = new_expr(parser, literal ? E_COMPOUND : E_CAST, first);
	expr->type_kids = type_kids;
	expr->scope = parser->scope;
	expr->for_spawn = kids.at[type_kids]->kind == E_SPAWN;
	finish(parser, expr, &kids);
	return literal ? parse_postfix_rest(parser, expr) : expr;
}

static int precedence(uint32_t id)
{
	switch (id) {
	case K_STAR:
	case K_SLASH:
	case K_PERCENT:
		return 10;
	case K_PLUS:
	case K_MINUS:
		return 9;
	case K_SHL:
	case K_SHR:
		return 8;
	case K_LT:
	case K_GT:
	case K_LE:
	case K_GE:
		return 7;
	case K_EQ:
	case K_NE:
		return 6;
	case K_AMP:
		return 5;
	case K_CARET:
		return 4;
	case K_PIPE:
		return 3;
	case K_AND:
		return 2;
	case K_OR:
		return 1;
	default:
		return 0;
	}
}

static struct expr *parse_binary(struct parser *parser, int lowest)
{
	struct expr *left = parse_cast(parser);
	for (;;) {
		uint32_t op = TOKEN(parser->unit, parser->at)->id;
		int level = precedence(op);
		if (level < lowest || !level)
			return left;
		parse_next(parser);
		struct expr *right = parse_binary(parser, level + 1);
		left = with_kids(parser, E_BINARY, op, left->first, left, right);
	}
}

struct expr *parse_conditional(struct parser *parser)
{
	struct expr *condition = parse_binary(parser, 1);
	if (!parse_accept(parser, K_QUESTION))
		return condition;
	expr_list kids = {0};
	*vec_push(parser->unit->arena, &kids) = condition;
	if (!parse_is(parser, K_COLON))
		*vec_push(parser->unit->arena, &kids) = parse_expression(parser);
	parse_expect(parser, K_COLON);
	*vec_push(parser->unit->arena, &kids) = parse_conditional(parser);
	return finish(parser, new_expr(parser, E_CONDITIONAL, condition->first), &kids);
}

struct expr *parse_assignment(struct parser *parser)
{
	struct expr *left = parse_conditional(parser);
	uint32_t op = TOKEN(parser->unit, parser->at)->id;
	if (op != K_ASSIGN && !(op >= K_MUL_ASSIGN && op <= K_OR_ASSIGN))
		return left;
	parse_next(parser);
	struct expr *right = parse_assignment(parser);
	return with_kids(parser, E_ASSIGN, op, left->first, left, right);
}

struct expr *parse_expression(struct parser *parser)
{
	struct expr *left = parse_assignment(parser);
	while (parse_accept(parser, K_COMMA)) {
		struct expr *right = parse_assignment(parser);
		if (is_call_of(parser->unit, left, K_RUN_HERE))
			left = with_kids(parser, E_RUN, 0, left->first, strip_parens(right), NULL);
		else
			left = with_kids(parser, E_COMMA, K_COMMA, left->first, left, right);
		left->last = right->last;
	}
	return left;
}

/* The designators of one element; the constant expressions in them name no objects. */
static void skip_designators(struct parser *parser)
{
	bool any = false;
	while (parse_is(parser, K_DOT) || parse_is(parser, K_LBRACKET)) {
		any = true;
		if (parse_accept(parser, K_DOT)) {
			parse_next(parser);
		} else {
			parser->at = token_match(parser->unit, parser->at);
			parse_next(parser);
		}
	}
	if (any)
		parse_accept(parser, K_ASSIGN);
	else if (TOKEN(parser->unit, parser->at)->kind == T_NAME &&
		 token_is(parser->unit, parser->at + 1, K_COLON)) {
		parse_next(parser);
		parse_next(parser);
	}
}

struct expr *parse_initialiser(struct parser *parser)
{
	if (!parse_is(parser, K_LBRACE))
		return parse_assignment(parser);
	uint32_t first = parse_next(parser);
	expr_list kids = {0};
	while (!parse_is(parser, K_RBRACE)) {
		uint32_t designator = parser->at;
		skip_designators(parser);
		bool designated = parser->at != designator;
		struct expr *element = parse_initialiser(parser);
		element->designator = designated ? designator : 0;
		*vec_push(parser->unit->arena, &kids) = element;
		if (!parse_accept(parser, K_COMMA))
			break;
	}
	parse_expect(parser, K_RBRACE);
	return finish(parser, new_expr(parser, E_LIST, first), &kids);
}

static void parse_abstract_suffixes(struct parser *parser, expr_list *list)
{
	for (;;) {
		if (parse_is(parser, K_LPAREN)) {
			parser->at = token_match(parser->unit, parser->at);
			parse_next(parser);
		} else if (parse_accept(parser, K_LBRACKET)) {
			while (parse_is(parser, K_STATIC) || parse_is(parser, K_CONST) ||
			       parse_is(parser, K_RESTRICT) || parse_is(parser, K_VOLATILE))
				parse_next(parser);
			if (parse_is(parser, K_STAR) &&
			    token_is(parser->unit, parser->at + 1, K_RBRACKET))
				parse_next(parser);
			if (!parse_is(parser, K_RBRACKET))
				*vec_push(parser->unit->arena, list) = parse_assignment(parser);
			parse_expect(parser, K_RBRACKET);
		} else {
			return;
		}
	}
}

static bool opens_nested_declarator(struct parser *parser)
{
	struct parser ahead = *parser;
	parse_next(&ahead);
	parse_skip_attributes(&ahead);
	return !parse_is(&ahead, K_RPAREN) && !parse_is(&ahead, K_ELLIPSIS) &&
	       !parse_starts_type(&ahead);
}

uint32_t parse_declarator(struct parser *parser, struct declarator *declarator, expr_list *list)
{
	uint32_t name = NO_TOKEN;
	parse_skip_attributes(parser);
	while (parse_is(parser, K_STAR) || parse_is(parser, K_CARET)) {
		parse_next(parser);
		parse_skip_attributes(parser);
	}
	if (parse_is(parser, K_LPAREN) && opens_nested_declarator(parser)) {
		parse_next(parser);
		name = parse_declarator(parser, declarator, list);
		parse_expect(parser, K_RPAREN);
	} else if (TOKEN(parser->unit, parser->at)->kind == T_NAME && !parse_is(parser, K_ASM) &&
		   !parse_is(parser, K_ATTRIBUTE)) {
		name = parse_next(parser);
	}
	if (declarator && parse_is(parser, K_LBRACKET) &&
	    token_is(parser->unit, parser->at + 1, K_RBRACKET) && !declarator->array_open)
		declarator->array_open = parser->at;
	parse_abstract_suffixes(parser, list);
	return name;
}

void parse_type_name(struct parser *parser, expr_list *list)
{
	struct specifier_facts facts = {0};
	parse_specifiers(parser, &facts, list);
	parse_declarator(parser, NULL, list);
}
