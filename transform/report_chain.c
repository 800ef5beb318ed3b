/* Finds out how deep awaits go: which function of the file awaits which, and the largest
 * sum of frames that a call can hold while it waits.
 *
 * Functions that come back to each other form one link, found as a strongly connected
 * component (R. Tarjan, Depth-first search and linear graph algorithms, 1972). A link
 * whose way back is an await grows with each round. One that comes back only by
 * `return await`, where the frame of the callee takes the caller's place, does not.
 *
 *     serve 120 -> parse 48 -> value 64 <-> list 80    serve: 312, and 144 a round
 *
 * requires: fn.body lowered, fn.frame_size
 *           unit.starts
 * provides: chains
 */
#include "report.h"

#include <string.h>

struct search {
	struct unit *unit;
	caller_list callers, stack;
	uint32_t count; /* of callers seen */
};

static struct caller *find_caller(const struct search *search, uint32_t name)
{
	for (size_t i = 0; i < search->callers.len; i++)
		if (token_is(search->unit, search->callers.at[i]->fn->name, name))
			return search->callers.at[i];
	return NULL;
}

/* The token of a declaration of the async function, or NO_TOKEN: it is a pointer. */
static uint32_t find_declared(const struct unit *unit, const char *name)
{
	for (size_t i = 0; i < unit->declared.len; i++)
		if (unit->declared.at[i].is_function &&
		    !strcmp(token_text(unit, unit->declared.at[i].name), name))
			return unit->declared.at[i].name;
	return NO_TOKEN;
}

/* The expression as the user wrote it, on one line. */
static const char *source_text(struct unit *unit, const struct expr *expr)
{
	struct buffer text = {.arena = unit->arena};
	uint32_t end = TOKEN(unit, expr->first)->offset;
	for (uint32_t i = expr->first; i <= expr->last; i++) {
		const struct token *token = TOKEN(unit, i);
		buffer_puts(&text, token->offset > end ? " " : "");
		buffer_add(&text, unit->text + token->offset, token->length);
		end = token->offset + token->length;
	}
	return text.at;
}

/* The name of the function that is called, NULL if none stands there. */
static const char *name_of(struct unit *unit, const struct expr *call)
{
	if (call->kind == E_TEMPORARY) /* made for a variable that this function cleans up */
		return token_text(unit, call->variable->cleanup);
	const struct expr *callee = call->kids[0];
	while (callee->kind == E_PAREN ||
	       (callee->kind == E_UNARY && (callee->op == K_AMP || callee->op == K_STAR)))
		callee = callee->kids[0];
	if (callee->kind != E_NAME || (callee->variable && !callee->variable->is_function))
		return NULL;
	return token_text(unit, callee->name);
}

/* The runtime's headers need not be marked as the system's. */
static bool is_runtime(const struct unit *unit, uint32_t name)
{
	const struct source_file *file = &unit->files.at[TOKEN(unit, name)->file];
	return !strncmp(token_text(unit, name), "async_", 6) &&
	       (file->system || strstr(file->name, "asyncc/") || strstr(file->name, "asyncc.h"));
}

/* What a macro of the runtime makes has two underscores more. */
static const char *public_name(struct unit *unit, const char *name)
{
	return strncmp(name, "async__", 7) ? name : arena_printf(unit->arena, "async_%s", name + 7);
}

static void settle_callee(struct search *search, struct call *call, const struct expr *expr)
{
	struct unit *unit = search->unit;
	const char *name = expr->join ? NULL : name_of(unit, expr);
	uint32_t declared = name ? find_declared(unit, name) : NO_TOKEN;
	call->name = name;
	if (expr->join) {
		call->kind = CALLEE_TASK;
	} else if (declared == NO_TOKEN) {
		call->kind = CALLEE_POINTER;
		call->name = source_text(unit, expr->kids[0]);
	} else if ((call->callee = find_caller(search, TOKEN(unit, declared)->id))) {
		call->kind = CALLEE_HERE;
	} else if (is_runtime(unit, declared)) {
		call->kind = CALLEE_RUNTIME;
		call->name = public_name(unit, name);
	} else {
		call->kind = CALLEE_ELSEWHERE;
	}
}

static void gather_calls(struct search *search, struct caller *caller, const struct stmt *stmt)
{
	if (stmt->kind == S_AWAIT || stmt->kind == S_TAIL) {
		struct call call = {.point = stmt->point,
				    .token = stmt->point ? stmt->point->token : stmt->first};
		settle_callee(search, &call, stmt->exprs[0]);
		*vec_push(search->unit->arena, &caller->calls) = call;
	}
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		gather_calls(search, caller, stmt->kids[i]);
}

