/* Finds the functions that a single await of the file calls. Who is to go on when such a
 * call ends is known, so its resume function goes on with the caller itself, and compilers
 * make one piece of code of both:
 *
 *     static async int get(void) { … }
 *     async int twice(void) { return 2 * await get(); }    get: called at point 0 of twice
 *
 * Where the name stands anywhere else behind its declaration, for whatever, it may be a call
 * or an address. That is counted in tokens. Loops are left out: compilers would take the resume
 * functions first then, and inline calls in the callers less.
 *
 * requires: fn.body lowered
 * provides: fn.caller, fn.caller_point
 */
#include "transform.h"

struct named {
	struct function *fn; /* a static async function of this name */
	uint32_t first;      /* token: where the name is declared first, or 0 */
	uint32_t declared;   /* and where it was seen last */
	uint32_t uses;       /* of the name from there on, its declarations left out */
	uint32_t awaits;
};

static bool has_single_caller(const struct named *named)
{
	return named->fn && named->uses == 1 && named->awaits == 1;
}

static void see_await(struct named *names, const struct unit *unit, struct function *fn,
		      const struct stmt *stmt)
{
	const struct expr *call = stmt->exprs[0];
	if (call->kind != E_CALL || call->kids[0]->kind != E_NAME || call->kids[0]->variable)
		return;
	struct named *named = &names[TOKEN(unit, call->kids[0]->name)->id];
	named->awaits++;
	if (!named->fn)
		return;
	named->fn->caller = fn;
	named->fn->caller_point = stmt->point;
}

static bool is_loop(const struct stmt *stmt)
{
	return stmt->kind == S_WHILE || stmt->kind == S_DO || stmt->kind == S_FOR ||
	       stmt->kind == S_FOREVER;
}

static void see_awaits(struct named *names, const struct unit *unit, struct function *fn,
		       const struct stmt *stmt, bool in_loop)
{
	in_loop |= is_loop(stmt);
	if (stmt->kind == S_AWAIT || stmt->kind == S_TAIL)
		see_await(names, unit, in_loop || !stmt->point ? NULL : fn, stmt);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		see_awaits(names, unit, fn, stmt->kids[i], in_loop);
}

static void see_declaration(struct named *named, uint32_t token)
{
	if (!named->first || token < named->first)
		named->first = token;
	named->uses -= token != named->declared;
	named->declared = token;
}

static void count_uses(struct named *names, const struct unit *unit)
{
	for (size_t i = 0; i < unit->declared.len; i++) {
		uint32_t token = unit->declared.at[i].name;
		if (unit->declared.at[i].is_function)
			see_declaration(&names[TOKEN(unit, token)->id], token);
	}
	for (uint32_t i = 0; i < unit->tokens.len; i++) {
		struct named *named = &names[TOKEN(unit, i)->id];
		named->uses += named->first && i >= named->first;
	}
}

void callers(struct unit *unit)
{
	size_t count = unit->names.text.len;
	struct named *names = arena_alloc(unit->arena, count * sizeof *names);
	if (unit->has_alias)
		return;
	count_uses(names, unit);
	for (size_t i = 0; i < unit->functions.len; i++) {
		struct function *fn = unit->functions.at[i];
		if (fn->is_async && fn->is_static && fn->points.len)
			names[TOKEN(unit, fn->name)->id].fn = fn;
	}
	for (size_t i = 0; i < unit->functions.len; i++)
		if (unit->functions.at[i]->is_async)
			see_awaits(names, unit, unit->functions.at[i], unit->functions.at[i]->body,
				   false);
	for (size_t i = 0; i < count; i++)
		if (names[i].fn && !has_single_caller(&names[i]))
			names[i].fn->caller = NULL;
}
