/* Liveness: for each suspension point, the variables whose value is needed after it.
 * Backward data flow over a graph whose nodes are the expressions of the function in
 * the order they are evaluated.
 *
 * A variable is used where it is read, and ended (defined) where it is assigned whole
 * on every path through the expression, or declared. A pinned variable's place is
 * always known; it counts as used so that its pointer is made again after a resume.
 *
 *     int i = 0, n = 4, t = 1;
 *     while (i < n) {
 *         t = f(t);
 *         await g(i++);            live here: i, n, t
 *     }
 *
 * requires: fn.body lowered
 * provides: point.live, variable.index
 */
#include "transform.h"

#define NOWHERE UINT32_MAX

struct node {
	struct bits use, def, in;
	VEC(uint32_t) next;
	struct point *point;
};

struct label {
	uint32_t name; /* or LABEL_CONTINUE + number */
	uint32_t node;
};

#define LABEL_CONTINUE 0x80000000u

struct flow {
	struct unit *unit;
	struct function *fn;
	size_t variable_count;
	VEC(struct node) nodes;
	VEC(struct label) labels;
	uint32_t at; /* the node that control comes from, or NOWHERE */
	uint32_t break_to, continue_to;
	uint32_t switch_from; /* node of the switch around, for its cases */
	bool switch_has_default;
};

static uint32_t new_node(struct flow *flow)
{
	struct node node = {.use = bits_new(flow->unit->arena, flow->variable_count),
			    .def = bits_new(flow->unit->arena, flow->variable_count),
			    .in = bits_new(flow->unit->arena, flow->variable_count)};
	*vec_push(flow->unit->arena, &flow->nodes) = node;
	return (uint32_t)flow->nodes.len - 1;
}

static void edge(struct flow *flow, uint32_t from, uint32_t to)
{
	if (from != NOWHERE)
		*vec_push(flow->unit->arena, &flow->nodes.at[from].next) = to;
}

static void enter(struct flow *flow, uint32_t node)
{
	edge(flow, flow->at, node);
	flow->at = node;
}

static uint32_t step(struct flow *flow)
{
	uint32_t node = new_node(flow);
	enter(flow, node);
	return node;
}

static uint32_t label_node(struct flow *flow, uint32_t name)
{
	for (size_t i = 0; i < flow->labels.len; i++)
		if (flow->labels.at[i].name == name)
			return flow->labels.at[i].node;
	uint32_t node = new_node(flow);
	*vec_push(flow->unit->arena, &flow->labels) = (struct label){name, node};
	return node;
}

static bool is_tracked(const struct variable *variable)
{
	return variable && variable->kind != VARIABLE_OTHER && !variable->held;
}

static void use(struct flow *flow, uint32_t node, const struct variable *variable)
{
	if (is_tracked(variable))
		bits_set(flow->nodes.at[node].use, variable->index);
}

static void define(struct flow *flow, uint32_t node, const struct variable *variable)
{
	if (is_tracked(variable))
		bits_set(flow->nodes.at[node].def, variable->index);
}

static void gather_stmt(struct flow *flow, uint32_t node, const struct stmt *stmt);

static const struct expr *strip(const struct expr *expr)
{
	while (expr->kind == E_PAREN)
		expr = expr->kids[0];
	return expr;
}

/* Adds what expr reads to node, and what it surely assigns. */
static void gather(struct flow *flow, uint32_t node, const struct expr *expr, bool surely)
{
	if (expr->unevaluated || expr->kind == E_UNEVALUATED)
		return;
	if (expr->variable && (expr->kind == E_NAME || expr->kind == E_TEMPORARY))
		use(flow, node, expr->variable);
	if (expr->kind == E_STATEMENT) {
		gather_stmt(flow, node, expr->body);
		return;
	}
	uint32_t from = 0;
	if (expr->kind == E_ASSIGN && expr->op == K_ASSIGN) {
		const struct expr *target = strip(expr->kids[0]);
		if (target->kind == E_NAME && is_tracked(target->variable) &&
		    !target->variable->pinned) {
			if (surely)
				define(flow, node, target->variable);
			from = 1;
		}
	}
	bool branches = expr->kind == E_CONDITIONAL ||
			(expr->kind == E_BINARY && (expr->op == K_AND || expr->op == K_OR));
	for (uint32_t i = from; i < expr->kid_count; i++)
		gather(flow, node, expr->kids[i], surely && (!branches || i == 0));
}

