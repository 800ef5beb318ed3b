/* Decides which objects of an async function live in its frame from the beginning, and
 * gives every variable a name that no inner declaration hides.
 *
 * A local that is only read and written by name is saved where it is live. One whose
 * address can be held across a suspension must not move: it is pinned. Its name then
 * stands for a pointer to its place in the frame. Pinned objects whose scopes are apart
 * share space.
 *
 *     char buf[64] = "x";          char (*buf)[64] = memcpy(frame + 16, …, 64);
 *     await fill(buf);        =>   await fill((*buf));
 *
 * requires: trees with awaits marked
 * provides: variable.pinned, .offset, .text; fn.pins, fn.pinned_end; expr.changed; edits of
 *           body_text
 */
#include "transform.h"

#include <string.h>

enum { LARGE_AGGREGATE = 64 };

/* A label or case, and the tokens between which the jumps to it are. */
struct landing {
	uint32_t label, at;
	uint32_t first_jump, last_jump;
};

struct jump {
	uint32_t at, label; /* NO_TOKEN: any label */
};

struct pinner {
	struct unit *unit;
	struct function *fn;
	VEC(struct expr *) literals;
	VEC(struct landing) landings;
	VEC(struct jump) jumps;
	uint32_t switch_at; /* token of the innermost one */
};

static struct variable *root_variable(const struct expr *expr)
{
	switch (expr->kind) {
	case E_NAME:
		return expr->variable;
	case E_PAREN:
	case E_INDEX:
		return root_variable(expr->kids[0]);
	case E_UNARY:
		return expr->op == K_EXTENSION || expr->op == K_REAL || expr->op == K_IMAG
			       ? root_variable(expr->kids[0])
			       : NULL;
	case E_MEMBER:
		return expr->op == K_DOT ? root_variable(expr->kids[0]) : NULL;
	default:
		return NULL;
	}
}

static struct expr *root_literal(struct expr *expr)
{
	while (expr->kind == E_PAREN || expr->kind == E_INDEX ||
	       (expr->kind == E_MEMBER && expr->op == K_DOT))
		expr = expr->kids[0];
	return expr->kind == E_COMPOUND ? expr : NULL;
}

static void take_address(struct pinner *pinner, struct expr *operand)
{
	struct variable *variable = root_variable(operand);
	if (variable)
		variable->address_taken = true;
	struct expr *literal = root_literal(operand);
	if (literal)
		*vec_push(pinner->unit->arena, &pinner->literals) = literal;
}

static void survey_stmt(struct pinner *pinner, struct stmt *stmt);

static bool is_printed_by_kind(const struct expr *expr)
{
	return expr->kind == E_SPAWN || expr->kind == E_RUN ||
	       (expr->async_call && expr->unevaluated);
}

static void survey_expr(struct pinner *pinner, struct expr *expr)
{
	expr->changed = is_printed_by_kind(expr);
	for (uint32_t i = 0; i < expr->kid_count; i++) {
		survey_expr(pinner, expr->kids[i]);
		expr->changed |= expr->kids[i]->changed;
	}
	if (expr->kind == E_STATEMENT) {
		survey_stmt(pinner, expr->body);
		expr->changed |= expr->body->changed;
	}
	if (expr->unevaluated)
		return;
	if (expr->kind == E_UNARY && expr->op == K_AMP)
		take_address(pinner, expr->kids[0]);
	else if (expr->kind == E_MEMBER && load_is_array(load_type(pinner->unit, expr)))
		take_address(pinner, expr);
	else if (expr->kind == E_COMPOUND && load_is_array(load_type(pinner->unit, expr)))
		take_address(pinner, expr);
}

static void add_landing(struct pinner *pinner, const struct stmt *stmt, uint32_t first,
			uint32_t last)
{
	*vec_push(pinner->unit->arena, &pinner->landings) =
		(struct landing){stmt->label, stmt->first, first, last};
}

static void add_jump(struct pinner *pinner, const struct stmt *stmt, uint32_t label)
{
	*vec_push(pinner->unit->arena, &pinner->jumps) = (struct jump){stmt->first, label};
}

static void survey_jumps(struct pinner *pinner, const struct stmt *stmt)
{
	if (stmt->kind == S_CASE)
		add_landing(pinner, stmt, pinner->switch_at, pinner->switch_at);
	else if (stmt->kind == S_LABEL)
		add_landing(pinner, stmt, NO_TOKEN, 0);
	else if (stmt->kind == S_GOTO)
		add_jump(pinner, stmt, stmt->label);
	else if (stmt->kind == S_GOTO_COMPUTED)
		add_jump(pinner, stmt, NO_TOKEN);
	for (size_t i = 0; i < stmt->labels.len; i++)
		add_jump(pinner, stmt, stmt->labels.at[i]);
}

