/* What must not happen around an await, as far as control can take it there: variable
 * arguments read after one, a jump back to a setjmp before one, the address of a
 * thread-local object kept over one.
 *
 *     int *error = &errno;         'error' holds it
 *     await f();                   and has kept it over an await
 *     if (*error) ...              reported here
 *
 * requires: awaits final
 */
#include "flow.h"

#include <string.h>

/* A variable that is given the address of a thread-local object somewhere. */
struct holder {
	const struct variable *variable;
	bool reported;
};

struct flow_check {
	struct unit *unit;
	struct function *fn;
	const struct flow *flow;
	bool variadic;
	VEC(struct holder) holders;
};

enum { SUSPENDED, HOLDERS };

static size_t holds_fact(size_t holder)
{
	return HOLDERS + 2 * holder;
}

static size_t kept_fact(size_t holder)
{
	return HOLDERS + 2 * holder + 1;
}

static void note_await(struct flow_check *check, const struct flow_node *from, bool backward)
{
	const struct flow_node *await =
		flow_find(check->flow, from, backward, flow_is_suspension, NULL);
	if (await)
		note_at(check->unit, await->token, "the function may be suspended here");
}

/* setjmp and longjmp */

static const char *const setjmp_names[] = {"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", NULL};
static const char *const longjmp_names[] = {"longjmp", "_longjmp", "siglongjmp", NULL};

static const char *call_of(const struct flow_check *check, const struct flow_node *node)
{
	return node->kind == FLOW_EXPR && node->expr->kind == E_CALL
		       ? called_name(check->unit, node->expr)
		       : NULL;
}

static bool calls_one_of(const struct flow_check *check, const char *const *names)
{
	for (size_t i = 0; i < check->flow->nodes.len; i++)
		if (is_one_of(call_of(check, &check->flow->nodes.at[i]), names))
			return true;
	return false;
}

static void check_jumps(struct flow_check *check, const struct flow_node *node)
{
	const char *name = call_of(check, node);
	if (is_one_of(name, setjmp_names)) {
		if (!flow_find(check->flow, node, false, flow_is_suspension, NULL))
			return;
		error_at(check->unit, node->token,
			 "%s before an await in an async function: the call that it returns to "
			 "would "
			 "be gone",
			 strstr(name, "sig") ? "sigsetjmp" : "setjmp");
		diagnose_range(check->unit, node->expr->first, node->expr->last);
		note_await(check, node, false);
	} else if (is_one_of(name, longjmp_names) && !check->fn->calls_setjmp) {
		error_at(check->unit, node->token,
			 "longjmp out of an async function would leave the event loop behind; "
			 "return an error instead");
		diagnose_range(check->unit, node->expr->first, node->expr->last);
	}
}

/* Variable arguments */

static bool is_va_list(struct unit *unit, const struct expr *expr)
{
	while (expr->kind == E_PAREN || (expr->kind == E_UNARY && expr->op == K_AMP))
		expr = expr->kids[0];
	if (expr->kind != E_NAME || !expr->variable)
		return false;
	const char *type = load_type_text(unit, clang_getCanonicalType(expr->variable->type));
	return strstr(type, "va_list") != NULL;
}

/* How the evaluation reads variable arguments, or NULL. */
static const char *reads_arguments(const struct flow_check *check, const struct flow_node *node)
{
	const struct expr *expr = node->expr;
	if (node->kind != FLOW_EXPR)
		return NULL;
	if (expr->kind == E_BUILTIN && expr->op == K_VA_ARG)
		return "va_arg";
	const char *name = call_of(check, node);
	if (expr->kind != E_CALL || (name && !strcmp(name, "__builtin_va_end")))
		return NULL;
	if (name &&
	    (!strcmp(name, "__builtin_va_start") || !strcmp(name, "__builtin_c23_va_start")))
		return "va_start";
	for (uint32_t i = 1; i < expr->kid_count; i++)
		if (is_va_list(check->unit, expr->kids[i]))
			return name && !strcmp(name, "__builtin_va_copy") ? "va_copy"
									  : "va_list passed on";
	return NULL;
}

static void check_arguments(struct flow_check *check, const struct flow_node *node,
			    struct bits facts)
{
	const char *what = reads_arguments(check, node);
	if (!check->variadic || !what || !bits_get(facts, SUSPENDED))
		return;
	error_at(check->unit, node->token,
		 "%s after an await: the variable arguments of an async function are gone once it "
		 "has been suspended; read them before",
		 what);
	diagnose_range(check->unit, node->expr->first, node->expr->last);
	note_await(check, node, true);
}

/* Addresses of thread-local objects */

static bool is_thread_local(struct unit *unit, const struct expr *object)
{
	if (object->kind == E_CALL) {
		const char *name = called_name(unit, object);
		return name && !strcmp(name, "__errno_location");
	}
	if (object->kind != E_NAME)
		return false;
	CXCursor cursor = object->variable
				  ? object->variable->cursor
				  : clang_getCursorReferenced(load_cursor(unit, object->name));
	return clang_getCursorKind(cursor) == CXCursor_VarDecl &&
	       clang_getCursorTLSKind(cursor) != CXTLS_None;
}