/* A statement inside an expression: reads count, assignments are not relied upon. */
static void gather_stmt(struct flow *flow, uint32_t node, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		gather(flow, node, stmt->exprs[i], false);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		gather_stmt(flow, node, stmt->kids[i]);
}

static void evaluate(struct flow *flow, const struct expr *expr)
{
	gather(flow, step(flow), expr, true);
}

static void evaluate_all(struct flow *flow, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		evaluate(flow, stmt->exprs[i]);
}

static void flow_stmt(struct flow *flow, const struct stmt *stmt);

static void flow_kids(struct flow *flow, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		flow_stmt(flow, stmt->kids[i]);
}

/* A variable may name itself in its initialiser, which has nothing to do with a value that
 * it had before. */
static void flow_declaration(struct flow *flow, const struct stmt *stmt)
{
	uint32_t e = 0;
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		if (declarator->variable)
			define(flow, step(flow), declarator->variable);
		while (e < stmt->expr_count && stmt->exprs[e]->first <= declarator->last)
			evaluate(flow, stmt->exprs[e++]);
		if (declarator->variable)
			define(flow, step(flow), declarator->variable);
	}
}

static void flow_branches(struct flow *flow, const struct stmt *stmt)
{
	evaluate(flow, stmt->exprs[0]);
	uint32_t from = flow->at, after = new_node(flow);
	flow_stmt(flow, stmt->kids[0]);
	edge(flow, flow->at, after);
	flow->at = from;
	if (stmt->kid_count > 1)
		flow_stmt(flow, stmt->kids[1]);
	enter(flow, after);
}

struct loop_state {
	uint32_t break_to, continue_to;
};

static struct loop_state begin_loop(struct flow *flow, uint32_t break_to, uint32_t continue_to)
{
	struct loop_state outer = {flow->break_to, flow->continue_to};
	flow->break_to = break_to;
	flow->continue_to = continue_to;
	return outer;
}

static void end_loop(struct flow *flow, struct loop_state outer)
{
	flow->break_to = outer.break_to;
	flow->continue_to = outer.continue_to;
}

/* A loop with its test before the body; test and step may be missing. */
static void flow_loop(struct flow *flow, struct expr *test, const struct stmt *body,
		      struct expr *advance)
{
	uint32_t head = step(flow), next = new_node(flow), after = new_node(flow);
	if (test) {
		evaluate(flow, test);
		edge(flow, flow->at, after);
	}
	struct loop_state outer = begin_loop(flow, after, next);
	flow_stmt(flow, body);
	enter(flow, next);
	if (advance)
		evaluate(flow, advance);
	edge(flow, flow->at, head);
	end_loop(flow, outer);
	flow->at = after;
}

static void flow_do(struct flow *flow, const struct stmt *stmt)
{
	uint32_t head = step(flow), test = new_node(flow), after = new_node(flow);
	struct loop_state outer = begin_loop(flow, after, test);
	flow_stmt(flow, stmt->kids[0]);
	enter(flow, test);
	evaluate(flow, stmt->exprs[0]);
	edge(flow, flow->at, head);
	end_loop(flow, outer);
	enter(flow, after);
}

