/* Warns of tasks that nobody can join any more, and of those that are given the address
 * of a local whose scope is left before anybody has waited for the task.
 *
 *     async_task(int) t = async_spawn(fill(buf));    fill borrows buf; t is its handle
 *     if (!t) return -ENOMEM;                        no task: nothing is borrowed here
 *     if (failed) return -1;                         reported: buf ends, the task goes on
 *     return await async_join(t);
 *
 * A loan is over where the function waits for anything that has to do with the task: its
 * handle, the local, another argument of the spawn. It is reported only where it is open
 * on all ways to a place, so that waiting under a condition or in a loop is waiting.
 *
 * requires: awaits final
 */
#include "flow.h"

#include <string.h>

struct task {
	const struct expr *spawn;
	const struct variable *handle; /* NULL: none, or detached at once */
};

struct loan {
	size_t task;
	const struct expr *object; /* a local or a compound literal */
	const struct scope *scope;
	bool reported;
};

struct task_check {
	struct unit *unit;
	struct function *fn;
	VEC(struct task) tasks;
	VEC(struct loan) loans;
};

/* What becomes of the value of an expression. */
enum fate { FATE_DISCARDED, FATE_HELD, FATE_DETACHED, FATE_RETURNED, FATE_ELSEWHERE };

struct use {
	enum fate fate;
	const struct variable *handle; /* FATE_HELD */
};

static const struct use elsewhere = {FATE_ELSEWHERE, NULL};

static const char *spawned_name(const struct unit *unit, const struct expr *spawn)
{
	const char *name = called_name(unit, spawn->kids[0]);
	return name ? name : "the task";
}

static bool is_local(const struct expr *object)
{
	if (object->kind == E_COMPOUND)
		return object->scope != NULL;
	return object->kind == E_NAME && object->variable &&
	       object->variable->kind != VARIABLE_OTHER;
}

/* Scopes with cleanup may wait for tasks in a way not seen here. */
static bool has_cleanup(const struct scope *scope)
{
	for (; scope; scope = scope->parent)
		for (size_t i = 0; i < scope->names.len; i++)
			if (scope->names.at[i]->cleanup)
				return true;
	return false;
}

static void add_loans(struct task_check *check, const struct expr *spawn, struct use use)
{
	struct arena *arena = check->unit->arena;
	const struct expr *call = spawn->kids[0];
	*vec_push(arena, &check->tasks) = (struct task){spawn, use.handle};
	for (uint32_t i = 1; i < call->kid_count; i++) {
		const struct expr *object = flow_pointee(check->unit, call->kids[i]);
		if (!object || !is_local(object))
			continue;
		const struct scope *scope =
			object->kind == E_COMPOUND ? object->scope : object->variable->scope;
		if (!has_cleanup(scope))
			*vec_push(arena, &check->loans) =
				(struct loan){check->tasks.len - 1, object, scope, false};
	}
}

static void see_spawn(struct task_check *check, const struct expr *spawn, struct use use)
{
	struct unit *unit = check->unit;
	if (!spawn->kids[0]->async_call)
		return;
	if (use.fate == FATE_DISCARDED &&
	    warn_at(unit, WARNING_DISCARDED_TASK, spawn->first,
		    "the handle of this task is discarded; join the task or detach it"))
		diagnose_range(unit, spawn->kids[0]->first, spawn->kids[0]->last);
	if (use.fate != FATE_ELSEWHERE)
		add_loans(check, spawn, use);
}

static void see_stmt(struct task_check *check, const struct stmt *stmt);
static void see_expr(struct task_check *check, const struct expr *expr, struct use use);

static void see_kids(struct task_check *check, const struct expr *expr, struct use use)
{
	for (uint32_t i = 0; i < expr->kid_count; i++)
		see_expr(check, expr->kids[i], use);
}

static struct use held_by(const struct variable *variable)
{
	if (!variable || variable->kind == VARIABLE_OTHER || variable->cleanup)
		return elsewhere;
	return (struct use){FATE_HELD, variable};
}

static struct use held_in(struct task_check *check, const struct expr *target)
{
	const struct expr *object = flow_object(check->unit, target);
	return held_by(object && object->kind == E_NAME ? object->variable : NULL);
}