/* The thread-local object that a pointer value points to, or NULL. */
static const struct expr *thread_local_pointee(struct unit *unit, const struct expr *value)
{
	while (value->kind == E_PAREN || value->kind == E_CAST)
		value = value->kids[value->kid_count - 1];
	if (value->kind == E_CONDITIONAL) {
		const struct expr *first =
			thread_local_pointee(unit, value->kids[value->kid_count - 2]);
		return first ? first
			     : thread_local_pointee(unit, value->kids[value->kid_count - 1]);
	}
	const struct expr *object = flow_pointee(unit, value);
	return object && is_thread_local(unit, object) ? object : NULL;
}

static size_t holder_of(const struct flow_check *check, const struct variable *variable)
{
	size_t i = 0;
	while (i < check->holders.len && check->holders.at[i].variable != variable)
		i++;
	return i;
}

static void find_holders(struct flow_check *check)
{
	for (size_t i = 0; i < check->flow->nodes.len; i++) {
		const struct flow_node *node = &check->flow->nodes.at[i];
		const struct variable *variable = flow_assigned(node);
		if (!variable || variable->kind == VARIABLE_OTHER ||
		    clang_getCanonicalType(variable->type).kind != CXType_Pointer)
			continue;
		if (thread_local_pointee(check->unit, flow_value(node)) &&
		    holder_of(check, variable) == check->holders.len)
			*vec_push(check->unit->arena, &check->holders) =
				(struct holder){variable, false};
	}
}

struct taking {
	struct unit *unit;
	const struct variable *variable;
};

static bool takes_address(const struct flow_node *node, const void *context)
{
	const struct taking *taking = context;
	return flow_assigned(node) == taking->variable &&
	       thread_local_pointee(taking->unit, flow_value(node));
}

static void report_kept(struct flow_check *check, const struct flow_node *node,
			struct holder *holder)
{
	struct unit *unit = check->unit;
	const struct taking taking = {unit, holder->variable};
	const struct flow_node *where = flow_find(check->flow, node, true, takes_address, &taking);
	if (holder->reported || !where)
		return;
	const struct expr *taken = flow_value(where);
	const struct expr *object = thread_local_pointee(unit, taken);
	holder->reported = true;
	bool is_errno = object->kind == E_CALL;
	if (!warn_at(unit, WARNING_THREAD_ADDRESS, node->token,
		     "'%s' keeps the address of %s%s%s across an await; take it again after the "
		     "await",
		     token_text(unit, holder->variable->token),
		     is_errno ? "errno" : "thread-local '",
		     is_errno ? "" : token_text(unit, object->name), is_errno ? "" : "'"))
		return;
	note_at(unit, taken->first, "the address is taken here");
	note_await(check, node, true);
}

static void set_fact(struct bits facts, size_t fact, bool value)
{
	if (value)
		bits_set(facts, fact);
	else
		bits_clear(facts, fact);
}

static void pass_holders(struct flow_check *check, const struct flow_node *node, struct bits facts)
{
	const struct variable *variable = flow_assigned(node);
	size_t i = holder_of(check, variable);
	if (variable && i < check->holders.len) {
		set_fact(facts, holds_fact(i),
			 thread_local_pointee(check->unit, flow_value(node)) != NULL);
		bits_clear(facts, kept_fact(i));
	}
	for (i = 0; flow_suspends(node) && i < check->holders.len; i++)
		if (bits_get(facts, holds_fact(i)))
			bits_set(facts, kept_fact(i));
}

static void check_holders(struct flow_check *check, const struct flow_node *node, struct bits facts)
{
	if (node->kind != FLOW_EXPR || node->expr->kind != E_NAME || !node->expr->variable)
		return;
	size_t i = holder_of(check, node->expr->variable);
	if (i < check->holders.len && bits_get(facts, kept_fact(i)))
		report_kept(check, node, &check->holders.at[i]);
}

static void pass(void *context, const struct flow_node *node, struct bits facts, bool final)
{
	struct flow_check *check = context;
	if (final) {
		check_arguments(check, node, facts);
		check_holders(check, node, facts);
		check_jumps(check, node);
	}
	if (flow_suspends(node))
		bits_set(facts, SUSPENDED);
	pass_holders(check, node, facts);
}

void check_flow(struct unit *unit, struct function *fn, const struct flow *flow)
{
	struct flow_check check = {.unit = unit,
				   .fn = fn,
				   .flow = flow,
				   .variadic = clang_Cursor_isVariadic(fn->cursor) != 0};
	if (!fn->is_async)
		return;
	find_holders(&check);
	fn->calls_setjmp = calls_one_of(&check, setjmp_names);
	if (!check.holders.len && !check.variadic && !fn->calls_setjmp &&
	    !calls_one_of(&check, longjmp_names))
		return;
	flow_solve(flow, &(struct flow_analysis){
				 .facts = HOLDERS + 2 * check.holders.len,
				 .context = &check,
				 .pass = pass,
			 });
}
