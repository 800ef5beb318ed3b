/* Decides which calls are async calls, and refuses what has no meaning: await outside
 * an async function, an async call neither awaited nor spawned, async and plain
 * functions mixed through pointers. Turns __attribute__((await)) into awaits.
 *
 * requires: unit.functions with trees, unit.declared
 * provides: expr.async_call, expr.result; awaits of every expression and statement final
 */
#include "flow.h"

#include <string.h>

enum colour { COLOUR_NONE, COLOUR_PLAIN, COLOUR_ASYNC };

struct checker {
	struct unit *unit;
	struct function *fn;
	uint32_t await_all; /* every async call in this statement is awaited */
	bool unevaluated;   /* in the operand of a builtin that does not evaluate it */
	bool in_spawn_type; /* the call is written twice there, once for its type */
	bool in_discarded;  /* (void)sizeof …: assert() writes its operand there once more */
};

static bool is_function_type(CXType type)
{
	type = clang_getCanonicalType(type);
	while (type.kind == CXType_Pointer || type.kind == CXType_ConstantArray ||
	       type.kind == CXType_IncompleteArray)
		type = clang_getCanonicalType(type.kind == CXType_Pointer
						      ? clang_getPointeeType(type)
						      : clang_getElementType(type));
	return type.kind == CXType_FunctionProto || type.kind == CXType_FunctionNoProto;
}

static enum colour colour_of_type(CXType type)
{
	if (!is_function_type(type))
		return COLOUR_NONE;
	return load_type_is_async(type) ? COLOUR_ASYNC : COLOUR_PLAIN;
}

static enum colour colour_of_declaration(struct unit *unit, CXCursor cursor)
{
	if (clang_Cursor_isNull(cursor) || !is_function_type(clang_getCursorType(cursor)))
		return COLOUR_NONE;
	return load_is_async(unit, cursor) ? COLOUR_ASYNC : COLOUR_PLAIN;
}

static bool is_async_function(const struct unit *unit, uint32_t id)
{
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (declared->is_function && token_is(unit, declared->name, id))
			return true;
	}
	return false;
}

static enum colour colour_of_name(struct unit *unit, const struct expr *expr)
{
	if (expr->variable)
		return colour_of_declaration(unit, expr->variable->cursor);
	if (is_async_function(unit, TOKEN(unit, expr->name)->id))
		return COLOUR_ASYNC;
	return colour_of_declaration(unit, load_referenced(unit, expr));
}

static enum colour colour_of(struct unit *unit, const struct expr *expr)
{
	switch (expr->kind) {
	case E_PAREN:
	case E_UNARY:
	case E_INDEX:
	case E_ASSIGN:
		return colour_of(unit, expr->kids[0]);
	case E_COMMA:
		return colour_of(unit, expr->kids[1]);
	case E_CONDITIONAL: {
		enum colour colour = colour_of(unit, expr->kids[expr->kid_count - 2]);
		return colour ? colour : colour_of(unit, expr->kids[expr->kid_count - 1]);
	}
	case E_NAME:
		return colour_of_name(unit, expr);
	case E_MEMBER:
		return colour_of_declaration(unit, load_referenced(unit, expr));
	case E_AWAIT:
		return colour_of(unit, expr->kids[0]);
	case E_CAST:
	case E_CALL:
	case E_STATEMENT:
	case E_GENERIC:
		return colour_of_type(load_type(unit, expr));
	default:
		return COLOUR_NONE;
	}
}

static void mixed(struct checker *checker, const struct expr *expr, enum colour have,
		  const char *where)
{
	error_at(checker->unit, expr->first, "%s function used as %s function pointer %s",
		 have == COLOUR_ASYNC ? "async" : "plain",
		 have == COLOUR_ASYNC ? "a plain" : "an async", where);
	diagnose_range(checker->unit, expr->first, expr->last);
}

static void require_colour(struct checker *checker, enum colour wanted, const struct expr *expr,
			   const char *where)
{
	enum colour have = colour_of(checker->unit, expr);
	if (wanted && have && wanted != have)
		mixed(checker, expr, have, where);
}

struct field_search {
	unsigned index;
	CXCursor found;
};