static void survey_stmt(struct pinner *pinner, struct stmt *stmt)
{
	uint32_t outer_switch = pinner->switch_at;
	survey_jumps(pinner, stmt);
	if (stmt->kind == S_SWITCH)
		pinner->switch_at = stmt->first;
	stmt->changed = false;
	for (uint32_t i = 0; i < stmt->expr_count; i++) {
		survey_expr(pinner, stmt->exprs[i]);
		stmt->changed |= stmt->exprs[i]->changed;
	}
	for (uint32_t i = 0; i < stmt->kid_count; i++) {
		survey_stmt(pinner, stmt->kids[i]);
		stmt->changed |= stmt->kids[i]->changed;
	}
	pinner->switch_at = outer_switch;
}

static void resolve_jump(struct pinner *pinner, struct jump jump)
{
	for (size_t i = 0; i < pinner->landings.len; i++) {
		struct landing *landing = &pinner->landings.at[i];
		if (!landing->label || (jump.label != NO_TOKEN && jump.label != landing->label))
			continue;
		if (jump.at < landing->first_jump)
			landing->first_jump = jump.at;
		if (jump.at > landing->last_jump)
			landing->last_jump = jump.at;
	}
}

/* Whether a jump may go past the declaration into the scope. */
static bool is_jumped_over(const struct pinner *pinner, const struct variable *variable)
{
	for (size_t i = 0; i < pinner->landings.len; i++) {
		const struct landing *landing = &pinner->landings.at[i];
		if (landing->at > variable->token && landing->at <= variable->scope->last &&
		    (landing->first_jump < variable->token ||
		     landing->last_jump > variable->scope->last))
			return true;
	}
	return false;
}

/* A cleanup function has its variable's address. */
static void survey_cleanups(struct pinner *pinner)
{
	struct function *fn = pinner->fn;
	for (size_t i = 0; i < fn->variables.len; i++) {
		struct variable *variable = fn->variables.at[i];
		if (variable->cleanup)
			variable->address_taken = true;
	}
}

bool pin_spans_await(const struct function *fn, const struct scope *scope, uint32_t token)
{
	for (size_t i = 0; i < fn->await_ends.len; i++) {
		uint32_t end = fn->await_ends.at[i];
		if (end >= scope->first && end <= scope->last && (end > token || scope->has_labels))
			return true;
	}
	return false;
}

/* Whether its initialiser does. */
bool pin_mentions_itself(const struct variable *variable)
{
	for (size_t i = 0; variable->initialiser && i < variable->uses.len; i++)
		if (variable->uses.at[i] <= variable->initialiser->last)
			return true;
	return false;
}

static const char *name_of(struct pinner *pinner, const struct variable *variable)
{
	return token_text(pinner->unit, variable->token);
}

static uint32_t declaration_start(const struct unit *unit, uint32_t token)
{
	uint32_t depth = 0;
	while (token-- > 0) {
		uint32_t id = TOKEN(unit, token)->id;
		if (id == K_RPAREN || id == K_RBRACKET)
			depth++;
		else if ((id == K_LPAREN || id == K_LBRACKET) && depth)
			depth--;
		else if (!depth && (id == K_SEMICOLON || id == K_LBRACE || id == K_RBRACE ||
				    id == K_COMMA || id == K_LPAREN))
			break;
	}
	return token + 1;
}

/* A saved variable is assigned when it is restored, so its own const must go; const
 * further in (of what a pointer points to) stays. False when there is none to take. */
static bool drop_const(struct pinner *pinner, const struct variable *variable)
{
	struct unit *unit = pinner->unit;
	bool dropped = false;
	bool pointer = clang_getCanonicalType(variable->type).kind == CXType_Pointer;
	uint32_t start = declaration_start(unit, variable->token);
	for (uint32_t i = variable->token; i-- > start;) {
		if (pointer && token_is(unit, i, K_STAR))
			break;
		if (token_is(unit, i, K_CONST)) {
			token_edit(unit, i)->body_text = "";
			dropped = true;
		}
	}
	return dropped;
}

static void print_uses_as(struct pinner *pinner, const struct variable *variable, const char *text)
{
	for (size_t i = 0; i < variable->uses.len; i++)
		token_edit(pinner->unit, variable->uses.at[i])->body_text = text;
}

static void rename_hidden(struct pinner *pinner, struct variable *variable)
{
	const char *text = arena_printf(pinner->unit->arena, "%s__%u", name_of(pinner, variable),
					++pinner->fn->counter);
	variable->text = variable->field = text;
	token_edit(pinner->unit, variable->token)->body_text = text;
	print_uses_as(pinner, variable, text);
}

static bool is_ancestor(const struct scope *outer, const struct scope *inner)
{
	while (inner && inner != outer)
		inner = inner->parent;
	return inner != NULL;
}