static void flow_switch(struct flow *flow, const struct stmt *stmt)
{
	evaluate(flow, stmt->exprs[0]);
	uint32_t after = new_node(flow), outer_from = flow->switch_from,
		 outer_break = flow->break_to;
	bool outer_default = flow->switch_has_default;
	flow->switch_from = flow->at;
	flow->switch_has_default = false;
	flow->break_to = after;
	flow->at = NOWHERE;
	flow_stmt(flow, stmt->kids[0]);
	edge(flow, flow->at, after);
	if (!flow->switch_has_default)
		edge(flow, flow->switch_from, after);
	flow->switch_from = outer_from;
	flow->switch_has_default = outer_default;
	flow->break_to = outer_break;
	flow->at = after;
}

static void flow_await(struct flow *flow, const struct stmt *stmt)
{
	evaluate_all(flow, stmt);
	uint32_t node = step(flow);
	if (stmt->variable)
		define(flow, node, stmt->variable);
	flow->nodes.at[node].point = stmt->point;
}

/* A computed goto reaches the labels of the function whose address is taken. */
static bool is_address_taken(const struct flow *flow, uint32_t label)
{
	const struct function *fn = flow->fn;
	for (uint32_t i = fn->body_first; i < fn->body_last; i++)
		if (token_is(flow->unit, i, K_AND) && TOKEN(flow->unit, i + 1)->id == label)
			return true;
	return false;
}

static void flow_goto(struct flow *flow, const struct stmt *stmt)
{
	evaluate_all(flow, stmt);
	if (stmt->kind == S_GOTO)
		edge(flow, flow->at, label_node(flow, stmt->label));
	else
		for (size_t i = 0; i < flow->labels.len; i++)
			if (is_address_taken(flow, flow->labels.at[i].name))
				edge(flow, flow->at, flow->labels.at[i].node);
	flow->at = NOWHERE;
}

static void flow_asm(struct flow *flow, const struct stmt *stmt)
{
	evaluate_all(flow, stmt);
	for (size_t i = 0; i < stmt->labels.len; i++)
		edge(flow, flow->at, label_node(flow, stmt->labels.at[i]));
}

static void flow_stmt(struct flow *flow, const struct stmt *stmt)
{
	switch (stmt->kind) {
	case S_DECLARATION:
		flow_declaration(flow, stmt);
		break;
	case S_IF:
	case S_TEST:
		flow_branches(flow, stmt);
		break;
	case S_WHILE:
		flow_loop(flow, stmt->exprs[0], stmt->kids[0], NULL);
		break;
	case S_DO:
		flow_do(flow, stmt);
		break;
	case S_FOR:
		flow_stmt(flow, stmt->kids[0]);
		flow_loop(flow, stmt->for_condition, stmt->kids[1], stmt->for_step);
		break;
	case S_FOREVER:
		flow_loop(flow, NULL, stmt->kids[0], stmt->expr_count ? stmt->exprs[0] : NULL);
		break;
	case S_SWITCH:
		flow_switch(flow, stmt);
		break;
	case S_CASE:
		flow->switch_has_default |= stmt->is_default;
		step(flow);
		edge(flow, flow->switch_from, flow->at);
		flow_kids(flow, stmt);
		break;
	case S_LABEL:
		enter(flow, label_node(flow, stmt->label));
		flow_kids(flow, stmt);
		break;
	case S_JUMP:
		define(flow, step(flow), stmt->variable);
		edge(flow, flow->at,
		     label_node(flow, LABEL_CONTINUE + (uint32_t)stmt->continue_label));
		flow->at = NOWHERE;
		break;
	case S_CONTINUE_LABEL:
		enter(flow, label_node(flow, LABEL_CONTINUE + (uint32_t)stmt->continue_label));
		break;
	case S_GOTO:
	case S_GOTO_COMPUTED:
		flow_goto(flow, stmt);
		break;
	case S_ASM:
		flow_asm(flow, stmt);
		break;
	case S_BREAK:
		edge(flow, flow->at, flow->break_to);
		flow->at = NOWHERE;
		break;
	case S_CONTINUE:
		edge(flow, flow->at,
		     stmt->target && stmt->target->continue_label
			     ? label_node(flow,
					  LABEL_CONTINUE + (uint32_t)stmt->target->continue_label)
			     : flow->continue_to);
		flow->at = NOWHERE;
		break;
	case S_RETURN:
	case S_TAIL:
		evaluate_all(flow, stmt);
		flow->at = NOWHERE;
		break;
	case S_LEAVE_UNLESS:
		evaluate_all(flow, stmt);
		edge(flow, flow->at, flow->break_to);
		break;
	case S_SET:
		evaluate_all(flow, stmt);
		if (stmt->variable->pinned && !stmt->declares) /* its place is needed */
			use(flow, step(flow), stmt->variable);
		else
			define(flow, step(flow), stmt->variable);
		break;
	case S_AWAIT:
		flow_await(flow, stmt);
		break;
	case S_CLEANUP:
		use(flow, step(flow), stmt->variable);
		break;
	default:
		evaluate_all(flow, stmt);
		flow_kids(flow, stmt);
		break;
	}
}

