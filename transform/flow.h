/* The ways that control can take through a function as it was written, before it is
 * lowered: a graph of evaluations, and data flow forward over it.
 *
 *     if (p && await f(p))         p -+- true -> f(p) -> await -+- true -> g()
 *         g();                        +- false ----> (join) <---+- false
 */
#ifndef ASYNCC_FLOW_H
#define ASYNCC_FLOW_H

#include "transform.h"

enum flow_kind {
	FLOW_JOIN,    /* ways meet */
	FLOW_EXPR,    /* expr is evaluated; its operands have been */
	FLOW_DECLARE, /* a variable begins, its initialiser has been evaluated */
	FLOW_LEAVE    /* from and the scopes around it are left, up to but without to */
};

struct flow_edge {
	uint32_t to;
	const struct expr *condition; /* taken when its truth is this; NULL: always */
	bool truth;
};

struct flow_node {
	enum flow_kind kind;
	const struct expr *expr;
	const struct declarator *declarator;
	const struct scope *from, *to;
	uint32_t token;
	VEC(struct flow_edge) next;
};

struct flow {
	struct unit *unit;
	struct function *fn;
	VEC(struct flow_node) nodes; /* the first is the entry */
};

/* The graph of a function whose calls have been checked. */
struct flow *flow_new(struct unit *unit, struct function *fn);

/* Facts are numbered bits that hold on some way (may) or on all ways (must) to a node. */
struct flow_analysis {
	size_t facts;
	bool must;
	void *context;
	/* Makes the facts before a node those after it. In the final round, each node that
	 * can be reached is visited once, with the facts that hold: the time to report. */
	void (*pass)(void *context, const struct flow_node *node, struct bits facts, bool final);
	/* Facts on an edge that is taken on a condition; may be NULL. */
	void (*assume)(void *context, const struct flow_edge *edge, struct bits facts);
};

void flow_solve(const struct flow *flow, const struct flow_analysis *analysis);

/* The nearest node after (or before) this one for which wanted holds, on any way; NULL:
 * none. */
typedef bool flow_test(const struct flow_node *node, const void *context);
const struct flow_node *flow_find(const struct flow *flow, const struct flow_node *from,
				  bool backward, flow_test *wanted, const void *context);
bool flow_suspends(const struct flow_node *node);
bool flow_is_suspension(const struct flow_node *node, const void *context);

/* Whether a variable's life ends at a FLOW_LEAVE. */
bool flow_ends(const struct flow_node *leave, const struct scope *scope);

/* The expression, a name, compound literal or call, whose object (or, of a call, the object
 * that its result points to) a pointer value points to or into; NULL: unknown. */
const struct expr *flow_pointee(struct unit *unit, const struct expr *pointer);
/* The same of an lvalue: the object that it is or is part of. */
const struct expr *flow_object(struct unit *unit, const struct expr *lvalue);
/* The variable or place that is given a value at this node; NULL: none. */
const struct expr *flow_value(const struct flow_node *node);
const struct variable *flow_assigned(const struct flow_node *node);

/* The name by which a function is called directly, or NULL. */
const char *called_name(const struct unit *unit, const struct expr *call);
bool is_one_of(const char *name, const char *const *list); /* list ends in NULL */

/* The checks that need a graph, in the file of that name; in the order of transform.c. */
void check_flow(struct unit *unit, struct function *fn, const struct flow *flow);
void warn_blocking(struct unit *unit, struct function *fn, const struct flow *flow);
void warn_tasks(struct unit *unit, struct function *fn, const struct flow *flow);

#endif
