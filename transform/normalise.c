/* Brings every await to statement level: a statement that holds awaits becomes a
 * sequence of plain statements and awaits, each result in a temporary, evaluation
 * strictly left to right. What stands left of an await in its expression is computed
 * before and kept in a temporary, unless nothing can change it. For an assignment the
 * place is fixed before the await, and what is in it is read after.
 *
 *     x = g(a[i++]) + await f(y);          t1 = g(a[i++]);
 *                                     =>   t2 = await f(y);
 *                                          x = t1 + t2;
 *     while (await more()) s;         =>   for (;;) { t = await more(); if (!t) break; s; }
 *
 * requires: trees with awaits marked, variables pinned
 * provides: fn.body lowered, fn.points, temporaries in fn.variables
 */
#include "transform.h"

#include <string.h>

typedef VEC(struct stmt *) stmt_list;

struct lowering {
	struct unit *unit;
	struct function *fn;
	stmt_list *out;
};

static struct expr *lower(struct lowering *lowering, struct expr *expr);
static struct stmt *lower_stmt(struct lowering *lowering, struct stmt *stmt);

static struct expr *copy_expr(struct lowering *lowering, const struct expr *expr)
{
	struct expr *copy = ARENA_NEW(lowering->unit->arena, struct expr);
	*copy = *expr;
	copy->changed = true;
	copy->awaits = false;
	copy->kids = arena_alloc(lowering->unit->arena, (expr->kid_count + 1) * sizeof *copy->kids);
	if (expr->kid_count)
		memcpy(copy->kids, expr->kids, expr->kid_count * sizeof *copy->kids);
	return copy;
}

static struct stmt *new_stmt(struct lowering *lowering, enum stmt_kind kind, uint32_t token)
{
	struct stmt *stmt = ARENA_NEW(lowering->unit->arena, struct stmt);
	stmt->kind = kind;
	stmt->first = stmt->last = token;
	stmt->changed = stmt->awaits = true;
	return stmt;
}

static void add(struct lowering *lowering, struct stmt *stmt)
{
	*vec_push(lowering->unit->arena, lowering->out) = stmt;
}

static void set_exprs(struct lowering *lowering, struct stmt *stmt, struct expr *expr)
{
	stmt->exprs = arena_alloc(lowering->unit->arena, sizeof *stmt->exprs);
	stmt->exprs[0] = expr;
	stmt->expr_count = 1;
}

static struct stmt *from_list(struct lowering *lowering, enum stmt_kind kind, uint32_t token,
			      const stmt_list *list)
{
	struct stmt *stmt = new_stmt(lowering, kind, token);
	stmt->kids = list->at;
	stmt->kid_count = (uint32_t)list->len;
	return stmt;
}

static CXType decayed(CXType type)
{
	return clang_getCanonicalType(type);
}

static bool is_void(CXType type)
{
	return decayed(type).kind == CXType_Void;
}

static void refuse_type(struct lowering *lowering, uint32_t token)
{
	error_at(lowering->unit, token,
		 "the type of this expression cannot be determined; store it in "
		 "a variable before the await");
	lowering->fn->gone = true;
}

static struct variable *new_temporary(struct lowering *lowering, CXType type, uint32_t token)
{
	struct unit *unit = lowering->unit;
	struct variable *variable = ARENA_NEW(unit->arena, struct variable);
	CXType canonical = decayed(type);
	variable->kind = VARIABLE_TEMPORARY;
	variable->token = token;
	variable->type = canonical;
	variable->text = variable->field =
		arena_printf(unit->arena, "__asyncc_%u", ++lowering->fn->counter);
	if (load_is_array(canonical) || canonical.kind == CXType_FunctionProto ||
	    canonical.kind == CXType_FunctionNoProto) {
		variable->size = variable->align = (long long)sizeof(void *);
	} else {
		variable->size = clang_Type_getSizeOf(canonical);
		variable->align = clang_Type_getAlignOf(canonical);
	}
	variable->is_bool = canonical.kind == CXType_Bool;
	variable->is_aggregate = canonical.kind == CXType_Record;
	variable->is_constant = collect_has_const_member(canonical);
	if (variable->size < 0) {
		refuse_type(lowering, token);
		variable->size = variable->align = 1;
	}
	*vec_push(unit->arena, &lowering->fn->variables) = variable;
	return variable;
}

static struct expr *temporary(struct lowering *lowering, struct variable *variable,
			      const struct expr *in_place_of, const char *text)
{
	struct expr *expr = ARENA_NEW(lowering->unit->arena, struct expr);
	expr->kind = E_TEMPORARY;
	expr->first = in_place_of->first;
	expr->last = in_place_of->last;
	expr->name = NO_TOKEN;
	expr->variable = variable;
	expr->text = text;
	expr->changed = true;
	return expr;
}

static struct stmt *set(struct lowering *lowering, struct variable *variable, struct expr *value,
			uint32_t token, bool declares, bool truth)
{
	struct stmt *stmt = new_stmt(lowering, S_SET, token);
	stmt->variable = variable;
	stmt->declares = declares;
	stmt->truth = truth;
	stmt->initialises = !declares && variable->is_constant;
	if (value)
		set_exprs(lowering, stmt, value);
	add(lowering, stmt);
	return stmt;
}

static bool is_arithmetic(CXType type)
{
	enum CXTypeKind kind = decayed(type).kind;
	return (kind >= CXType_Bool && kind <= CXType_LongDouble) || kind == CXType_Enum;
}

/* Whether only what is inside expr knows a part of its type. */
static bool is_inner_type(struct lowering *lowering, CXType type, const struct expr *expr)
{
	return type_is_declared_in(lowering->unit, type, expr->first, expr->last);
}

static const char *declarable_type(struct lowering *lowering, CXType type, const struct expr *expr)
{
	type = decayed(type);
	if (type.kind == CXType_Enum && is_inner_type(lowering, type, expr))
		type = clang_getEnumDeclIntegerType(clang_getTypeDeclaration(type));
	const char *text = type_text(lowering->unit, type);
	if (load_is_nameless(text) || is_inner_type(lowering, type, expr)) {
		refuse_type(lowering, expr->first);
		return "int";
	}
	return strchr(text, '*') ? text : load_unqualified(text);
}