static enum CXVisitorResult visit_field(CXCursor cursor, CXClientData data)
{
	struct field_search *search = data;
	if (search->index-- == 0) {
		search->found = cursor;
		return CXVisit_Break;
	}
	return CXVisit_Continue;
}

static CXCursor field_at(CXType record, unsigned index)
{
	struct field_search search = {index, clang_getNullCursor()};
	clang_Type_visitFields(record, visit_field, &search);
	return search.found;
}

/* Checks an initialiser against the declaration of what it initialises. */
static void check_initialiser(struct checker *checker, CXCursor declaration, CXType type,
			      const struct expr *init)
{
	struct unit *unit = checker->unit;
	CXType canonical = clang_getCanonicalType(type);
	if (init->kind != E_LIST) {
		require_colour(checker, colour_of_declaration(unit, declaration), init,
			       "in an initialiser");
		return;
	}
	unsigned next = 0;
	for (uint32_t i = 0; i < init->kid_count; i++) {
		const struct expr *kid = init->kids[i];
		if (canonical.kind == CXType_Record) {
			CXCursor field = field_at(canonical, next++);
			if (kid->designator && token_is(unit, kid->designator, K_DOT))
				field = clang_getCursorReferenced(
					load_cursor(unit, kid->designator + 1));
			if (!clang_Cursor_isNull(field))
				check_initialiser(checker, field, clang_getCursorType(field), kid);
		} else if (canonical.kind == CXType_ConstantArray) {
			check_initialiser(checker, declaration, clang_getElementType(canonical),
					  kid);
		} else {
			check_initialiser(checker, declaration, canonical, kid);
		}
	}
}

struct param_search {
	unsigned index;
	CXCursor found;
};

static enum CXChildVisitResult visit_param(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct param_search *search = data;
	if (clang_getCursorKind(cursor) != CXCursor_ParmDecl)
		return CXChildVisit_Continue;
	if (search->index-- > 0)
		return CXChildVisit_Continue;
	search->found = cursor;
	return CXChildVisit_Break;
}

static const struct expr *strip(const struct expr *expr)
{
	while (expr->kind == E_PAREN ||
	       (expr->kind == E_UNARY && (expr->op == K_STAR || expr->op == K_AMP)))
		expr = expr->kids[0];
	return expr;
}

static CXCursor callee_declaration(struct unit *unit, const struct expr *callee)
{
	callee = strip(callee);
	if (callee->kind == E_NAME)
		return callee->variable ? callee->variable->cursor : load_referenced(unit, callee);
	if (callee->kind == E_MEMBER)
		return load_referenced(unit, callee);
	if (callee->kind == E_INDEX)
		return callee_declaration(unit, callee->kids[0]);
	return clang_getNullCursor();
}

static void check_arguments(struct checker *checker, const struct expr *call)
{
	CXCursor declaration = callee_declaration(checker->unit, call->kids[0]);
	if (clang_Cursor_isNull(declaration))
		return;
	for (uint32_t i = 1; i < call->kid_count; i++) {
		struct param_search search = {i - 1, clang_getNullCursor()};
		clang_visitChildren(declaration, visit_param, &search);
		require_colour(checker, colour_of_declaration(checker->unit, search.found),
			       call->kids[i], "as an argument");
	}
}

static const char *callee_name(struct unit *unit, const struct expr *callee)
{
	callee = strip(callee);
	return callee->name != NO_TOKEN ? token_text(unit, callee->name) : "(pointer)";
}

static void mark_async_call(struct checker *checker, struct expr *call)
{
	call->async_call = true;
	call->result = collect_call_result(checker->unit, call);
}

static void forgotten(struct checker *checker, struct expr *call)
{
	struct unit *unit = checker->unit;
	if (call->join)
		error_at(unit, call->first, "async_join is not awaited");
	else
		error_at(unit, call->first,
			 "call of async function '%s' is neither awaited nor spawned",
			 callee_name(unit, call->kids[0]));
	diagnose_range(unit, call->first, call->last);
	if (checker->fn->is_async)
		diagnose_insert(unit, "await ");
}

