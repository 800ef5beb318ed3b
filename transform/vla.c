/* Arrays of variable length, and pointers to them, whose life spans an await. No jump may
 * enter the scope of an identifier whose type depends on a variable, so such a name
 * cannot be declared in a function that is resumed. The bounds become variables of
 * their own, the array a block of memory that its scope frees, and each use of the name
 * a cast to what it was.
 *
 *     int a[n + 1];        =>   size_t d = n + 1; void *s = async__sized_new(sizeof(int[d]));
 *     a[0] = 1;                 (*(int (*)[d])s)[0] = 1;
 *
 * alloca gives memory until the function returns: a list of blocks.
 *
 * requires: trees with awaits marked, fn.await_ends
 * provides: variable.storage, .bounds; stmt.awaits; fn.allocas; edits of body_text
 */
#include "transform.h"

#include <string.h>

struct arrays {
	struct unit *unit;
	struct function *fn;
};

static bool is_variable(CXType type)
{
	type = clang_getCanonicalType(type);
	if (type.kind == CXType_Pointer)
		return is_variable(clang_getPointeeType(type));
	return type.kind == CXType_VariableArray ||
	       (load_is_array(type) && is_variable(clang_getElementType(type)));
}

static struct variable *new_variable(struct arrays *arrays, const struct variable *of,
				     uint32_t token, const char *type_text)
{
	struct unit *unit = arrays->unit;
	struct variable *variable = ARENA_NEW(unit->arena, struct variable);
	variable->kind = VARIABLE_TEMPORARY;
	variable->token = token;
	variable->scope = of ? of->scope : arrays->fn->scope;
	variable->size = variable->align = (long long)sizeof(void *);
	variable->type_text = type_text;
	variable->held = true;
	variable->text = variable->field =
		arena_printf(unit->arena, "__asyncc_%u", ++arrays->fn->counter);
	*vec_push(unit->arena, &arrays->fn->variables) = variable;
	return variable;
}

static void refuse(struct arrays *arrays, struct variable *variable)
{
	variable->kind = VARIABLE_OTHER;
	error_at(
		arrays->unit, variable->token,
		"the type of '%s' depends on a variable in a way that cannot be kept across an "
		"await; use an array of variable length, a pointer to one, or end its scope before "
		"the await",
		token_text(arrays->unit, variable->token));
	arrays->fn->gone = true;
}

/* The bounds of an array type as text, made from those that the declarator gives:
 * `[__asyncc_1][3]`. NULL: some come from elsewhere. */
static const char *bounds_text(struct arrays *arrays, struct variable *variable, CXType *type,
			       size_t next, uint32_t token)
{
	struct buffer text = {.arena = arrays->unit->arena};
	buffer_puts(&text, "");
	for (*type = clang_getCanonicalType(*type); load_is_array(*type);
	     *type = clang_getCanonicalType(clang_getElementType(*type)), next++) {
		if (type->kind == CXType_ConstantArray) {
			buffer_printf(&text, "[%lld]", clang_getArraySize(*type));
			continue;
		}
		if (next >= variable->bounds.len || !variable->bounds.at[next].expr)
			return NULL;
		struct bound *bound = &variable->bounds.at[next];
		bound->variable = new_variable(arrays, variable, token, "__typeof__(sizeof 0)");
		buffer_printf(&text, "[%s]", bound->variable->text);
	}
	return text.at;
}

/* Gives the variable, an array of this type or a pointer to one, its storage, and its uses their
 * new text. token is the last one at which it is not there yet. */
static void settle(struct arrays *arrays, struct variable *variable, CXType type,
		   size_t first_bound, uint32_t token)
{
	struct unit *unit = arrays->unit;
	bool pointer = !variable->is_array;
	const char *bounds = bounds_text(arrays, variable, &type, first_bound, token);
	const char *element = bounds && !is_variable(type) ? type_text(arrays->unit, type) : NULL;
	if (!element || clang_Type_getAlignOf(type) > POOL_ALIGNMENT) {
		refuse(arrays, variable);
		return;
	}
	struct variable *storage = new_variable(arrays, variable, token, "void *");
	variable->storage = storage;
	variable->kind = VARIABLE_OTHER;
	variable->is_heap = !pointer;
	variable->object_text = arena_printf(unit->arena, "__typeof__(%s)%s", element, bounds);
	const char *use =
		arena_printf(unit->arena, "(*(__typeof__(%s) (*%s)%s)%s%s)", element,
			     pointer ? "*" : "", bounds, pointer ? "&" : "", storage->text);
	for (size_t i = 0; i < variable->uses.len; i++)
		token_edit(unit, variable->uses.at[i])->body_text = use;
	variable->use_text = use;
}

static bool in_brackets(const struct unit *unit, const struct expr *expr)
{
	uint32_t before = expr->first - 1;
	while (token_is(unit, before, K_STATIC) || token_is(unit, before, K_CONST) ||
	       token_is(unit, before, K_RESTRICT) || token_is(unit, before, K_VOLATILE))
		before--;
	return token_is(unit, before, K_LBRACKET) && token_is(unit, expr->last + 1, K_RBRACKET);
}