/* A frame's memory: over-aligned ones have room to be moved within their block. */
static long long own_bytes(const struct function *fn)
{
	return has_frame(fn) ? frame_block(fn) : 0;
}

/* A way from link to the link of a callee: the frame that makes the call stays below it,
 * unless the callee's takes its place. */
static void follow(struct link *link, const struct caller *caller, const struct call *call)
{
	const struct link *next = call->callee ? call->callee->link : NULL;
	link->partial |= call->kind == CALLEE_ELSEWHERE || call->kind == CALLEE_POINTER;
	if (!next || next == link)
		return;
	long long below = 0;
	if (link->grows)
		below = link->round;
	else if (call->point)
		below = own_bytes(caller->fn);
	link->partial |= next->partial || next->grows;
	if (below + next->bytes <= link->bytes)
		return;
	link->bytes = below + next->bytes;
	link->next = next;
}

static void begin_link(struct link *link)
{
	long long sum = 0, largest = 0;
	for (size_t i = 0; i < link->members.len; i++) {
		const struct caller *caller = link->members.at[i];
		long long bytes = own_bytes(caller->fn);
		sum += bytes;
		largest = bytes > largest ? bytes : largest;
		for (size_t k = 0; k < caller->calls.len; k++)
			link->grows |= caller->calls.at[k].callee && caller->calls.at[k].point &&
				       caller->calls.at[k].callee->link == link;
	}
	link->bytes = link->round = link->grows ? sum : largest;
}

static void settle_link(struct link *link)
{
	begin_link(link);
	for (size_t i = 0; i < link->members.len; i++) {
		const struct caller *caller = link->members.at[i];
		for (size_t k = 0; k < caller->calls.len; k++)
			follow(link, caller, &caller->calls.at[k]);
	}
}

/* The callers from this one upwards on the stack are one link. */
static void close_link(struct search *search, const struct caller *lowest)
{
	struct link *link = ARENA_NEW(search->unit->arena, struct link);
	const struct caller *member;
	do {
		member = search->stack.at[--search->stack.len];
		search->stack.at[search->stack.len]->link = link;
		*vec_push(search->unit->arena, &link->members) =
			search->stack.at[search->stack.len];
	} while (member != lowest);
	settle_link(link);
}

static void visit(struct search *search, struct caller *caller)
{
	caller->index = caller->low = ++search->count;
	*vec_push(search->unit->arena, &search->stack) = caller;
	for (size_t i = 0; i < caller->calls.len; i++) {
		struct caller *callee = caller->calls.at[i].callee;
		if (!callee || callee->link)
			continue;
		if (!callee->index)
			visit(search, callee);
		if (callee->low < caller->low)
			caller->low = callee->low;
	}
	if (caller->low == caller->index)
		close_link(search, caller);
}

static bool is_reported(const struct unit *unit, const struct function *fn)
{
	return fn->is_async && fn->body && !unit->files.at[TOKEN(unit, fn->name)->file].system &&
	       !is_runtime(unit, fn->name);
}

/* Calls with variable arguments have tasks of several sizes. */
static void settle_task(const struct unit *unit, struct caller *caller)
{
	const struct start *own = caller->fn->main_start;
	const char *name = token_text(unit, caller->fn->name);
	caller->task = own ? own->size : 0;
	for (size_t i = 0; i < unit->starts.len; i++) {
		const struct start *start = unit->starts.at[i];
		if (start->callee && !strcmp(start->callee, name) && start->size > caller->task)
			caller->task = start->size;
	}
}

caller_list chains(struct unit *unit)
{
	struct search search = {.unit = unit};
	for (size_t i = 0; i < unit->functions.len; i++) {
		if (!is_reported(unit, unit->functions.at[i]))
			continue;
		struct caller *caller = ARENA_NEW(unit->arena, struct caller);
		caller->fn = unit->functions.at[i];
		settle_task(unit, caller);
		*vec_push(unit->arena, &search.callers) = caller;
	}
	for (size_t i = 0; i < search.callers.len; i++)
		gather_calls(&search, search.callers.at[i], search.callers.at[i]->fn->body);
	for (size_t i = 0; i < search.callers.len; i++)
		if (!search.callers.at[i]->index)
			visit(&search, search.callers.at[i]);
	return search.callers;
}