static struct expr *call_of(struct expr *expr)
{
	while (expr->kind == E_PAREN)
		expr = expr->kids[0];
	return expr->kind == E_CALL ? expr : NULL;
}

static void check_stmt(struct checker *checker, struct stmt *stmt);
static struct expr *check_expr(struct checker *checker, struct expr *expr);

static bool is_async_callee(struct checker *checker, const struct expr *call)
{
	return call->join || colour_of(checker->unit, call->kids[0]) == COLOUR_ASYNC;
}

static void check_kids(struct checker *checker, struct expr *expr)
{
	expr->awaits = expr->kind == E_AWAIT;
	for (uint32_t i = 0; i < expr->kid_count; i++) {
		expr->kids[i] = check_expr(checker, expr->kids[i]);
		expr->awaits |= expr->kids[i]->awaits && !expr->kids[i]->unevaluated;
	}
}

/* (void)sizeof … */
static bool discards_size(const struct unit *unit, const struct expr *cast)
{
	const struct expr *operand = cast->kids[cast->kid_count - 1];
	while (operand->kind == E_PAREN)
		operand = operand->kids[0];
	return operand->kind == E_UNEVALUATED && token_is(unit, cast->first + 1, K_VOID) &&
	       token_is(unit, cast->first + 2, K_RPAREN);
}

/* The function's declarations may be many, and its callers have to await it then. */
static void note_not_async(struct checker *checker)
{
	struct unit *unit = checker->unit;
	const struct function *fn = checker->fn;
	uint32_t first = fn->first;
	if (fn->body_first == 0)
		return;
	while (token_is(unit, first, K_LBRACKET)) /* [[…]] comes first */
		first = token_match(unit, first) + 1;
	note_at(unit, first, "declare '%s' async", token_text(unit, fn->name));
	diagnose_insert(unit, "async ");
}

/* The operand of await, async_spawn or async_run. */
static void take_call(struct checker *checker, struct expr *expr, struct expr *call)
{
	mark_async_call(checker, call);
	check_kids(checker, call);
	check_arguments(checker, call);
	expr->result = call->result;
	expr->kids[0] = call;
}

static void check_await(struct checker *checker, struct expr *expr)
{
	struct unit *unit = checker->unit;
	struct expr *call = call_of(expr->kids[0]);
	TOKEN(unit, expr->first)->word = WORD_AWAIT_CHECKED;
	if ((expr->unevaluated || checker->unevaluated) && !checker->in_spawn_type &&
	    !checker->in_discarded) {
		error_at(unit, expr->first, "await in an operand that is not evaluated");
		diagnose_range(unit, expr->first, expr->last);
	}
	if (!checker->fn->is_async) {
		error_at(unit, expr->first, "await outside an async function");
		diagnose_range(unit, expr->first, expr->last);
		note_not_async(checker);
	}
	if (!call)
		return;
	if (!is_async_callee(checker, call)) {
		error_at(unit, call->first,
			 "operand of await is not a call of an async function: "
			 "'%s' is not async",
			 callee_name(unit, call->kids[0]));
		diagnose_range(unit, call->first, call->last);
		check_kids(checker, call);
		return;
	}
	take_call(checker, expr, call);
	if (!expr->unevaluated)
		*vec_push(unit->arena, &checker->fn->await_ends) = expr->last;
}

/* async_spawn and async_run: the operand is a call of an async function. */
static void check_start(struct checker *checker, struct expr *expr)
{
	struct unit *unit = checker->unit;
	struct expr *call = call_of(expr->kids[0]);
	const char *what = expr->kind == E_SPAWN ? "async_spawn" : "async_run";
	if (!call || call->join || !is_async_callee(checker, call)) {
		error_at(unit, expr->kids[0]->first,
			 "operand of %s is not a call of an async function", what);
		diagnose_range(unit, expr->kids[0]->first, expr->kids[0]->last);
		return;
	}
	if (expr->kind == E_RUN && checker->fn->is_async && !expr->unevaluated) {
		error_at(unit, call->first, "async_run inside an async function; await the call");
		return;
	}
	take_call(checker, expr, call);
	expr->awaits = call->awaits;
}