static void see_expr(struct task_check *check, const struct expr *expr, struct use use)
{
	if (expr->unevaluated || expr->kind == E_UNEVALUATED)
		return;
	switch (expr->kind) {
	case E_SPAWN:
		see_spawn(check, expr, use);
		see_kids(check, expr->kids[0], elsewhere);
		break;
	case E_PAREN:
	case E_CAST:
	case E_LIST:
		see_kids(check, expr, use);
		break;
	case E_UNARY:
		see_kids(check, expr, expr->op == K_EXTENSION ? use : elsewhere);
		break;
	case E_COMMA:
		see_expr(check, expr->kids[0], (struct use){FATE_DISCARDED, NULL});
		see_expr(check, expr->kids[1], use);
		break;
	case E_CONDITIONAL:
		see_expr(check, expr->kids[0], elsewhere);
		for (uint32_t i = 1; i < expr->kid_count; i++)
			see_expr(check, expr->kids[i], use);
		break;
	case E_ASSIGN:
		see_expr(check, expr->kids[0], elsewhere);
		see_expr(check, expr->kids[1], held_in(check, expr->kids[0]));
		break;
	case E_CALL: {
		const char *name = called_name(check->unit, expr);
		bool detaches = name && !strcmp(name, "async__detach");
		see_kids(check, expr, detaches ? (struct use){FATE_DETACHED, NULL} : elsewhere);
		break;
	}
	case E_STATEMENT:
		see_stmt(check, expr->body);
		break;
	default:
		see_kids(check, expr, elsewhere);
		break;
	}
}

static void see_declaration(struct task_check *check, const struct stmt *stmt)
{
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		if (declarator->initialiser)
			see_expr(check, declarator->initialiser, held_by(declarator->variable));
	}
}

static void see_stmt(struct task_check *check, const struct stmt *stmt)
{
	struct use use = elsewhere;
	if (stmt->kind == S_EXPRESSION)
		use.fate = FATE_DISCARDED;
	else if (stmt->kind == S_RETURN)
		use.fate = FATE_RETURNED;
	if (stmt->kind == S_DECLARATION)
		see_declaration(check, stmt);
	for (uint32_t i = 0; stmt->kind != S_DECLARATION && i < stmt->expr_count; i++)
		see_expr(check, stmt->exprs[i],
			 stmt->exprs[i] == stmt->for_step ? (struct use){FATE_DISCARDED, NULL}
							  : use);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		see_stmt(check, stmt->kids[i]);
}

/* Whether expr names what stands behind object: the same local, or the same global. */
static bool names(const struct unit *unit, const struct expr *expr, const struct expr *object)
{
	if (expr->variable || object->variable)
		return expr->variable == object->variable;
	return TOKEN(unit, expr->name)->id == TOKEN(unit, object->name)->id;
}

static bool mentions_name(const struct unit *unit, const struct expr *where,
			  const struct expr *name)
{
	if (where->kind == E_NAME)
		return names(unit, where, name);
	for (uint32_t i = 0; i < where->kid_count; i++)
		if (mentions_name(unit, where->kids[i], name))
			return true;
	return false;
}

static bool mentions_variable(const struct expr *where, const struct variable *variable)
{
	if (where->kind == E_NAME)
		return variable && where->variable == variable;
	for (uint32_t i = 0; i < where->kid_count; i++)
		if (mentions_variable(where->kids[i], variable))
			return true;
	return false;
}

/* Whether where mentions anything that expr, an argument of a spawn, does. */
static bool shares_name(const struct unit *unit, const struct expr *where, const struct expr *expr)
{
	if (expr->kind == E_NAME)
		return mentions_name(unit, where, expr);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		if (shares_name(unit, where, expr->kids[i]))
			return true;
	return false;
}

static bool is_about(const struct unit *unit, const struct expr *where, const struct task *task)
{
	const struct expr *call = task->spawn->kids[0];
	if (mentions_variable(where, task->handle))
		return true;
	for (uint32_t i = 1; i < call->kid_count; i++)
		if (shares_name(unit, where, call->kids[i]))
			return true;
	return false;
}

static void end_loans(const struct task_check *check, struct bits facts, const struct expr *where)
{
	for (size_t i = 0; i < check->loans.len; i++)
		if (is_about(check->unit, where, &check->tasks.at[check->loans.at[i].task]))
			bits_clear(facts, i);
}

/* The handle goes where it is not followed. */
static void let_go(const struct task_check *check, struct bits facts, const struct expr *where)
{
	for (size_t i = 0; i < check->loans.len; i++)
		if (mentions_variable(where, check->tasks.at[check->loans.at[i].task].handle))
			bits_clear(facts, i);
}

static void pass_call(const struct task_check *check, const struct expr *call, struct bits facts)
{
	const char *name = called_name(check->unit, call);
	if (name && !strncmp(name, "async__", 7))
		return;
	let_go(check, facts, call);
	/* A plain function may call one that runs the loop to its end. */
	if (!check->fn->is_async && !call->async_call && !call->join)
		memset(facts.words, 0, facts.word_count * sizeof *facts.words);
}