/* Labels are known before any computed goto needs them. */
static void declare_labels(struct flow *flow, const struct stmt *stmt)
{
	if (stmt->kind == S_LABEL)
		label_node(flow, stmt->label);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		declare_labels(flow, stmt->kids[i]);
}

static void live_out(const struct flow *flow, const struct node *node, struct bits out)
{
	for (size_t i = 0; i < out.word_count; i++)
		out.words[i] = 0;
	for (size_t i = 0; i < node->next.len; i++)
		bits_join(out, flow->nodes.at[node->next.at[i]].in);
}

static void solve(struct flow *flow)
{
	struct bits out = bits_new(flow->unit->arena, flow->variable_count);
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = flow->nodes.len; i-- > 0;) {
			struct node *node = &flow->nodes.at[i];
			live_out(flow, node, out);
			for (size_t w = 0; w < out.word_count; w++)
				out.words[w] =
					(out.words[w] & ~node->def.words[w]) | node->use.words[w];
			changed |= bits_join(node->in, out);
		}
	}
}

/* A variable outside its scope holds nothing. One that is wanted before its declaration is an
 * object in the frame that needs no pointer. */
static bool is_visible(const struct variable *variable, const struct point *point)
{
	return variable->kind != VARIABLE_LOCAL ||
	       (point->token >= variable->scope->first && point->token <= variable->scope->last &&
		(point->token > variable->token || !variable->pinned));
}

/* The size and place of an array of variable length are wanted as long as it lives. */
static bool is_held(const struct variable *variable, const struct point *point)
{
	return variable->held && point->token > variable->token &&
	       point->token >= variable->scope->first && point->token <= variable->scope->last;
}

static void record(struct flow *flow, const struct node *node)
{
	struct bits out = bits_new(flow->unit->arena, flow->variable_count);
	live_out(flow, node, out);
	for (size_t i = 0; i < flow->fn->variables.len; i++) {
		struct variable *variable = flow->fn->variables.at[i];
		if (is_held(variable, node->point) ||
		    (is_tracked(variable) && variable != node->point->value &&
		     bits_get(out, variable->index) && is_visible(variable, node->point)))
			*vec_push(flow->unit->arena, &node->point->live) = variable;
	}
}

void live(struct unit *unit, struct function *fn)
{
	struct flow flow = {.unit = unit,
			    .fn = fn,
			    .break_to = NOWHERE,
			    .continue_to = NOWHERE,
			    .switch_from = NOWHERE};
	flow.variable_count = fn->variables.len;
	for (size_t i = 0; i < fn->variables.len; i++)
		fn->variables.at[i]->index = (uint32_t)i;
	flow.at = NOWHERE;
	step(&flow);
	declare_labels(&flow, fn->body);
	flow_stmt(&flow, fn->body);
	solve(&flow);
	for (size_t i = 0; i < flow.nodes.len; i++)
		if (flow.nodes.at[i].point)
			record(&flow, &flow.nodes.at[i]);
}