static struct expr *wrap_await(struct checker *checker, struct expr *call)
{
	struct expr *await = ARENA_NEW(checker->unit->arena, struct expr);
	*await = (struct expr){.kind = E_AWAIT,
			       .op = K_WORD_AWAIT,
			       .first = call->first,
			       .last = call->last,
			       .name = NO_TOKEN,
			       .result = call->result,
			       .awaits = true,
			       .kid_count = 1};
	await->kids = arena_alloc(checker->unit->arena, sizeof *await->kids);
	await->kids[0] = call;
	*vec_push(checker->unit->arena, &checker->fn->await_ends) = call->last;
	return await;
}

/* These say something of their operand without computing it. */
static bool is_unevaluating(const struct unit *unit, const struct expr *call)
{
	static const char *const names[] = {
		"__builtin_constant_p",
		"__builtin_object_size",
		"__builtin_dynamic_object_size",
		"__builtin_classify_type",
		NULL,
	};
	return is_one_of(called_name(unit, call), names);
}

static struct expr *check_call(struct checker *checker, struct expr *call)
{
	bool outer = checker->unevaluated;
	checker->unevaluated |= is_unevaluating(checker->unit, call);
	check_kids(checker, call);
	checker->unevaluated = outer;
	check_arguments(checker, call);
	if (!is_async_callee(checker, call))
		return call;
	mark_async_call(checker, call);
	if (call->unevaluated)
		return call;
	if (checker->await_all)
		return checker->fn->is_async ? wrap_await(checker, call) : call;
	forgotten(checker, call);
	return call;
}

static struct expr *check_expr(struct checker *checker, struct expr *expr)
{
	switch (expr->kind) {
	case E_AWAIT:
		check_await(checker, expr);
		expr->awaits = true;
		return expr;
	case E_SPAWN:
	case E_RUN:
		check_start(checker, expr);
		return expr;
	case E_CALL:
		return check_call(checker, expr);
	case E_STATEMENT:
		check_stmt(checker, expr->body);
		expr->awaits = expr->body->awaits;
		return expr;
	case E_ASSIGN:
		check_kids(checker, expr);
		if (expr->op == K_ASSIGN)
			require_colour(checker, colour_of(checker->unit, expr->kids[0]),
				       expr->kids[1], "in an assignment");
		return expr;
	case E_CAST: {
		bool outer = checker->in_spawn_type, outer_discarded = checker->in_discarded;
		checker->in_spawn_type |= expr->for_spawn;
		checker->in_discarded |= discards_size(checker->unit, expr);
		check_kids(checker, expr);
		checker->in_spawn_type = outer;
		checker->in_discarded = outer_discarded;
		require_colour(checker, colour_of(checker->unit, expr),
			       expr->kids[expr->kid_count - 1], "in a cast");
		return expr;
	}
	case E_CONDITIONAL:
		check_kids(checker, expr);
		require_colour(checker, colour_of(checker->unit, expr->kids[expr->kid_count - 2]),
			       expr->kids[expr->kid_count - 1], "in a conditional expression");
		return expr;
	default:
		check_kids(checker, expr);
		return expr;
	}
}

static void replace_initialisers(struct stmt *stmt, const struct expr *old, struct expr *new)
{
	for (size_t i = 0; i < stmt->declarators.len; i++)
		if (stmt->declarators.at[i].initialiser == old)
			stmt->declarators.at[i].initialiser = new;
	if (stmt->for_condition == old)
		stmt->for_condition = new;
	if (stmt->for_step == old)
		stmt->for_step = new;
}

/* Clang says that the initialiser is no constant, which is not the point. */
static void check_static(struct checker *checker, const struct declarator *declarator)
{
	const struct expr *initialiser = declarator->initialiser;
	if (declarator->variable->kind != VARIABLE_OTHER || !initialiser->awaits)
		return;
	error_at(checker->unit, initialiser->first, "await in the initialiser of a static object");
	diagnose_range(checker->unit, initialiser->first, initialiser->last);
	diagnose_certain(checker->unit);
}

static void check_declaration(struct checker *checker, const struct stmt *stmt)
{
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		if (!declarator->initialiser || !declarator->variable)
			continue;
		check_static(checker, declarator);
		check_initialiser(checker, declarator->variable->cursor, declarator->variable->type,
				  declarator->initialiser);
	}
}