/* The bit-field whose value an expression has, so that its width decides what it promotes
 * to (C11 6.3.1.1p2), or the null cursor. */
static CXCursor bit_field_of(struct lowering *lowering, const struct expr *expr)
{
	switch (expr->kind) {
	case E_PAREN:
	case E_INSTEAD:
	case E_ASSIGN:
		return bit_field_of(lowering, expr->kids[0]);
	case E_UNARY:
		return expr->op == K_EXTENSION || expr->op == K_INC || expr->op == K_DEC
			       ? bit_field_of(lowering, expr->kids[0])
			       : clang_getNullCursor();
	case E_COMMA:
		return bit_field_of(lowering, expr->kids[1]);
	case E_MEMBER: {
		CXCursor field = load_referenced(lowering->unit, expr);
		return clang_Cursor_isBitField(field) ? field : clang_getNullCursor();
	}
	default:
		return clang_getNullCursor();
	}
}

/* A bit-field is kept in one like it. */
static void keep_width(struct lowering *lowering, struct variable *variable, CXCursor field)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(field));
	if (type.kind == CXType_Enum)
		type = clang_getEnumDeclIntegerType(clang_getTypeDeclaration(type));
	const char *text = load_unqualified(load_type_text(lowering->unit, type));
	variable->is_bit_field = true;
	variable->type_text = arena_printf(lowering->unit->arena, "struct { %s v : %d; }", text,
					   clang_getFieldDeclBitWidth(field));
	variable->text = arena_printf(lowering->unit->arena, "%s.v", variable->field);
}

/* Evaluates now, for use later. */
static struct expr *spill(struct lowering *lowering, struct expr *expr)
{
	CXType type = load_type(lowering->unit, expr);
	struct variable *variable = new_temporary(lowering, type, expr->first);
	CXCursor field = bit_field_of(lowering, expr);
	if (!clang_Cursor_isNull(field))
		keep_width(lowering, variable, field);
	else if (is_arithmetic(type))
		variable->type_text = declarable_type(lowering, type, expr);
	set(lowering, variable, expr, expr->first, true, false);
	return temporary(lowering, variable, expr, NULL);
}

/* Whether evaluating expr may change the value of a local variable. */
static bool modifies(const struct expr *expr, const struct variable *variable)
{
	if (expr->kind == E_STATEMENT)
		return true;
	bool writes = expr->kind == E_ASSIGN || expr->kind == E_POSTFIX ||
		      (expr->kind == E_UNARY && (expr->op == K_INC || expr->op == K_DEC));
	if (writes) {
		const struct expr *target = expr->kids[0];
		while (target->kid_count && target->kind != E_CALL)
			target = target->kids[0];
		if (target->variable == variable)
			return true;
	}
	for (uint32_t i = 0; i < expr->kid_count; i++)
		if (modifies(expr->kids[i], variable))
			return true;
	return false;
}

struct rest {
	struct expr **exprs;
	uint32_t count;
};

static bool is_stable_name(struct lowering *lowering, const struct expr *expr, struct rest rest)
{
	const struct variable *variable = expr->variable;
	if (!variable) {
		CXType type = load_type(lowering->unit, expr);
		enum CXTypeKind kind = decayed(type).kind;
		enum CXCursorKind referenced =
			clang_getCursorKind(load_referenced(lowering->unit, expr));
		/* __c11_atomic_load and its like are neither functions nor values. */
		return kind == CXType_Invalid || kind == CXType_FunctionProto ||
		       kind == CXType_FunctionNoProto || kind == CXType_ConstantArray ||
		       kind == CXType_IncompleteArray || referenced == CXCursor_FunctionDecl ||
		       referenced == CXCursor_EnumConstantDecl;
	}
	if (variable->is_array || variable->is_function)
		return true;
	if (clang_getCursorKind(variable->cursor) == CXCursor_EnumConstantDecl)
		return true;
	if (variable->kind == VARIABLE_OTHER || variable->address_taken || variable->is_volatile)
		return false;
	for (uint32_t i = 0; i < rest.count; i++)
		if (modifies(rest.exprs[i], variable))
			return false;
	return true;
}

/* Whether expr has the same value after everything in rest was evaluated. */
static bool is_stable(struct lowering *lowering, const struct expr *expr, struct rest rest)
{
	switch (expr->kind) {
	case E_CONSTANT:
	case E_STRING:
	case E_UNEVALUATED:
	case E_LABEL:
	case E_TEMPORARY:
		return true;
	case E_NAME:
		return is_stable_name(lowering, expr, rest);
	case E_PAREN:
	case E_INSTEAD:
		return is_stable(lowering, expr->kids[0], rest);
	case E_CAST:
		return is_stable(lowering, expr->kids[expr->kid_count - 1], rest) &&
		       expr->type_kids == 0;
	case E_UNARY:
		if (expr->op == K_AMP)
			return expr->kids[0]->kind == E_NAME;
		return expr->op != K_STAR && expr->op != K_INC && expr->op != K_DEC &&
		       is_stable(lowering, expr->kids[0], rest);
	case E_MEMBER:
		return expr->op == K_DOT && expr->kids[0]->kind == E_NAME &&
		       expr->kids[0]->variable && is_stable(lowering, expr->kids[0], rest);
	default:
		return false;
	}
}

/* The value of an operand, safe from what is evaluated after it. */
static struct expr *hold(struct lowering *lowering, struct expr *expr, struct rest rest)
{
	if (is_stable(lowering, expr, rest))
		return expr;
	if (expr->kind == E_LIST) {
		struct expr *copy = copy_expr(lowering, expr);
		for (uint32_t i = 0; i < copy->kid_count; i++)
			copy->kids[i] = hold(lowering, copy->kids[i], rest);
		return copy;
	}
	CXType type = load_type(lowering->unit, expr);
	if (is_void(type)) {
		struct stmt *stmt = new_stmt(lowering, S_EXPRESSION, expr->first);
		set_exprs(lowering, stmt, expr);
		add(lowering, stmt);
		return temporary(lowering, NULL, expr, "((void)0)");
	}
	return spill(lowering, expr);
}

static bool is_array(struct lowering *lowering, const struct expr *expr)
{
	return load_is_array(load_type(lowering->unit, expr));
}

