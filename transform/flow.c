/* See flow.h. */
#include "flow.h"

#include <string.h>

#define NOWHERE UINT32_MAX

struct label {
	uint32_t name, token, node;
};

struct builder {
	struct flow *flow;
	VEC(struct label) labels;
	uint32_t at; /* the node that control comes from, or NOWHERE */
	const struct scope *scope;
	uint32_t break_to, continue_to;
	const struct scope *break_scope, *continue_scope;
	uint32_t switch_from;
	bool switch_has_default;
};

const char *called_name(const struct unit *unit, const struct expr *call)
{
	const struct expr *callee = call->kids[0];
	while (callee->kind == E_PAREN)
		callee = callee->kids[0];
	if (callee->kind != E_NAME || (callee->variable && !callee->variable->is_function))
		return NULL;
	return token_text(unit, callee->name);
}

bool is_one_of(const char *name, const char *const *list)
{
	for (; name && *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

static uint32_t new_node(struct builder *builder, enum flow_kind kind, uint32_t token)
{
	struct flow *flow = builder->flow;
	*vec_push(flow->unit->arena, &flow->nodes) =
		(struct flow_node){.kind = kind, .token = token};
	return (uint32_t)flow->nodes.len - 1;
}

static void edge_if(struct builder *builder, uint32_t from, uint32_t to,
		    const struct expr *condition, bool truth)
{
	if (from != NOWHERE)
		*vec_push(builder->flow->unit->arena, &builder->flow->nodes.at[from].next) =
			(struct flow_edge){to, condition, truth};
}

static void edge(struct builder *builder, uint32_t from, uint32_t to)
{
	edge_if(builder, from, to, NULL, false);
}

static void enter(struct builder *builder, uint32_t node)
{
	edge(builder, builder->at, node);
	builder->at = node;
}

static struct flow_node *step(struct builder *builder, enum flow_kind kind, uint32_t token)
{
	enter(builder, new_node(builder, kind, token));
	return &builder->flow->nodes.at[builder->at];
}

static uint32_t join(struct builder *builder)
{
	return new_node(builder, FLOW_JOIN, NO_TOKEN);
}

static void leave(struct builder *builder, const struct scope *to, uint32_t token)
{
	if (builder->at == NOWHERE || builder->scope == to)
		return;
	struct flow_node *node = step(builder, FLOW_LEAVE, token);
	node->from = builder->scope;
	node->to = to;
}

static void build_stmt(struct builder *builder, const struct stmt *stmt);
static void build_expr(struct builder *builder, const struct expr *expr);

enum truth { TRUTH_OPEN, TRUTH_YES, TRUTH_NO };

static enum truth known_truth(const struct unit *unit, const struct expr *expr)
{
	const char *text = token_text(unit, expr->first);
	if (expr->kind == E_NAME && !expr->variable && !strcmp(text, "true"))
		return TRUTH_YES;
	if (expr->kind == E_NAME && !expr->variable && !strcmp(text, "false"))
		return TRUTH_NO;
	if (expr->kind != E_CONSTANT || TOKEN(unit, expr->first)->kind != T_NUMBER)
		return TRUTH_OPEN;
	return strspn(text, "0") == strlen(text) ? TRUTH_NO : TRUTH_YES;
}

/* What a condition is about: without parentheses and __builtin_expect. */
static const struct expr *condition_of(const struct unit *unit, const struct expr *expr)
{
	for (;;) {
		if (expr->kind == E_PAREN || (expr->kind == E_UNARY && expr->op == K_EXTENSION)) {
			expr = expr->kids[0];
			continue;
		}
		const char *name = expr->kind == E_CALL ? called_name(unit, expr) : NULL;
		if (!name || strcmp(name, "__builtin_expect") != 0 || expr->kid_count != 3)
			return expr;
		expr = expr->kids[1];
	}
}

/* Goes on at one of two nodes, by the truth of expr. */
static void build_condition(struct builder *builder, const struct expr *expr, uint32_t yes,
			    uint32_t no)
{
	const struct unit *unit = builder->flow->unit;
	expr = condition_of(unit, expr);
	if (expr->kind == E_UNARY && expr->op == K_NOT) {
		build_condition(builder, expr->kids[0], no, yes);
		return;
	}
	if (expr->kind == E_BINARY && (expr->op == K_AND || expr->op == K_OR)) {
		uint32_t right = join(builder);
		build_condition(builder, expr->kids[0], expr->op == K_AND ? right : yes,
				expr->op == K_AND ? no : right);
		builder->at = right;
		build_condition(builder, expr->kids[1], yes, no);
		return;
	}
	build_expr(builder, expr);
	enum truth truth = known_truth(unit, expr);
	if (truth != TRUTH_NO)
		edge_if(builder, builder->at, yes, expr, true);
	if (truth != TRUTH_YES)
		edge_if(builder, builder->at, no, expr, false);
	builder->at = NOWHERE;
}

static void build_logical(struct builder *builder, const struct expr *expr)
{
	uint32_t after = join(builder);
	build_condition(builder, expr, after, after);
	builder->at = after;
}

static void build_choice(struct builder *builder, const struct expr *expr)
{
	uint32_t yes = join(builder), no = join(builder), after = join(builder);
	build_condition(builder, expr->kids[0], yes, no);
	builder->at = yes;
	if (expr->kid_count == 3)
		build_expr(builder, expr->kids[1]);
	edge(builder, builder->at, after);
	builder->at = no;
	build_expr(builder, expr->kids[expr->kid_count - 1]);
	enter(builder, after);
}

static const struct expr *strip_parens(const struct expr *expr)
{
	while (expr->kind == E_PAREN)
		expr = expr->kids[0];
	return expr;
}

static bool never_returns(const struct unit *unit, const struct expr *expr)
{
	static const char *const names[] = {
		"abort",
		"exit",
		"_exit",
		"_Exit",
		"quick_exit",
		"longjmp",
		"siglongjmp",
		"__assert_fail",
		"__builtin_unreachable",
		"__builtin_trap",
		"__builtin_abort",
		NULL,
	};
	return expr->kind == E_CALL && is_one_of(called_name(unit, expr), names);
}

static void build_expr(struct builder *builder, const struct expr *expr)
{
	if (expr->unevaluated || expr->kind == E_UNEVALUATED)
		return;
	if (expr->kind == E_BINARY && (expr->op == K_AND || expr->op == K_OR)) {
		build_logical(builder, expr);
	} else if (expr->kind == E_CONDITIONAL) {
		build_choice(builder, expr);
	} else if (expr->kind == E_STATEMENT) {
		build_stmt(builder, expr->body);
	} else {
		bool names_target = expr->kind == E_ASSIGN && expr->op == K_ASSIGN &&
				    strip_parens(expr->kids[0])->kind == E_NAME;
		for (uint32_t i = names_target; i < expr->kid_count; i++)
			build_expr(builder, expr->kids[i]);
	}
	step(builder, FLOW_EXPR, expr->first)->expr = expr;
	if (never_returns(builder->flow->unit, expr))
		builder->at = NOWHERE;
}

static void build_exprs(struct builder *builder, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		build_expr(builder, stmt->exprs[i]);
}

static void build_kids(struct builder *builder, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		build_stmt(builder, stmt->kids[i]);
}

static void build_declaration(struct builder *builder, const struct stmt *stmt)
{
	uint32_t e = 0;
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		while (e < stmt->expr_count && stmt->exprs[e]->first <= declarator->last)
			build_expr(builder, stmt->exprs[e++]);
		if (declarator->variable)
			step(builder, FLOW_DECLARE, declarator->name)->declarator = declarator;
	}
}

static void build_scope(struct builder *builder, const struct stmt *stmt,
			void (*build)(struct builder *, const struct stmt *))
{
	const struct scope *outer = builder->scope;
	builder->scope = stmt->scope;
	build(builder, stmt);
	leave(builder, outer, stmt->last);
	builder->scope = outer;
}

static void build_if(struct builder *builder, const struct stmt *stmt)
{
	uint32_t yes = join(builder), no = join(builder), after = join(builder);
	build_condition(builder, stmt->exprs[0], yes, no);
	builder->at = yes;
	build_stmt(builder, stmt->kids[0]);
	edge(builder, builder->at, after);
	builder->at = no;
	if (stmt->kid_count > 1)
		build_stmt(builder, stmt->kids[1]);
	enter(builder, after);
}

/* The body of a loop, then at what follows it in the loop. */
static void build_body(struct builder *builder, const struct stmt *body, uint32_t after,
		       uint32_t next)
{
	struct builder outer = *builder;
	builder->break_to = after;
	builder->continue_to = next;
	builder->break_scope = builder->continue_scope = builder->scope;
	build_stmt(builder, body);
	builder->break_to = outer.break_to;
	builder->continue_to = outer.continue_to;
	builder->break_scope = outer.break_scope;
	builder->continue_scope = outer.continue_scope;
	enter(builder, next);
}

static void build_while(struct builder *builder, const struct stmt *stmt)
{
	uint32_t head = join(builder), body = join(builder), after = join(builder);
	enter(builder, head);
	build_condition(builder, stmt->exprs[0], body, after);
	builder->at = body;
	build_body(builder, stmt->kids[0], after, head);
	builder->at = after;
}

static void build_do(struct builder *builder, const struct stmt *stmt)
{
	uint32_t head = join(builder), test = join(builder), after = join(builder);
	enter(builder, head);
	build_body(builder, stmt->kids[0], after, test);
	build_condition(builder, stmt->exprs[0], head, after);
	builder->at = after;
}

static void build_for(struct builder *builder, const struct stmt *stmt)
{
	build_stmt(builder, stmt->for_init);
	uint32_t head = join(builder), body = join(builder), next = join(builder);
	uint32_t after = join(builder);
	enter(builder, head);
	if (stmt->for_condition)
		build_condition(builder, stmt->for_condition, body, after);
	else
		edge(builder, builder->at, body);
	builder->at = body;
	build_body(builder, stmt->kids[stmt->kid_count - 1], after, next);
	if (stmt->for_step)
		build_expr(builder, stmt->for_step);
	edge(builder, builder->at, head);
	builder->at = after;
}

static void build_switch(struct builder *builder, const struct stmt *stmt)
{
	struct builder outer = *builder;
	uint32_t after = join(builder);
	build_exprs(builder, stmt);
	builder->switch_from = builder->at;
	builder->switch_has_default = false;
	builder->break_to = after;
	builder->break_scope = builder->scope;
	builder->at = NOWHERE;
	build_kids(builder, stmt);
	edge(builder, builder->at, after);
	if (!builder->switch_has_default)
		edge(builder, builder->switch_from, after);
	builder->switch_from = outer.switch_from;
	builder->switch_has_default = outer.switch_has_default;
	builder->break_to = outer.break_to;
	builder->break_scope = outer.break_scope;
	builder->at = after;
}

static struct label *find_label(struct builder *builder, uint32_t name)
{
	for (size_t i = 0; i < builder->labels.len; i++)
		if (builder->labels.at[i].name == name)
			return &builder->labels.at[i];
	return NULL;
}

/* The innermost scope around both the place at hand and a label. */
static const struct scope *scope_with(const struct builder *builder, uint32_t token)
{
	const struct scope *scope = builder->scope;
	while (scope && (token < scope->first || token > scope->last))
		scope = scope->parent;
	return scope;
}

static void jump(struct builder *builder, const struct label *label, const struct stmt *stmt)
{
	uint32_t from = builder->at;
	leave(builder, scope_with(builder, label->token), stmt->first);
	edge(builder, builder->at, label->node);
	builder->at = from;
}

static void build_goto(struct builder *builder, const struct stmt *stmt)
{
	build_exprs(builder, stmt);
	const struct label *label = find_label(builder, stmt->label);
	if (stmt->kind == S_GOTO && label)
		jump(builder, label, stmt);
	for (size_t i = 0; stmt->kind == S_GOTO_COMPUTED && i < builder->labels.len; i++)
		jump(builder, &builder->labels.at[i], stmt);
	builder->at = NOWHERE;
}

static void build_asm(struct builder *builder, const struct stmt *stmt)
{
	build_exprs(builder, stmt);
	for (size_t i = 0; i < stmt->labels.len; i++) {
		const struct label *label = find_label(builder, stmt->labels.at[i]);
		if (label)
			jump(builder, label, stmt);
	}
}

static void build_break(struct builder *builder, const struct stmt *stmt)
{
	bool goes_on = stmt->kind == S_CONTINUE;
	leave(builder, goes_on ? builder->continue_scope : builder->break_scope, stmt->first);
	edge(builder, builder->at, goes_on ? builder->continue_to : builder->break_to);
	builder->at = NOWHERE;
}

static void build_stmt(struct builder *builder, const struct stmt *stmt)
{
	switch (stmt->kind) {
	case S_BLOCK:
		build_scope(builder, stmt, build_kids);
		break;
	case S_FOR:
		build_scope(builder, stmt, build_for);
		break;
	case S_DECLARATION:
		build_declaration(builder, stmt);
		break;
	case S_IF:
		build_if(builder, stmt);
		break;
	case S_WHILE:
		build_while(builder, stmt);
		break;
	case S_DO:
		build_do(builder, stmt);
		break;
	case S_SWITCH:
		build_switch(builder, stmt);
		break;
	case S_CASE:
		builder->switch_has_default |= stmt->is_default;
		enter(builder, join(builder));
		edge(builder, builder->switch_from, builder->at);
		build_kids(builder, stmt);
		break;
	case S_LABEL:
		enter(builder, find_label(builder, stmt->label)->node);
		build_kids(builder, stmt);
		break;
	case S_GOTO:
	case S_GOTO_COMPUTED:
		build_goto(builder, stmt);
		break;
	case S_ASM:
		build_asm(builder, stmt);
		break;
	case S_BREAK:
	case S_CONTINUE:
		build_break(builder, stmt);
		break;
	case S_RETURN:
		build_exprs(builder, stmt);
		leave(builder, NULL, stmt->first);
		builder->at = NOWHERE;
		break;
	default:
		build_exprs(builder, stmt);
		build_kids(builder, stmt);
		break;
	}
}

static void declare_labels_of_expr(struct builder *builder, const struct expr *expr);

static void declare_labels(struct builder *builder, const struct stmt *stmt)
{
	if (stmt->kind == S_LABEL)
		*vec_push(builder->flow->unit->arena, &builder->labels) =
			(struct label){stmt->label, stmt->first, join(builder)};
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		declare_labels_of_expr(builder, stmt->exprs[i]);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		declare_labels(builder, stmt->kids[i]);
}

static void declare_labels_of_expr(struct builder *builder, const struct expr *expr)
{
	if (expr->body)
		declare_labels(builder, expr->body);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		declare_labels_of_expr(builder, expr->kids[i]);
}

struct flow *flow_new(struct unit *unit, struct function *fn)
{
	struct flow *flow = ARENA_NEW(unit->arena, struct flow);
	flow->unit = unit;
	flow->fn = fn;
	struct builder builder = {.flow = flow,
				  .at = NOWHERE,
				  .scope = fn->scope,
				  .break_to = NOWHERE,
				  .continue_to = NOWHERE,
				  .switch_from = NOWHERE};
	step(&builder, FLOW_JOIN, fn->name);
	declare_labels(&builder, fn->body);
	build_stmt(&builder, fn->body);
	leave(&builder, NULL, fn->body->last);
	return flow;
}

struct solution {
	const struct flow *flow;
	const struct flow_analysis *analysis;
	struct bits *in;
	bool *reached, *pending;
	struct bits out, on_edge;
};

static void copy(struct bits to, struct bits from)
{
	memcpy(to.words, from.words, to.word_count * sizeof *to.words);
}

/* target &= source; true when target changed. */
static bool meet(struct bits target, struct bits source)
{
	uint64_t changed = 0;
	for (size_t i = 0; i < target.word_count; i++) {
		changed |= target.words[i] & ~source.words[i];
		target.words[i] &= source.words[i];
	}
	return changed;
}

static void arrive(struct solution *solution, const struct flow_edge *edge)
{
	copy(solution->on_edge, solution->out);
	if (edge->condition && solution->analysis->assume)
		solution->analysis->assume(solution->analysis->context, edge, solution->on_edge);
	struct bits in = solution->in[edge->to];
	if (!solution->reached[edge->to]) {
		solution->reached[edge->to] = solution->pending[edge->to] = true;
		copy(in, solution->on_edge);
	} else if (solution->analysis->must ? meet(in, solution->on_edge)
					    : bits_join(in, solution->on_edge)) {
		solution->pending[edge->to] = true;
	}
}

static bool visit(struct solution *solution, size_t i)
{
	if (!solution->pending[i])
		return false;
	const struct flow_node *node = &solution->flow->nodes.at[i];
	solution->pending[i] = false;
	copy(solution->out, solution->in[i]);
	solution->analysis->pass(solution->analysis->context, node, solution->out, false);
	for (size_t e = 0; e < node->next.len; e++)
		arrive(solution, &node->next.at[e]);
	return true;
}

void flow_solve(const struct flow *flow, const struct flow_analysis *analysis)
{
	struct arena *arena = flow->unit->arena;
	size_t count = flow->nodes.len;
	struct solution solution = {
		.flow = flow,
		.analysis = analysis,
		.in = arena_alloc(arena, count * sizeof(struct bits)),
		.reached = arena_alloc(arena, count),
		.pending = arena_alloc(arena, count),
		.out = bits_new(arena, analysis->facts),
		.on_edge = bits_new(arena, analysis->facts),
	};
	for (size_t i = 0; i < count; i++)
		solution.in[i] = bits_new(arena, analysis->facts);
	solution.reached[0] = solution.pending[0] = true;
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < count; i++)
			changed |= visit(&solution, i);
	}
	for (size_t i = 0; i < count; i++)
		if (solution.reached[i])
			analysis->pass(analysis->context, &flow->nodes.at[i], solution.in[i], true);
}