static void report(struct task_check *check, const struct flow_node *node, struct loan *loan)
{
	struct unit *unit = check->unit;
	const struct expr *object = loan->object;
	const struct expr *spawn = check->tasks.at[loan->task].spawn;
	const char *what = object->kind == E_NAME ? arena_printf(unit->arena, "'%s'",
								 token_text(unit, object->name))
						  : "the compound literal";
	loan->reported = true;
	if (!warn_at(unit, WARNING_DANGLING, object->first,
		     "%s may be gone before the task of '%s' has ended: nothing waits for the task "
		     "before the scope is left",
		     what, spawned_name(unit, spawn)))
		return;
	diagnose_range(unit, object->first, object->last);
	note_at(unit, node->token, "the scope of %s is left here", what);
}

static void pass(void *context, const struct flow_node *node, struct bits facts, bool final)
{
	struct task_check *check = context;
	if (node->kind == FLOW_LEAVE) {
		for (size_t i = 0; i < check->loans.len; i++) {
			struct loan *loan = &check->loans.at[i];
			if (!flow_ends(node, loan->scope) || !bits_get(facts, i))
				continue;
			if (final && !loan->reported)
				report(check, node, loan);
			bits_clear(facts, i);
		}
	} else if (flow_value(node)) {
		let_go(check, facts, flow_value(node));
	} else if (flow_suspends(node)) {
		end_loans(check, facts, node->expr);
	} else if (node->kind == FLOW_EXPR && node->expr->kind == E_RUN) {
		memset(facts.words, 0, facts.word_count * sizeof *facts.words);
	} else if (node->kind == FLOW_EXPR && node->expr->kind == E_CALL) {
		pass_call(check, node->expr, facts);
	} else if (node->kind == FLOW_EXPR && node->expr->kind == E_SPAWN) {
		for (size_t i = 0; i < check->loans.len; i++)
			if (check->tasks.at[check->loans.at[i].task].spawn == node->expr)
				bits_set(facts, i);
	}
}

static bool is_null(const struct unit *unit, const struct expr *expr)
{
	while (expr->kind == E_PAREN || expr->kind == E_CAST)
		expr = expr->kids[expr->kid_count - 1];
	const char *text = token_text(unit, expr->first);
	return (expr->kind == E_CONSTANT && !strcmp(text, "0")) ||
	       (expr->kind == E_NAME && !strcmp(text, "nullptr"));
}

/* The place that a condition compares with null, and whether the edge means it is. */
static const struct expr *tested(const struct unit *unit, const struct flow_edge *edge, bool *null)
{
	const struct expr *expr = edge->condition;
	*null = !edge->truth;
	if (expr->kind == E_BINARY && (expr->op == K_EQ || expr->op == K_NE)) {
		*null = edge->truth == (expr->op == K_EQ);
		if (!is_null(unit, expr->kids[0]) && !is_null(unit, expr->kids[1]))
			return NULL;
		expr = expr->kids[is_null(unit, expr->kids[0])];
	}
	while (expr->kind == E_PAREN || expr->kind == E_ASSIGN)
		expr = expr->kids[0];
	return expr;
}

/* No task was started where the handle is null; and who looks at what a task shares with
 * the function waits for it in a way of their own. */
static void assume(void *context, const struct flow_edge *edge, struct bits facts)
{
	struct task_check *check = context;
	bool null;
	const struct expr *place = tested(check->unit, edge, &null);
	const struct expr *object = place ? flow_object(check->unit, place) : NULL;
	const struct variable *variable = object ? object->variable : NULL;
	for (size_t i = 0; i < check->loans.len; i++) {
		const struct task *task = &check->tasks.at[check->loans.at[i].task];
		bool is_handle = variable && variable == task->handle;
		if (is_handle ? null : is_about(check->unit, edge->condition, task))
			bits_clear(facts, i);
	}
}

/* Handles that are stored and never looked at again. */
static void report_unused(struct task_check *check)
{
	struct unit *unit = check->unit;
	for (size_t i = 0; i < check->tasks.len; i++) {
		const struct variable *handle = check->tasks.at[i].handle;
		if (!handle || handle->uses.len || handle->is_array || handle->is_aggregate)
			continue;
		if (warn_at(unit, WARNING_DISCARDED_TASK, handle->token,
			    "task '%s' is neither joined nor detached", handle->field))
			note_at(unit, check->tasks.at[i].spawn->first, "the task is started here");
	}
}

void warn_tasks(struct unit *unit, struct function *fn, const struct flow *flow)
{
	struct task_check check = {.unit = unit, .fn = fn};
	see_stmt(&check, fn->body);
	report_unused(&check);
	if (check.loans.len)
		flow_solve(flow, &(struct flow_analysis){
					 .facts = check.loans.len,
					 .must = true,
					 .context = &check,
					 .pass = pass,
					 .assume = assume,
				 });
}