/* The same object whatever is evaluated after it: its address is fixed, its value is not
 * read. */
static struct expr *hold_place(struct lowering *lowering, struct expr *expr, struct rest rest)
{
	struct expr *copy;
	switch (expr->kind) {
	case E_NAME:
	case E_TEMPORARY:
	case E_STRING:
		return expr;
	case E_PAREN:
		copy = copy_expr(lowering, expr);
		copy->kids[0] = hold_place(lowering, copy->kids[0], rest);
		return copy;
	case E_MEMBER:
		copy = copy_expr(lowering, expr);
		copy->kids[0] = expr->op == K_DOT ? hold_place(lowering, copy->kids[0], rest)
						  : hold(lowering, copy->kids[0], rest);
		return copy;
	case E_INDEX:
		copy = copy_expr(lowering, expr);
		copy->kids[0] = is_array(lowering, expr->kids[0])
					? hold_place(lowering, copy->kids[0], rest)
					: hold(lowering, copy->kids[0], rest);
		copy->kids[1] = is_array(lowering, expr->kids[1])
					? hold_place(lowering, copy->kids[1], rest)
					: hold(lowering, copy->kids[1], rest);
		return copy;
	case E_UNARY:
		copy = copy_expr(lowering, expr);
		copy->kids[0] = expr->op == K_STAR ? hold(lowering, copy->kids[0], rest)
						   : hold_place(lowering, copy->kids[0], rest);
		return copy;
	default:
		return hold(lowering, expr, rest);
	}
}

/* Evaluates operands in order into copies, the first `places` of them as places. Those
 * after the last await stay where they are. */
static void lower_in_order(struct lowering *lowering, struct expr **exprs, struct expr **copies,
			   uint32_t count, uint32_t places)
{
	uint32_t last = 0;
	for (uint32_t i = 0; i < count; i++)
		if (exprs[i]->awaits)
			last = i;
	for (uint32_t i = 0; i < count && i <= last; i++) {
		struct rest rest = {exprs + i + 1, last - i};
		copies[i] = lower(lowering, exprs[i]);
		if (i == last)
			break;
		bool place = i < places || is_array(lowering, exprs[i]);
		copies[i] = place ? hold_place(lowering, copies[i], rest)
				  : hold(lowering, copies[i], rest);
	}
}

/* Evaluates the operands from kid `from` on, the first one as a place if so asked. */
static struct expr *lower_operands(struct lowering *lowering, struct expr *expr, uint32_t from,
				   bool first_is_place)
{
	struct expr *copy = copy_expr(lowering, expr);
	lower_in_order(lowering, expr->kids + from, copy->kids + from, expr->kid_count - from,
		       first_is_place);
	return copy;
}

static struct stmt *block_of(struct lowering *lowering, uint32_t token, const stmt_list *list)
{
	return from_list(lowering, S_WRAP, token, list);
}

static struct point *new_point(struct lowering *lowering, uint32_t token, struct result *result,
			       struct variable *value)
{
	struct point *point = ARENA_NEW(lowering->unit->arena, struct point);
	point->number = (uint32_t)lowering->fn->points.len;
	point->token = token;
	point->result = result;
	point->value = value;
	*vec_push(lowering->unit->arena, &lowering->fn->points) = point;
	return point;
}

/* What an await gives: the member of the struct that the call returned. */
static struct variable *new_value(struct lowering *lowering, const struct result *result,
				  uint32_t token)
{
	if (result->is_void)
		return NULL;
	struct variable *value = new_temporary(lowering, result->type, token);
	value->text = arena_printf(lowering->unit->arena, "%s.value", value->field);
	return value;
}

/* Adds a suspension point, and gives the variable of its value. */
static struct variable *add_await(struct lowering *lowering, struct expr *call,
				  struct result *result, uint32_t token)
{
	struct stmt *stmt = new_stmt(lowering, S_AWAIT, token);
	set_exprs(lowering, stmt, call);
	stmt->variable = new_value(lowering, result, token);
	stmt->point = new_point(lowering, token, result, stmt->variable);
	add(lowering, stmt);
	return stmt->variable;
}

/* await f(&variable) */
static void add_async_cleanup(struct lowering *lowering, struct variable *variable, uint32_t token)
{
	struct expr *call = ARENA_NEW(lowering->unit->arena, struct expr);
	call->kind = E_TEMPORARY;
	call->changed = true;
	call->first = call->last = token;
	call->variable = variable;
	call->result = variable->cleanup_result;
	call->text = arena_printf(lowering->unit->arena, "%s(&%s)",
				  token_text(lowering->unit, variable->cleanup), variable->text);
	add_await(lowering, call, call->result, token);
}

/* What has to run before control leaves a scope there. */
static void add_unwind(struct lowering *lowering, const struct stmt *leaving, uint32_t token)
{
	for (size_t i = 0; i < leaving->unwind.len; i++) {
		struct variable *variable = leaving->unwind.at[i];
		if (variable->cleanup_result) {
			add_async_cleanup(lowering, variable, token);
			continue;
		}
		struct stmt *stmt = new_stmt(lowering, S_CLEANUP, token);
		stmt->variable = variable;
		add(lowering, stmt);
	}
}

/* if (condition) { … }: gives the list that then_list fills. */
static void add_test(struct lowering *lowering, struct expr *condition, stmt_list *then_list,
		     stmt_list *else_list, uint32_t token)
{
	struct stmt *test = new_stmt(lowering, S_TEST, token);
	set_exprs(lowering, test, condition);
	test->kid_count = else_list ? 2 : 1;
	test->kids = arena_alloc(lowering->unit->arena, 2 * sizeof *test->kids);
	test->kids[0] = block_of(lowering, token, then_list);
	if (else_list)
		test->kids[1] = block_of(lowering, token, else_list);
	add(lowering, test);
}

static struct expr *negation(struct lowering *lowering, struct variable *variable,
			     const struct expr *place)
{
	return temporary(lowering, variable, place,
			 arena_printf(lowering->unit->arena, "!%s", variable->text));
}