/* An async cleanup function is awaited where the scope of its variable is left. */
static bool leaves_with_await(const struct flow_node *leave)
{
	for (const struct scope *scope = leave->from; scope && scope != leave->to;
	     scope = scope->parent)
		for (size_t i = 0; i < scope->names.len; i++)
			if (scope->names.at[i]->cleanup_result)
				return true;
	return false;
}

bool flow_suspends(const struct flow_node *node)
{
	if (node->kind == FLOW_LEAVE)
		return leaves_with_await(node);
	return node->kind == FLOW_EXPR && node->expr->kind == E_AWAIT;
}

bool flow_is_suspension(const struct flow_node *node, const void *context)
{
	(void)context;
	return flow_suspends(node);
}

bool flow_ends(const struct flow_node *leave, const struct scope *scope)
{
	for (const struct scope *s = leave->from; s && s != leave->to; s = s->parent)
		if (s == scope)
			return true;
	return false;
}

static bool is_array(struct unit *unit, const struct expr *expr)
{
	return load_is_array(expr->kind == E_NAME && expr->variable ? expr->variable->type
								    : load_type(unit, expr));
}

const struct expr *flow_object(struct unit *unit, const struct expr *lvalue)
{
	switch (lvalue->kind) {
	case E_NAME:
	case E_COMPOUND:
		return lvalue;
	case E_PAREN:
		return flow_object(unit, lvalue->kids[0]);
	case E_MEMBER:
		return lvalue->op == K_DOT ? flow_object(unit, lvalue->kids[0])
					   : flow_pointee(unit, lvalue->kids[0]);
	case E_INDEX:
		return flow_pointee(unit, lvalue->kids[0]);
	case E_UNARY:
		return lvalue->op == K_STAR ? flow_pointee(unit, lvalue->kids[0]) : NULL;
	default:
		return NULL;
	}
}