/* The first offset free of all pinned objects that may live at the same time. */
static void place(struct pinner *pinner, struct variable *variable)
{
	struct function *fn = pinner->fn;
	uint64_t offset = HEADER_SIZE,
		 align = (uint64_t)(variable->align > 0 ? variable->align : 1);
	for (size_t i = 0; i < fn->pinned.len; i++) {
		const struct variable *other = fn->pinned.at[i];
		uint64_t end = other->offset + (uint64_t)other->size;
		if ((is_ancestor(other->scope, variable->scope) ||
		     is_ancestor(variable->scope, other->scope)) &&
		    end > offset)
			offset = end;
	}
	variable->offset = (offset + align - 1) / align * align;
	*vec_push(pinner->unit->arena, &fn->pinned) = variable;
	long long end = (long long)variable->offset + variable->size;
	if (end > fn->pinned_end)
		fn->pinned_end = end;
	fn->pins = true;
}

static bool refuse(struct pinner *pinner, const struct variable *variable)
{
	if (variable->size >= 0 && variable->align >= 0)
		return false;
	error_at(pinner->unit, variable->token,
		 "variable whose size is not known '%s' is in scope across an await: end its "
		 "scope before the await",
		 name_of(pinner, variable));
	pinner->fn->gone = true;
	return true;
}

/* In its own initialiser the pointer is not set yet, but the place is known. */
static void print_self_uses(struct pinner *pinner, const struct variable *variable,
			    const char *place)
{
	for (size_t i = 0; i < variable->uses.len; i++) {
		uint32_t use = variable->uses.at[i];
		if (variable->initialiser && use <= variable->initialiser->last)
			token_edit(pinner->unit, use)->body_text = place;
	}
}

/* What takes its type from its initialiser says it: the pointer has another one. */
static void spell_type(struct pinner *pinner, struct variable *variable)
{
	struct unit *unit = pinner->unit;
	const struct expr *value = variable->initialiser;
	if (variable->type.kind != CXType_Auto || !value)
		return;
	variable->declares_type = !value->awaits && type_is_declared_in(unit, variable->type,
									value->first, value->last);
	uint32_t word = variable->token;
	while (word > variable->specifiers && !token_is(unit, word, K_AUTO_TYPE) &&
	       !token_is(unit, word, K_AUTO))
		word--;
	if (!variable->declares_type)
		token_edit(unit, word)->body_text =
			arena_printf(unit->arena, "__typeof__(%s)",
				     load_unqualified(type_text(unit, variable->type)));
}

/* The alignment is that of the place: the pointer may need a larger one. */
static void drop_alignment(struct pinner *pinner, const struct variable *variable)
{
	struct unit *unit = pinner->unit;
	for (uint32_t i = variable->specifiers; i < variable->token; i++) {
		uint32_t last = i;
		if (token_is(unit, i, K_ALIGNAS))
			last = token_match(unit, i + 1);
		for (uint32_t k = i; k <= last && last > i; k++)
			token_edit(unit, k)->body_text = "";
		if (token_is(unit, i, K_LBRACE) || token_is(unit, i, K_LPAREN))
			last = token_match(unit, i);
		i = last;
	}
}

static void pin_variable(struct pinner *pinner, struct variable *variable)
{
	struct unit *unit = pinner->unit;
	const char *name = variable->text;
	const char *pointed = arena_printf(unit->arena, "(*%s)", name);
	variable->pinned = true;
	place(pinner, variable);
	spell_type(pinner, variable);
	if (variable->specifiers)
		drop_alignment(pinner, variable);
	const char *placed =
		arena_printf(unit->arena, "(*(__typeof__(%s))((char *)__asyncc_frame + %llu))",
			     name, (unsigned long long)variable->offset);
	/* What jumps past the declaration does not set the pointer either. */
	variable->text = is_jumped_over(pinner, variable) ? placed : pointed;
	print_uses_as(pinner, variable, variable->text);
	print_self_uses(pinner, variable, placed);
	if (variable->array_open)
		token_edit(unit, variable->array_open)->body_text =
			arena_printf(unit->arena, "[%lld",
				     clang_getArraySize(clang_getCanonicalType(variable->type)));
	if (variable->kind == VARIABLE_PARAMETER)
		token_edit(unit, variable->token)->body_text =
			arena_printf(unit->arena, "%s__argument", name);
	else
		token_edit(unit, variable->token)->body_text = pointed;
	variable->field = name;
}

/* Whether a jump back may bring its value to an await before the declaration, where its name is
 * not known yet, and a jump past the declaration on from there. */
static bool outlives_its_name(const struct pinner *pinner, const struct variable *variable)
{
	for (size_t i = 0; i < pinner->fn->await_ends.len; i++) {
		uint32_t end = pinner->fn->await_ends.at[i];
		if (end >= variable->scope->first && end < variable->token)
			return is_jumped_over(pinner, variable);
	}
	return false;
}