/* a && await b, a || await b */
static struct expr *lower_logical(struct lowering *lowering, struct expr *expr)
{
	if (!expr->kids[1]->awaits)
		return lower_operands(lowering, expr, 0, false);
	struct variable *value =
		new_temporary(lowering, load_type(lowering->unit, expr), expr->first);
	set(lowering, value, lower(lowering, expr->kids[0]), expr->first, true, true);
	stmt_list then_list = {0}, *outer = lowering->out;
	lowering->out = &then_list;
	set(lowering, value, lower(lowering, expr->kids[1]), expr->kids[1]->first, false, true);
	lowering->out = outer;
	struct expr *condition = expr->op == K_AND ? temporary(lowering, value, expr, NULL)
						   : negation(lowering, value, expr);
	add_test(lowering, condition, &then_list, NULL, expr->first);
	return temporary(lowering, value, expr, NULL);
}

static void lower_branch(struct lowering *lowering, struct expr *expr, struct variable *value,
			 stmt_list *list)
{
	stmt_list *outer = lowering->out;
	lowering->out = list;
	struct expr *result = lower(lowering, expr);
	if (value) {
		set(lowering, value, result, expr->first, false, false);
	} else if (result->kind != E_TEMPORARY) {
		struct stmt *stmt = new_stmt(lowering, S_EXPRESSION, expr->first);
		set_exprs(lowering, stmt, result);
		add(lowering, stmt);
	}
	lowering->out = outer;
}

/* A variable for what an expression gives; NULL for none. */
static struct variable *new_result(struct lowering *lowering, const struct expr *expr)
{
	CXType type = load_type(lowering->unit, expr);
	return is_void(type) ? NULL : new_temporary(lowering, type, expr->first);
}

/* Declares the variable of a value that statements will give. */
static void declare_value(struct lowering *lowering, struct variable *value,
			  const struct expr *expr)
{
	if (!value)
		return;
	value->type_text = declarable_type(lowering, load_type(lowering->unit, expr), expr);
	set(lowering, value, NULL, expr->first, true, false);
}

/* A place in the generated text to jump to. */
static struct stmt *new_place(struct lowering *lowering, uint32_t token)
{
	struct stmt *stmt = new_stmt(lowering, S_CONTINUE_LABEL, token);
	stmt->continue_label = (int)++lowering->fn->counter;
	return stmt;
}

/* Where value holds nothing. */
static void add_jump(struct lowering *lowering, const struct stmt *place, struct variable *value)
{
	struct stmt *stmt = new_stmt(lowering, S_JUMP, place->first);
	stmt->continue_label = place->continue_label;
	stmt->variable = value;
	add(lowering, stmt);
}

/* Whether an expression that awaits gives a value of a type that only it knows. */
static bool declares_type(struct lowering *lowering, CXType type, const struct expr *expr)
{
	return expr->awaits && decayed(type).kind != CXType_Enum &&
	       is_inner_type(lowering, type, expr);
}

/* The branch that is taken on a condition, in no block, as it declares the type of the
 * value: jumps go round it. other may be NULL.
 *
 *     if (condition) {} else goto otherwise;  …  __auto_type value = …;  goto end;
 *     otherwise: … value = …; end:
 */
static void lower_open_branch(struct lowering *lowering, struct expr *condition, bool truth,
			      struct variable *value, struct expr *branch, struct expr *other)
{
	struct stmt *otherwise = new_place(lowering, branch->first);
	struct stmt *end = new_place(lowering, branch->first);
	stmt_list jump = {0}, none = {0}, *outer = lowering->out;
	lowering->out = &jump;
	add_jump(lowering, otherwise, value);
	lowering->out = outer;
	add_test(lowering, condition, truth ? &none : &jump, truth ? &jump : NULL, branch->first);
	set(lowering, value, lower(lowering, branch), branch->first, true, false);
	add_jump(lowering, end, NULL);
	add(lowering, otherwise);
	if (other)
		set(lowering, value, lower(lowering, other), other->first, false, false);
	add(lowering, end);
}

/* Whether one of the branches declares the type of both. */
static bool lower_open_conditional(struct lowering *lowering, struct expr *expr,
				   struct variable *value)
{
	CXType type = load_type(lowering->unit, expr);
	struct expr *first = expr->kids[1], *second = expr->kids[expr->kid_count - 1];
	bool by_first = declares_type(lowering, type, first);
	if (expr->kid_count != 3 || (!by_first && !declares_type(lowering, type, second)))
		return false;
	struct expr *condition = lower(lowering, expr->kids[0]);
	lower_open_branch(lowering, condition, by_first, value, by_first ? first : second,
			  by_first ? second : first);
	return true;
}

/* c ? await a : b, and GNU a ?: await b */
static struct expr *lower_conditional(struct lowering *lowering, struct expr *expr)
{
	uint32_t n = expr->kid_count;
	bool branches = false;
	for (uint32_t i = 1; i < n; i++)
		branches |= expr->kids[i]->awaits;
	if (!branches)
		return lower_operands(lowering, expr, 0, false);
	struct variable *value = new_result(lowering, expr);
	if (value && lower_open_conditional(lowering, expr, value))
		return temporary(lowering, value, expr, NULL);
	stmt_list then_list = {0}, else_list = {0};
	declare_value(lowering, value, expr);
	if (n == 2) {
		set(lowering, value, lower(lowering, expr->kids[0]), expr->first, false, false);
		lower_branch(lowering, expr->kids[1], value, &then_list);
		add_test(lowering, negation(lowering, value, expr), &then_list, NULL, expr->first);
	} else {
		struct expr *condition = lower(lowering, expr->kids[0]);
		lower_branch(lowering, expr->kids[1], value, &then_list);
		lower_branch(lowering, expr->kids[2], value, &else_list);
		add_test(lowering, condition, &then_list, &else_list, expr->first);
	}
	return temporary(lowering, value, expr, value ? NULL : "((void)0)");
}

static bool is_choose_expr(const struct unit *unit, const struct expr *call)
{
	return call->kids[0]->kind == E_NAME && token_is(unit, call->kids[0]->first, K_CHOOSE_EXPR);
}

/* The selection with 1 for one of its branches and 0 for the others. */
static struct expr *is_selected(struct lowering *lowering, const struct expr *selection,
				const struct expr *branch)
{
	struct expr *copy = copy_expr(lowering, selection);
	uint32_t from = selection->kind == E_CALL ? 2 : 1;
	for (uint32_t i = from; i < copy->kid_count; i++)
		if (!copy->kids[i]->unevaluated)
			copy->kids[i] = temporary(lowering, NULL, copy->kids[i],
						  selection->kids[i] == branch ? "1" : "0");
	return copy;
}