const struct expr *flow_pointee(struct unit *unit, const struct expr *pointer)
{
	const struct expr *left;
	switch (pointer->kind) {
	case E_NAME:
	case E_COMPOUND:
	case E_MEMBER:
	case E_INDEX:
		return is_array(unit, pointer) ? flow_object(unit, pointer) : NULL;
	case E_PAREN:
	case E_CAST:
	case E_COMMA:
	case E_ASSIGN:
		return flow_pointee(unit, pointer->kids[pointer->kid_count - 1]);
	case E_UNARY:
		if (pointer->op == K_AMP)
			return flow_object(unit, pointer->kids[0]);
		return pointer->op == K_EXTENSION ? flow_pointee(unit, pointer->kids[0]) : NULL;
	case E_BINARY:
		if (pointer->op != K_PLUS && pointer->op != K_MINUS)
			return NULL;
		left = flow_pointee(unit, pointer->kids[0]);
		return left ? left : flow_pointee(unit, pointer->kids[1]);
	case E_CONDITIONAL:
		left = flow_pointee(unit, pointer->kids[pointer->kid_count - 2]);
		return left ? left : flow_pointee(unit, pointer->kids[pointer->kid_count - 1]);
	case E_CALL:
		return pointer;
	default:
		return NULL;
	}
}