static void check_return(struct checker *checker, const struct stmt *stmt)
{
	CXType type = clang_getCursorResultType(checker->fn->cursor);
	if (stmt->expr_count)
		require_colour(checker, colour_of_type(type), stmt->exprs[0], "in a return");
}

static void check_stmt(struct checker *checker, struct stmt *stmt)
{
	uint32_t outer = checker->await_all;
	if (stmt->await_all) {
		checker->await_all = stmt->await_all;
		if (!checker->fn->is_async) {
			error_at(checker->unit, stmt->await_all, "await outside an async function");
			note_not_async(checker);
		}
	}
	stmt->awaits = false;
	for (uint32_t i = 0; i < stmt->expr_count; i++) {
		struct expr *checked = check_expr(checker, stmt->exprs[i]);
		replace_initialisers(stmt, stmt->exprs[i], checked);
		stmt->exprs[i] = checked;
		stmt->awaits |= checked->awaits && !checked->unevaluated;
	}
	for (uint32_t i = 0; i < stmt->kid_count; i++) {
		check_stmt(checker, stmt->kids[i]);
		stmt->awaits |= stmt->kids[i]->awaits;
	}
	if (stmt->kind == S_DECLARATION)
		check_declaration(checker, stmt);
	else if (stmt->kind == S_RETURN)
		check_return(checker, stmt);
	checker->await_all = outer;
}

/* A function is async in all of its declarations or in none. */
static enum CXChildVisitResult visit_redeclaration(CXCursor cursor, CXCursor parent,
						   CXClientData data)
{
	(void)parent;
	struct unit *unit = data;
	if (clang_getCursorKind(cursor) != CXCursor_FunctionDecl)
		return CXChildVisit_Continue;
	uint32_t name = load_name(unit, cursor), other = NO_TOKEN;
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (!declared->is_function)
			continue;
		if (declared->name == name)
			return CXChildVisit_Continue;
		if (TOKEN(unit, declared->name)->id == TOKEN(unit, name)->id)
			other = declared->name;
	}
	if (other == NO_TOKEN || load_type_is_async(clang_getCursorType(cursor)))
		return CXChildVisit_Continue;
	error_at(unit, name, "'%s' is declared without async here", token_text(unit, name));
	uint32_t first = load_first(unit, cursor);
	note_at(unit, first, "write async before this declaration");
	diagnose_insert(unit, "async ");
	note_at(unit, other, "declared async here");
	return CXChildVisit_Continue;
}

/* An async cleanup function is awaited where its variable's scope ends. */
static void add_cleanup_awaits(struct unit *unit, struct function *fn)
{
	for (size_t i = 0; i < fn->variables.len; i++)
		if (fn->variables.at[i]->cleanup_result)
			*vec_push(unit->arena, &fn->await_ends) = fn->variables.at[i]->scope->last;
}

/* Bounds of arrays in a prototype and arguments of attributes. */
static void refuse_unchecked(struct unit *unit)
{
	for (uint32_t i = 0; i < unit->tokens.len && !unit->failed; i++)
		if (TOKEN(unit, i)->word == WORD_AWAIT)
			error_at(unit, i, "await in an operand that is not evaluated");
}

void check(struct unit *unit)
{
	if (!unit->has_header && unit->declared.len)
		error_at(unit, unit->declared.at[0].word,
			 "async code needs the declarations of '#include <asyncc.h>'");
	clang_visitChildren(clang_getTranslationUnitCursor(unit->clang), visit_redeclaration, unit);
	for (size_t i = 0; i < unit->functions.len; i++) {
		struct checker checker = {.unit = unit, .fn = unit->functions.at[i]};
		if (checker.fn->body)
			check_stmt(&checker, checker.fn->body);
		add_cleanup_awaits(unit, checker.fn);
	}
	for (size_t i = 0; i < unit->initialisers.len; i++) {
		struct checker checker = {.unit = unit, .fn = unit->initialisers.at[i]};
		check_stmt(&checker, checker.fn->body);
	}
	refuse_unchecked(unit);
}