/* _Generic and __builtin_choose_expr: which branch is evaluated is known to the compiler;
 * the awaits of each run under the same selection.
 *
 *     _Generic(e, int: await f(), default: 0)   =>   if (_Generic(e, int: 1, default: 0))
 *                                                            t = await f();
 *                                                    _Generic(e, int: t, default: 0)
 */
static struct expr *lower_selection(struct lowering *lowering, struct expr *selection)
{
	struct expr *copy = copy_expr(lowering, selection);
	for (uint32_t i = 1; i < selection->kid_count; i++) {
		struct expr *branch = selection->kids[i];
		if (!branch->awaits || branch->unevaluated)
			continue;
		struct variable *value = new_result(lowering, branch);
		struct expr *selected = is_selected(lowering, selection, branch);
		if (declares_type(lowering, load_type(lowering->unit, branch), branch)) {
			lower_open_branch(lowering, selected, true, value, branch, NULL);
		} else {
			stmt_list list = {0};
			declare_value(lowering, value, branch);
			lower_branch(lowering, branch, value, &list);
			add_test(lowering, selected, &list, NULL, branch->first);
		}
		copy->kids[i] = temporary(lowering, value, branch, value ? NULL : "((void)0)");
	}
	return copy;
}

static struct expr *lower_comma(struct lowering *lowering, struct expr *expr)
{
	struct expr *left = lower(lowering, expr->kids[0]);
	if (left->kind != E_TEMPORARY) {
		struct stmt *stmt = new_stmt(lowering, S_EXPRESSION, expr->kids[0]->first);
		set_exprs(lowering, stmt, left);
		add(lowering, stmt);
	}
	return lower(lowering, expr->kids[1]);
}

/* The statement that gives a statement expression its value, labels before it left out;
 * NULL: none does. */
static const struct stmt *value_statement(const struct stmt *body)
{
	const struct stmt *last = body->kid_count ? body->kids[body->kid_count - 1] : NULL;
	while (last && last->kind == S_LABEL && last->kid_count)
		last = last->kids[0];
	return last && last->kind == S_EXPRESSION ? last : NULL;
}

static void add_label(struct lowering *lowering, const struct stmt *labelled)
{
	struct stmt *label = ARENA_NEW(lowering->unit->arena, struct stmt);
	*label = *labelled;
	label->last = label->header_last;
	label->kid_count = 0;
	add(lowering, label);
	struct stmt *empty = new_stmt(lowering, S_EXPRESSION, label->last);
	struct expr place = {.first = label->last, .last = label->last};
	set_exprs(lowering, empty, temporary(lowering, NULL, &place, "((void)0)"));
	add(lowering, empty);
}

/* The statements of a statement expression, its value going to a variable. */
static void lower_inside(struct lowering *lowering, const struct stmt *body, struct variable *value,
			 bool declares)
{
	uint32_t plain = body->kid_count - (value != NULL);
	for (uint32_t i = 0; i < plain; i++)
		add(lowering, lower_stmt(lowering, body->kids[i]));
	if (value) {
		const struct stmt *last = body->kids[plain];
		for (; last->kind == S_LABEL; last = last->kids[0])
			add_label(lowering, last);
		set(lowering, value, lower(lowering, last->exprs[0]), last->first, declares, false);
	}
	add_unwind(lowering, body, body->last);
}

/* ({ …; value; }): its statements move out to where the expression is evaluated. */
static struct expr *lower_statement_expression(struct lowering *lowering, struct expr *expr)
{
	const struct stmt *body = expr->body;
	struct variable *value = value_statement(body) ? new_result(lowering, expr) : NULL;
	if (expr->opened) {
		lower_inside(lowering, body, value, true);
		return temporary(lowering, value, expr, NULL);
	}
	stmt_list list = {0}, *outer = lowering->out;
	declare_value(lowering, value, expr);
	lowering->out = &list;
	lower_inside(lowering, body, value, false);
	lowering->out = outer;
	add(lowering, block_of(lowering, expr->first, &list));
	return temporary(lowering, value, expr, value ? NULL : "((void)0)");
}

static struct expr *lower_call(struct lowering *lowering, struct expr *call)
{
	if (!call->awaits)
		return call;
	if (call->join) {
		struct expr *copy = copy_expr(lowering, call);
		copy->kids[0] = lower(lowering, call->kids[0]);
		return copy;
	}
	return lower_operands(lowering, call, 0, false);
}

static struct expr *lower_await(struct lowering *lowering, struct expr *await)
{
	struct expr *call = lower_call(lowering, await->kids[0]);
	struct variable *value = add_await(lowering, call, await->result, await->first);
	return temporary(lowering, value, await, value ? NULL : "((void)0)");
}

static struct expr *lower_kind(struct lowering *lowering, struct expr *expr)
{
	switch (expr->kind) {
	case E_AWAIT:
		return lower_await(lowering, expr);
	case E_CALL:
		return is_choose_expr(lowering->unit, expr)
			       ? lower_selection(lowering, expr)
			       : lower_operands(lowering, expr, 0, false);
	case E_BINARY:
		if (expr->op == K_AND || expr->op == K_OR)
			return lower_logical(lowering, expr);
		return lower_operands(lowering, expr, 0, false);
	case E_CONDITIONAL:
		return lower_conditional(lowering, expr);
	case E_COMMA:
		return lower_comma(lowering, expr);
	case E_STATEMENT:
		return lower_statement_expression(lowering, expr);
	case E_ASSIGN:
		return lower_operands(lowering, expr, 0, true);
	case E_SPAWN:
	case E_RUN: {
		struct expr *copy = copy_expr(lowering, expr);
		copy->kids[0] = lower_call(lowering, expr->kids[0]);
		return copy;
	}
	case E_CAST:
	case E_COMPOUND:
		return lower_operands(lowering, expr, expr->type_kids, false);
	case E_GENERIC:
		return lower_selection(lowering, expr);
	case E_BUILTIN:
		return lower_operands(lowering, expr, 0, true);
	default:
		return lower_operands(lowering, expr, 0, false);
	}
}