static bool is_assignment(const struct flow_node *node)
{
	return node->kind == FLOW_EXPR && node->expr->kind == E_ASSIGN &&
	       node->expr->op == K_ASSIGN;
}

const struct expr *flow_value(const struct flow_node *node)
{
	if (node->kind == FLOW_DECLARE)
		return node->declarator->initialiser;
	return is_assignment(node) ? node->expr->kids[1] : NULL;
}

const struct variable *flow_assigned(const struct flow_node *node)
{
	if (node->kind == FLOW_DECLARE)
		return node->declarator->initialiser ? node->declarator->variable : NULL;
	return is_assignment(node) ? strip_parens(node->expr->kids[0])->variable : NULL;
}

typedef VEC(uint32_t) node_list;

struct search {
	const struct flow *flow;
	node_list *before; /* the nodes that lead to each, when going backward */
	uint32_t *queue;
	bool *seen;
	size_t head, tail;
};

static void search_add(struct search *search, uint32_t node)
{
	if (search->seen[node])
		return;
	search->seen[node] = true;
	search->queue[search->tail++] = node;
}

static void turn_round(struct search *search)
{
	const struct flow *flow = search->flow;
	struct arena *arena = flow->unit->arena;
	search->before = arena_alloc(arena, flow->nodes.len * sizeof *search->before);
	for (uint32_t i = 0; i < flow->nodes.len; i++)
		for (size_t e = 0; e < flow->nodes.at[i].next.len; e++)
			*vec_push(arena, &search->before[flow->nodes.at[i].next.at[e].to]) = i;
}

static void search_from(struct search *search, uint32_t at)
{
	const struct flow_node *node = &search->flow->nodes.at[at];
	for (size_t i = 0; search->before && i < search->before[at].len; i++)
		search_add(search, search->before[at].at[i]);
	for (size_t e = 0; !search->before && e < node->next.len; e++)
		search_add(search, node->next.at[e].to);
}

const struct flow_node *flow_find(const struct flow *flow, const struct flow_node *from,
				  bool backward, flow_test *wanted, const void *context)
{
	struct arena *arena = flow->unit->arena;
	struct search search = {
		.flow = flow,
		.queue = arena_alloc(arena, flow->nodes.len * sizeof(uint32_t)),
		.seen = arena_alloc(arena, flow->nodes.len),
	};
	if (backward)
		turn_round(&search);
	search_from(&search, (uint32_t)(from - flow->nodes.at));
	while (search.head < search.tail) {
		uint32_t at = search.queue[search.head++];
		if (wanted(&flow->nodes.at[at], context))
			return &flow->nodes.at[at];
		search_from(&search, at);
	}
	return NULL;
}
