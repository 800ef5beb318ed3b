/* Decides what runs where a scope is left: the cleanup functions of the variables whose
 * life ends there, and the freeing of arrays of variable length. A scope whose middle is a place to
 * resume at cannot leave this to the compiler, as no jump may enter the life of such a variable, so
 * the attribute goes and each way out gets its calls: the end of the block, break, continue, goto,
 * return. A cleanup function that is itself async is awaited there.
 *
 *     {                                            {
 *             __attribute__((cleanup(f))) int x;           int x;
 *             if (await g(x))                 =>           if (await g(x)) { f(&x); break; }
 *                     break;                               f(&x);
 *     }                                            }
 *
 * requires: trees with awaits marked
 * provides: stmt.unwind, the variables to clean up there, innermost first
 */
#include "transform.h"

/* The variables with a cleanup function that are alive, innermost first. */
struct alive {
	struct variable *variable;
	struct alive *outer;
};

struct known_label {
	uint32_t name;
	struct alive *alive;
};

struct jump {
	struct stmt *stmt;
	struct alive *alive;
};

struct unwinder {
	struct unit *unit;
	struct alive *at_break, *at_continue;
	VEC(struct known_label) labels;
	VEC(struct jump) jumps;
};

static struct alive *walk(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive);

static void leave(struct unwinder *unwinder, struct stmt *stmt, struct alive *from,
		  const struct alive *to)
{
	for (; from && from != to; from = from->outer)
		*vec_push(unwinder->unit->arena, &stmt->unwind) = from->variable;
}

static void walk_expr(struct unwinder *unwinder, struct expr *expr, struct alive *alive)
{
	if (expr->unevaluated || expr->kind == E_UNEVALUATED)
		return;
	if (expr->body)
		walk(unwinder, expr->body, alive);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		walk_expr(unwinder, expr->kids[i], alive);
}

/* Whether something is to be done at the end of the variable's life. */
static bool has_end(const struct variable *variable)
{
	return variable->cleanup || variable->is_heap;
}

static struct alive *walk_declaration(struct unwinder *unwinder, struct stmt *stmt,
				      struct alive *alive)
{
	uint32_t e = 0;
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		while (e < stmt->expr_count && stmt->exprs[e]->first <= declarator->last)
			walk_expr(unwinder, stmt->exprs[e++], alive);
		if (!declarator->variable || !has_end(declarator->variable))
			continue;
		struct alive *inner = ARENA_NEW(unwinder->unit->arena, struct alive);
		inner->variable = declarator->variable;
		inner->outer = alive;
		alive = inner;
	}
	return alive;
}

static struct alive *walk_kids(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive)
{
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		alive = walk(unwinder, stmt->kids[i], alive);
	return alive;
}

static void walk_loop(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive)
{
	struct alive *at_break = unwinder->at_break, *at_continue = unwinder->at_continue;
	unwinder->at_break = alive;
	if (stmt->kind != S_SWITCH)
		unwinder->at_continue = alive;
	walk(unwinder, stmt->kids[stmt->kid_count - 1], alive);
	unwinder->at_break = at_break;
	unwinder->at_continue = at_continue;
}

static void add_jump(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive)
{
	*vec_push(unwinder->unit->arena, &unwinder->jumps) = (struct jump){stmt, alive};
}

static struct alive *walk_kind(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive)
{
	struct alive *inner;
	switch (stmt->kind) {
	case S_DECLARATION:
		return walk_declaration(unwinder, stmt, alive);
	case S_BLOCK:
		inner = walk_kids(unwinder, stmt, alive);
		leave(unwinder, stmt, inner, alive);
		return alive;
	case S_FOR:
		inner = walk(unwinder, stmt->for_init, alive);
		walk_loop(unwinder, stmt, inner);
		leave(unwinder, stmt, inner, alive);
		return alive;
	case S_WHILE:
	case S_DO:
	case S_SWITCH:
		walk_loop(unwinder, stmt, alive);
		return alive;
	case S_LABEL:
		*vec_push(unwinder->unit->arena, &unwinder->labels) =
			(struct known_label){stmt->label, alive};
		return walk_kids(unwinder, stmt, alive);
	case S_GOTO:
		add_jump(unwinder, stmt, alive);
		return alive;
	case S_BREAK:
		leave(unwinder, stmt, alive, unwinder->at_break);
		return alive;
	case S_CONTINUE:
		leave(unwinder, stmt, alive, unwinder->at_continue);
		return alive;
	case S_RETURN:
		leave(unwinder, stmt, alive, NULL);
		return alive;
	default:
		return walk_kids(unwinder, stmt, alive);
	}
}

/* Gives what is alive after the statement. */
static struct alive *walk(struct unwinder *unwinder, struct stmt *stmt, struct alive *alive)
{
	if (stmt->kind != S_DECLARATION)
		for (uint32_t i = 0; i < stmt->expr_count; i++)
			walk_expr(unwinder, stmt->exprs[i], alive);
	return walk_kind(unwinder, stmt, alive);
}

static bool holds(const struct alive *alive, const struct alive *wanted)
{
	while (alive && alive != wanted)
		alive = alive->outer;
	return alive == wanted;
}

/* No jump enters the life of a variable with a cleanup function, so what is alive at
 * the label is alive at the jump. */
static void resolve(struct unwinder *unwinder, struct jump jump)
{
	for (size_t i = 0; i < unwinder->labels.len; i++) {
		const struct known_label *label = &unwinder->labels.at[i];
		if (label->name == jump.stmt->label && holds(jump.alive, label->alive))
			leave(unwinder, jump.stmt, jump.alive, label->alive);
	}
}

static bool mark(struct stmt *stmt);

static bool mark_expr(struct expr *expr)
{
	if (expr->unevaluated || expr->kind == E_UNEVALUATED)
		return false;
	if (expr->body)
		expr->awaits |= mark(expr->body);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		expr->awaits |= mark_expr(expr->kids[i]);
	return expr->awaits;
}

/* A statement with something to run is taken apart as one that awaits. */
static bool mark(struct stmt *stmt)
{
	stmt->awaits |= stmt->unwind.len > 0;
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		stmt->awaits |= mark_expr(stmt->exprs[i]);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		stmt->awaits |= mark(stmt->kids[i]);
	return stmt->awaits;
}

static bool has_ends(const struct function *fn)
{
	for (size_t i = 0; i < fn->variables.len; i++)
		if (has_end(fn->variables.at[i]))
			return true;
	return false;
}

void unwind(struct unit *unit, struct function *fn)
{
	if (!fn->is_async || !has_ends(fn))
		return;
	struct unwinder unwinder = {.unit = unit};
	walk(&unwinder, fn->body, NULL);
	for (size_t i = 0; i < unwinder.jumps.len; i++)
		resolve(&unwinder, unwinder.jumps.at[i]);
	mark(fn->body);
}