/* Emits what must run before, and gives the expression that is left, in the same place
 * of the text. */
static struct expr *lower(struct lowering *lowering, struct expr *expr)
{
	if (!expr->awaits)
		return expr;
	struct expr *left = lower_kind(lowering, expr);
	if (left->first == expr->first && left->last == expr->last)
		return left;
	if (left->kind == E_TEMPORARY)
		return temporary(lowering, left->variable, expr, left->text);
	struct expr *instead = copy_expr(lowering, expr);
	instead->kind = E_INSTEAD;
	instead->kids[0] = left;
	instead->kid_count = 1;
	return instead;
}

/* Statements. */

static struct stmt *copy_stmt(struct lowering *lowering, const struct stmt *stmt)
{
	struct stmt *copy = ARENA_NEW(lowering->unit->arena, struct stmt);
	*copy = *stmt;
	copy->changed = true;
	copy->exprs =
		arena_alloc(lowering->unit->arena, (stmt->expr_count + 1) * sizeof *copy->exprs);
	copy->kids = arena_alloc(lowering->unit->arena, (stmt->kid_count + 1) * sizeof *copy->kids);
	if (stmt->expr_count)
		memcpy(copy->exprs, stmt->exprs, stmt->expr_count * sizeof *copy->exprs);
	if (stmt->kid_count)
		memcpy(copy->kids, stmt->kids, stmt->kid_count * sizeof *copy->kids);
	return copy;
}

static struct stmt *lower_kids(struct lowering *lowering, const struct stmt *stmt)
{
	struct stmt *copy = copy_stmt(lowering, stmt);
	for (uint32_t i = 0; i < copy->kid_count; i++)
		copy->kids[i] = lower_stmt(lowering, copy->kids[i]);
	return copy;
}

/* A statement whose one expression awaits: what must run before it, and then it, in a
 * block. */
static struct stmt *lower_simple(struct lowering *lowering, struct stmt *stmt)
{
	stmt_list list = {0}, *outer = lowering->out;
	lowering->out = &list;
	struct expr *value = lower(lowering, stmt->exprs[0]);
	if (stmt->kind != S_EXPRESSION || value->kind != E_TEMPORARY) {
		struct stmt *copy = lower_kids(lowering, stmt);
		copy->exprs[0] = value;
		add(lowering, copy);
	}
	lowering->out = outer;
	return block_of(lowering, stmt->first, &list);
}

static struct expr *strip(struct expr *expr)
{
	while (expr->kind == E_PAREN)
		expr = expr->kids[0];
	return expr;
}

/* return await g(x): g's frame can take this function's place. */
static bool is_tail(const struct lowering *lowering, const struct expr *value)
{
	return value->kind == E_AWAIT && value->result == lowering->fn->result &&
	       !lowering->fn->pins && !lowering->fn->is_main && !lowering->fn->allocas;
}

/* The value is computed before the scopes are left. */
static struct stmt *lower_return_unwinding(struct lowering *lowering, struct stmt *stmt)
{
	stmt_list list = {0}, *outer = lowering->out;
	struct stmt *copy = copy_stmt(lowering, stmt);
	lowering->out = &list;
	if (stmt->expr_count) {
		struct expr *value = lower(lowering, stmt->exprs[0]);
		struct result *result = lowering->fn->result;
		if (result->is_void) {
			copy->exprs[0] = value;
		} else {
			struct variable *kept = new_temporary(lowering, result->type, stmt->first);
			kept->type_text = result->type_text;
			set(lowering, kept, value, stmt->first, true, false);
			copy->exprs[0] = temporary(lowering, kept, stmt->exprs[0], NULL);
		}
	}
	add_unwind(lowering, stmt, stmt->first);
	add(lowering, copy);
	lowering->out = outer;
	return block_of(lowering, stmt->first, &list);
}

static struct stmt *lower_return(struct lowering *lowering, struct stmt *stmt)
{
	if (stmt->unwind.len)
		return lower_return_unwinding(lowering, stmt);
	struct expr *value = strip(stmt->exprs[0]);
	if (!is_tail(lowering, value))
		return lower_simple(lowering, stmt);
	stmt_list list = {0}, *outer = lowering->out;
	lowering->out = &list;
	struct stmt *tail = new_stmt(lowering, S_TAIL, stmt->first);
	set_exprs(lowering, tail, lower_call(lowering, value->kids[0]));
	tail->declares = false;
	add(lowering, tail);
	lowering->out = outer;
	return block_of(lowering, stmt->first, &list);
}

/* A type that the specifiers define is defined ahead, as what is awaited may need it and
 * each declarator comes apart; one without a tag gets one. Gives its {, or 0. */
static uint32_t define_type(struct lowering *lowering, const struct stmt *stmt)
{
	struct unit *unit = lowering->unit;
	uint32_t open = 0, keyword = 0;
	for (uint32_t i = stmt->first; i < stmt->specifiers_end && !open; i++) {
		if (token_is(unit, i, K_STRUCT) || token_is(unit, i, K_UNION) ||
		    token_is(unit, i, K_ENUM))
			keyword = i;
		else if (token_is(unit, i, K_ATTRIBUTE))
			i = token_match(unit, i + 1);
		else if (keyword && token_is(unit, i, K_LBRACE))
			open = i;
	}
	if (open && type_is_moved(unit, open))
		return 0;
	if (open && (token_is(unit, open - 1, K_RPAREN) || open - 1 == keyword))
		type_tag(unit, open);
	if (open) {
		struct stmt *type = new_stmt(lowering, S_DECLARATION, keyword);
		type->last = print_type_end(unit, open);
		add(lowering, type);
	}
	return open;
}

static void add_declaration(struct lowering *lowering, const struct stmt *stmt,
			    struct declarator declarator, uint32_t defined)
{
	struct stmt *copy = ARENA_NEW(lowering->unit->arena, struct stmt);
	*copy = *stmt;
	copy->changed = true;
	copy->body_left_out = defined;
	copy->exprs =
		arena_alloc(lowering->unit->arena, (stmt->expr_count + 1) * sizeof *copy->exprs);
	copy->expr_count = 0;
	memset(&copy->declarators, 0, sizeof copy->declarators);
	for (uint32_t k = 0; k < stmt->expr_count; k++)
		if (stmt->exprs[k]->last < stmt->specifiers_end)
			copy->exprs[copy->expr_count++] = stmt->exprs[k];
	if (declarator.initialiser)
		copy->exprs[copy->expr_count++] = declarator.initialiser;
	*vec_push(lowering->unit->arena, &copy->declarators) = declarator;
	add(lowering, copy);
}