/* Whether its initialiser, which awaits, is one that only a declaration can have, but comes
 * behind the declaration, as it mentions the variable. */
static bool is_set_as_object(const struct variable *variable)
{
	const struct expr *initialiser = variable->initialiser;
	return initialiser && initialiser->awaits && initialiser->kind == E_LIST &&
	       pin_mentions_itself(variable);
}

static void settle(struct pinner *pinner, struct variable *variable)
{
	if (variable->storage && variable->address_taken && !variable->is_heap)
		error_at(pinner->unit, variable->token,
			 "the address of '%s', a pointer to an array of variable length, is taken "
			 "in "
			 "a function that awaits",
			 name_of(pinner, variable));
	if (variable->kind == VARIABLE_OTHER || variable->held)
		return;
	bool spans = pin_spans_await(pinner->fn, variable->scope, variable->token);
	if (variable->scope->opened || (variable->hidden && (spans || variable->cleanup)))
		rename_hidden(pinner, variable);
	if (!spans || refuse(pinner, variable))
		return;
	bool large = variable->is_aggregate && variable->size > LARGE_AGGREGATE;
	bool moves = !variable->is_array && !variable->address_taken && !large &&
		     !variable->is_aligned && !outlives_its_name(pinner, variable) &&
		     !is_set_as_object(variable);
	if (moves && variable->is_const)
		moves = drop_const(pinner, variable);
	if (!moves)
		pin_variable(pinner, variable);
}

/* Compound literals live as long as the block around them (C11 6.5.2.5). */
static void settle_literal(struct pinner *pinner, struct expr *literal)
{
	struct unit *unit = pinner->unit;
	if (literal->literal || !literal->scope ||
	    !pin_spans_await(pinner->fn, literal->scope, literal->first))
		return;
	CXType type = clang_getCanonicalType(load_type(unit, literal));
	struct variable *object = ARENA_NEW(unit->arena, struct variable);
	object->kind = VARIABLE_OTHER;
	object->token = literal->first;
	object->scope = literal->scope;
	object->size = clang_Type_getSizeOf(type);
	object->align = clang_Type_getAlignOf(type);
	object->type_text = type_text(unit, type);
	object->declares_type =
		type_is_declared_in(unit, type, literal->first, token_match(unit, literal->first));
	object->field = "a compound literal";
	if (object->size < 0) {
		error_at(unit, literal->first,
			 "compound literal of this type is in scope across an "
			 "await: end its scope before the await");
		pinner->fn->gone = true;
		return;
	}
	object->pinned = true;
	place(pinner, object);
	literal->literal = object;
}

/* register has no meaning for a variable that is saved and restored. */
static void drop_register(struct pinner *pinner)
{
	for (uint32_t i = pinner->fn->params_open; i < pinner->fn->body_last; i++)
		if (token_is(pinner->unit, i, K_REGISTER))
			token_edit(pinner->unit, i)->body_text = "";
}

static void mark_stmt_changed(struct stmt *stmt);

static void mark_changed(struct expr *expr)
{
	if (expr->body) {
		mark_stmt_changed(expr->body);
		expr->changed |= expr->body->changed;
	}
	for (uint32_t i = 0; i < expr->kid_count; i++) {
		mark_changed(expr->kids[i]);
		expr->changed |= expr->kids[i]->changed;
	}
	expr->changed |= expr->literal != NULL;
}

static void mark_stmt_changed(struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++) {
		mark_changed(stmt->exprs[i]);
		stmt->changed |= stmt->exprs[i]->changed;
	}
	for (uint32_t i = 0; i < stmt->kid_count; i++) {
		mark_stmt_changed(stmt->kids[i]);
		stmt->changed |= stmt->kids[i]->changed;
	}
	for (size_t i = 0; i < stmt->declarators.len; i++)
		if (stmt->declarators.at[i].variable)
			stmt->changed |= stmt->declarators.at[i].variable->pinned;
}

void pin(struct unit *unit, struct function *fn)
{
	struct pinner pinner = {.unit = unit, .fn = fn};
	survey_stmt(&pinner, fn->body);
	if (!fn->is_async)
		return;
	for (size_t i = 0; i < pinner.jumps.len; i++)
		resolve_jump(&pinner, pinner.jumps.at[i]);
	fn->pinned_end = HEADER_SIZE;
	drop_register(&pinner);
	survey_cleanups(&pinner);
	for (size_t i = 0; i < fn->variables.len; i++)
		settle(&pinner, fn->variables.at[i]);
	for (size_t i = 0; i < pinner.literals.len; i++)
		settle_literal(&pinner, pinner.literals.at[i]);
	mark_stmt_changed(fn->body);
}