static void take_bounds(struct arrays *arrays, const struct stmt *stmt,
			const struct declarator *declarator)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++) {
		struct expr *expr = stmt->exprs[i];
		if (expr->first > declarator->first && expr->last < declarator->dimensions_end &&
		    in_brackets(arrays->unit, expr))
			*vec_push(arrays->unit->arena, &declarator->variable->bounds) =
				(struct bound){expr, NULL};
	}
}

/* Whether a jump may leave the scope of a variable whose cleanup function is awaited, from
 * inside this one's. */
static bool is_left_by_await(const struct arrays *arrays, const struct variable *variable)
{
	const struct function *fn = arrays->fn;
	const struct scope *scope = variable->scope;
	bool awaits = false, jumps = false;
	for (size_t i = 0; i < fn->variables.len; i++) {
		const struct variable *other = fn->variables.at[i];
		awaits |= other->cleanup_result && other->scope->first <= scope->first &&
			  other->scope->last >= scope->last;
	}
	for (uint32_t i = variable->token; i < scope->last; i++) {
		uint32_t id = TOKEN(arrays->unit, i)->id;
		jumps |= id == K_RETURN || id == K_BREAK || id == K_CONTINUE || id == K_GOTO;
	}
	return awaits && jumps;
}

/* Whether a place to resume at is in the scope of a variable's name, as written or as
 * printed. */
static bool is_resumed_into(const struct arrays *arrays, const struct variable *variable)
{
	return variable->scope->opened || is_left_by_await(arrays, variable) ||
	       pin_spans_await(arrays->fn, variable->scope, variable->token);
}

static void visit_declaration(struct arrays *arrays, struct stmt *stmt)
{
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		struct variable *variable = declarator->variable;
		if (!variable || (variable->kind != VARIABLE_LOCAL && !variable->is_typedef) ||
		    !is_variable(variable->type) || !is_resumed_into(arrays, variable))
			continue;
		if (variable->is_typedef) {
			refuse(arrays, variable);
			continue;
		}
		take_bounds(arrays, stmt, declarator);
		CXType type = clang_getCanonicalType(variable->type);
		settle(arrays, variable, variable->is_array ? type : clang_getPointeeType(type), 0,
		       declarator->dimensions_end);
		stmt->awaits = true;
	}
}

static void visit_stmt(struct arrays *arrays, struct stmt *stmt);

/* alloca(n) => async__stack_new(&list, n) */
static void settle_alloca(struct arrays *arrays, const struct expr *call)
{
	struct unit *unit = arrays->unit;
	struct function *fn = arrays->fn;
	const char *name =
		call->kids[0]->kind == E_NAME ? token_text(unit, call->kids[0]->first) : "";
	if (strcmp(name, "alloca") && strcmp(name, "__builtin_alloca"))
		return;
	if (!fn->allocas)
		fn->allocas = new_variable(arrays, NULL, fn->body_first, "void *");
	token_edit(unit, call->kids[0]->first)->body_text = "async__stack_new";
	token_edit(unit, call->kids[0]->last + 1)->body_text =
		arena_printf(unit->arena, "(&%s, ", fn->allocas->text);
}

static void visit_expr(struct arrays *arrays, struct expr *expr)
{
	if (expr->kind == E_CALL && !expr->unevaluated)
		settle_alloca(arrays, expr);
	if (expr->body)
		visit_stmt(arrays, expr->body);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		visit_expr(arrays, expr->kids[i]);
}

static void visit_stmt(struct arrays *arrays, struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		visit_expr(arrays, stmt->exprs[i]);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		visit_stmt(arrays, stmt->kids[i]);
	if (stmt->kind == S_DECLARATION)
		visit_declaration(arrays, stmt);
}

static size_t array_levels(CXType type)
{
	size_t levels = 0;
	for (type = clang_getCanonicalType(type); load_is_array(type);
	     type = clang_getCanonicalType(clang_getElementType(type)))
		levels++;
	return levels;
}

/* double m[n][n] is a pointer to double[n]. */
static void settle_param(struct arrays *arrays, struct variable *param)
{
	CXType type = clang_getCanonicalType(param->type);
	type = load_is_array(type) ? clang_getElementType(type) : clang_getPointeeType(type);
	if (!is_variable(type))
		return;
	size_t levels = array_levels(type);
	param->is_array = false;
	if (!levels || param->bounds.len < levels) {
		refuse(arrays, param);
		return;
	}
	settle(arrays, param, type, param->bounds.len - levels, arrays->fn->params_open);
}

void vla(struct unit *unit, struct function *fn)
{
	if (!fn->is_async || !fn->await_ends.len)
		return;
	struct arrays arrays = {unit, fn};
	for (size_t i = 0; i < fn->params.len; i++)
		settle_param(&arrays, fn->params.at[i]);
	visit_stmt(&arrays, fn->body);
}