/* T *p = await f(sizeof *p): what is awaited before the declaration needs what it
 * declares, so the value is assigned. */
static void lower_self_reference(struct lowering *lowering, const struct stmt *stmt,
				 struct declarator declarator, uint32_t defined)
{
	struct variable *variable = declarator.variable;
	struct expr *value = declarator.initialiser;
	declarator.initialiser = NULL;
	declarator.last = value->first - 1;
	while (!token_is(lowering->unit, declarator.last, K_ASSIGN))
		declarator.last--;
	declarator.last--;
	add_declaration(lowering, stmt, declarator, defined);
	struct expr *lowered = lower(lowering, value);
	set(lowering, variable, lowered, declarator.name, false, false)->initialises =
		variable->pinned;
}

/* A declaration of one declarator, with what its initialiser awaits before it. */
static void lower_declarator(struct lowering *lowering, const struct stmt *stmt, size_t i,
			     uint32_t defined)
{
	struct declarator declarator = stmt->declarators.at[i];
	bool awaits = declarator.initialiser && declarator.initialiser->awaits;
	if (awaits && declarator.variable && pin_mentions_itself(declarator.variable)) {
		lower_self_reference(lowering, stmt, declarator, defined);
		return;
	}
	if (awaits)
		declarator.initialiser = lower(lowering, declarator.initialiser);
	add_declaration(lowering, stmt, declarator, defined);
}

/* An array of variable length, or a pointer to one: its bounds, then its storage. */
static void lower_storage(struct lowering *lowering, const struct declarator *declarator)
{
	struct variable *variable = declarator->variable;
	uint32_t token = declarator->first;
	for (size_t i = 0; i < variable->bounds.len; i++) {
		struct bound *bound = &variable->bounds.at[i];
		if (bound->variable)
			set(lowering, bound->variable, lower(lowering, bound->expr), token, true,
			    false);
	}
	struct expr *value = NULL;
	if (variable->is_heap) {
		struct expr place = {.first = token, .last = token};
		value = temporary(lowering, variable->storage, &place,
				  arena_printf(lowering->unit->arena,
					       "async__sized_new(sizeof(%s))",
					       variable->object_text));
	} else if (declarator->initialiser) {
		value = lower(lowering, declarator->initialiser);
	}
	set(lowering, variable->storage, value, token, true, false);
}

static struct stmt *lower_declaration(struct lowering *lowering, struct stmt *stmt)
{
	stmt_list list = {0}, *outer = lowering->out;
	lowering->out = &list;
	uint32_t type = define_type(lowering, stmt);
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct variable *variable = stmt->declarators.at[i].variable;
		if (variable && variable->storage)
			lower_storage(lowering, &stmt->declarators.at[i]);
		else
			lower_declarator(lowering, stmt, i, type);
	}
	lowering->out = outer;
	return from_list(lowering, S_SEQUENCE, stmt->first, &list);
}

static struct stmt *leave_unless(struct lowering *lowering, struct expr *condition)
{
	struct stmt *stmt = new_stmt(lowering, S_LEAVE_UNLESS, condition->first);
	set_exprs(lowering, stmt, condition);
	return stmt;
}

/* The continue statements of a loop whose next step is no longer at the loop's head. */
static void redirect_continues(struct lowering *lowering, const struct stmt *loop,
			       const struct stmt *stmt)
{
	if (stmt->kind == S_CONTINUE && stmt->target == loop)
		token_edit(lowering->unit, stmt->first)->body_text = arena_printf(
			lowering->unit->arena, "goto __asyncc_continue_%d", loop->continue_label);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		redirect_continues(lowering, loop, stmt->kids[i]);
}

static struct stmt *continue_label(struct lowering *lowering, struct stmt *loop)
{
	if (!loop->continue_label) {
		loop->continue_label = (int)++lowering->fn->counter;
		redirect_continues(lowering, loop, loop);
	}
	struct stmt *stmt = new_stmt(lowering, S_CONTINUE_LABEL, loop->first);
	stmt->continue_label = loop->continue_label;
	return stmt;
}

static struct stmt *forever(struct lowering *lowering, const struct stmt *loop,
			    const stmt_list *list)
{
	struct stmt *stmt = new_stmt(lowering, S_FOREVER, loop->first);
	stmt->kids = arena_alloc(lowering->unit->arena, sizeof *stmt->kids);
	stmt->kids[0] = block_of(lowering, loop->first, list);
	stmt->kid_count = 1;
	return stmt;
}

static struct stmt *lower_while(struct lowering *lowering, struct stmt *stmt)
{
	if (!stmt->exprs[0]->awaits)
		return lower_kids(lowering, stmt);
	stmt_list list = {0}, *outer = lowering->out;
	lowering->out = &list;
	struct expr *condition = lower(lowering, stmt->exprs[0]);
	add(lowering, leave_unless(lowering, condition));
	add(lowering, lower_stmt(lowering, stmt->kids[0]));
	lowering->out = outer;
	return forever(lowering, stmt, &list);
}

static struct stmt *lower_do(struct lowering *lowering, struct stmt *stmt)
{
	if (!stmt->exprs[0]->awaits)
		return lower_kids(lowering, stmt);
	stmt_list list = {0}, *outer = lowering->out;
	struct stmt *label = continue_label(lowering, stmt);
	lowering->out = &list;
	add(lowering, lower_stmt(lowering, stmt->kids[0]));
	add(lowering, label);
	struct expr *condition = lower(lowering, stmt->exprs[0]);
	add(lowering, leave_unless(lowering, condition));
	lowering->out = outer;
	return forever(lowering, stmt, &list);
}

/* for (init; condition; step): the part that awaits moves out of the header, into the
 * block before the loop, to its top, or to its end. */
static struct stmt *lower_for(struct lowering *lowering, struct stmt *stmt)
{
	bool init = stmt->for_init->awaits || stmt->unwind.len;
	bool condition = stmt->for_condition && stmt->for_condition->awaits;
	bool step = stmt->for_step && stmt->for_step->awaits;
	if (!init && !condition && !step)
		return lower_kids(lowering, stmt);
	stmt_list before = {0}, body = {0}, *outer = lowering->out;
	struct stmt *label = step ? continue_label(lowering, stmt) : NULL;
	lowering->out = &before;
	if (stmt->for_init->kind != S_EMPTY)
		add(lowering, lower_stmt(lowering, stmt->for_init));
	lowering->out = &body;
	if (stmt->for_condition)
		add(lowering, leave_unless(lowering, lower(lowering, stmt->for_condition)));
	add(lowering, lower_stmt(lowering, stmt->kids[1]));
	struct stmt *loop = forever(lowering, stmt, &body);
	if (step) {
		add(lowering, label);
		struct expr *value = lower(lowering, stmt->for_step);
		if (value->kind != E_TEMPORARY) {
			struct stmt *last = new_stmt(lowering, S_EXPRESSION, stmt->for_step->first);
			set_exprs(lowering, last, value);
			add(lowering, last);
		}
		loop = forever(lowering, stmt, &body);
	} else if (stmt->for_step) {
		set_exprs(lowering, loop, stmt->for_step);
	}
	*vec_push(lowering->unit->arena, &before) = loop;
	lowering->out = &before;
	add_unwind(lowering, stmt, stmt->last);
	lowering->out = outer;
	return block_of(lowering, stmt->first, &before);
}

/* The statement, and before it what the scopes that it leaves have to run. */
static struct stmt *lower_jump(struct lowering *lowering, struct stmt *stmt)
{
	stmt_list list = {0}, *outer = lowering->out;
	lowering->out = &list;
	add_unwind(lowering, stmt, stmt->first);
	struct stmt *copy = copy_stmt(lowering, stmt);
	copy->awaits = copy->changed = false;
	add(lowering, copy);
	lowering->out = outer;
	return block_of(lowering, stmt->first, &list);
}

/* Whether an expression may define a struct, union or enum, for the block around. */
static bool may_define_type(const struct unit *unit, const struct expr *expr)
{
	for (uint32_t i = expr->first; i < expr->last; i++) {
		if (token_is(unit, i, K_LBRACE))
			i = token_match(unit, i);
		else if (token_is(unit, i, K_STRUCT) || token_is(unit, i, K_UNION) ||
			 token_is(unit, i, K_ENUM))
			return true;
	}
	return false;
}

/* The block, with what its variables have to run at its end. */
static struct stmt *lower_block(struct lowering *lowering, struct stmt *stmt)
{
	struct stmt *copy = copy_stmt(lowering, stmt);
	stmt_list list = {0}, *outer = lowering->out;
	for (uint32_t i = 0; i < copy->kid_count; i++) {
		struct stmt *kid = lower_stmt(lowering, stmt->kids[i]);
		if (kid->kind == S_WRAP && stmt->kids[i]->kind == S_EXPRESSION &&
		    may_define_type(lowering->unit, stmt->kids[i]->exprs[0]))
			kid->kind = S_SEQUENCE;
		*vec_push(lowering->unit->arena, &list) = kid;
	}
	lowering->out = &list;
	add_unwind(lowering, stmt, stmt->last);
	lowering->out = outer;
	for (size_t i = copy->kid_count; i < list.len; i++)
		list.at[i]->last = stmt->last - 1;
	copy->kids = list.at;
	copy->kid_count = (uint32_t)list.len;
	return copy;
}

/* asm("…" : outputs : inputs): the outputs come before the second colon. */
static bool is_output(const struct unit *unit, const struct stmt *stmt, const struct expr *expr)
{
	uint32_t colons = 0;
	for (uint32_t i = stmt->first; i < expr->first; i++) {
		if (token_is(unit, i, K_LPAREN) && colons)
			i = token_match(unit, i) < expr->first ? token_match(unit, i) : i;
		colons += token_is(unit, i, K_COLON);
	}
	return colons < 2;
}

static struct stmt *lower_asm(struct lowering *lowering, struct stmt *stmt)
{
	struct stmt *copy = copy_stmt(lowering, stmt);
	stmt_list list = {0}, *outer = lowering->out;
	uint32_t outputs = 0;
	while (outputs < stmt->expr_count && is_output(lowering->unit, stmt, stmt->exprs[outputs]))
		outputs++;
	lowering->out = &list;
	lower_in_order(lowering, stmt->exprs, copy->exprs, stmt->expr_count, outputs);
	add(lowering, copy);
	lowering->out = outer;
	return block_of(lowering, stmt->first, &list);
}

static struct stmt *lower_stmt_kind(struct lowering *lowering, struct stmt *stmt)
{
	switch (stmt->kind) {
	case S_DECLARATION:
		return lower_declaration(lowering, stmt);
	case S_BLOCK:
		return lower_block(lowering, stmt);
	case S_BREAK:
	case S_CONTINUE:
	case S_GOTO:
		return lower_jump(lowering, stmt);
	case S_RETURN:
		return lower_return(lowering, stmt);
	case S_WHILE:
		return lower_while(lowering, stmt);
	case S_DO:
		return lower_do(lowering, stmt);
	case S_FOR:
		return lower_for(lowering, stmt);
	case S_EXPRESSION:
	case S_IF:
	case S_SWITCH:
	case S_GOTO_COMPUTED:
		return stmt->exprs[0]->awaits ? lower_simple(lowering, stmt)
					      : lower_kids(lowering, stmt);
	case S_ASM:
		return lower_asm(lowering, stmt);
	default:
		return lower_kids(lowering, stmt);
	}
}

/* The result stands where the statement stood. */
static struct stmt *lower_stmt(struct lowering *lowering, struct stmt *stmt)
{
	if (!stmt->awaits)
		return stmt;
	struct stmt *lowered = lower_stmt_kind(lowering, stmt);
	lowered->first = stmt->first;
	lowered->last = stmt->last;
	return lowered;
}

void normalise(struct unit *unit, struct function *fn)
{
	stmt_list list = {0};
	struct lowering lowering = {unit, fn, &list};
	fn->body = lower_stmt(&lowering, fn->body);
}
