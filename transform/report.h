/* What the frames of a file hold, and how they add up: the one model that reports,
 * comments in generated code and warnings are made of. Figures are those of frame, which
 * the generated code asserts.
 *
 * The parts of a frame are those that lie in the same place throughout a call, and, behind
 * them, those of each suspension point, which share one place:
 *
 *     header, pinned objects            fixed parts      [0, live_base)
 *     saved variables, awaited value    of one point     [live_base, frame_size)
 */
#ifndef ASYNCC_REPORT_H
#define ASYNCC_REPORT_H

#include "transform.h"

enum part_kind {
	PART_HEADER,
	PART_PINNED,       /* an object in its place throughout its scope */
	PART_SAVED,        /* the copy of a variable */
	PART_INTERMEDIATE, /* the copy of a value that has no name */
	PART_DYNAMIC,      /* where a block is, of a size known at run time only */
	PART_RESULT,       /* the value of the awaited call */
	PART_PADDING,
	PART_UNUSED /* at this suspension point */
};

struct part {
	enum part_kind kind;
	long long offset, size;
	const char *name, *type; /* in the user's words; NULL where there are none */
	uint32_t token;          /* its declaration, or NO_TOKEN */
	uint32_t last;           /* PART_PINNED: the last token of its scope */
};

typedef VEC(struct part) part_list;

/* In the order of their offsets. Pinned objects of scopes that are apart may overlap. */
part_list parts_fixed(struct unit *unit, const struct function *fn);
part_list parts_at(struct unit *unit, const struct function *fn, const struct point *point);
/* Its name, or in parentheses what it is. */
const char *part_label(const struct part *part);
/* Bytes that hold something while the function is suspended here. */
long long parts_in_use(const struct function *fn, const struct point *point);

enum callee_kind {
	CALLEE_HERE,      /* a function of this file */
	CALLEE_RUNTIME,   /* an operation of the runtime */
	CALLEE_ELSEWHERE, /* a function of another file */
	CALLEE_POINTER,
	CALLEE_TASK /* the end of another task, which has memory of its own */
};

struct call {
	enum callee_kind kind;
	const char *name;          /* or how the pointer is written */
	uint32_t token;            /* of the await */
	const struct point *point; /* NULL: the callee's frame takes this one's place */
	struct caller *callee;     /* CALLEE_HERE */
};

/* An async function and what it awaits. */
struct caller {
	const struct function *fn;
	VEC(struct call) calls; /* in the order of the text */
	struct link *link;
	long long task;      /* bytes of a task that begins with it; 0: the file starts none */
	uint32_t index, low; /* of the search for recursion; 0: not seen yet */
};

/* A link of a chain of suspended calls: one function, or several that come back to each
 * other. bytes is the sum of the deepest chain that begins here. */
struct link {
	VEC(struct caller *) members;
	long long bytes, round;  /* round: of these alone */
	const struct link *next; /* which the deepest chain goes on with, or NULL */
	bool grows;              /* by round, each time the recursion comes round */
	bool partial;            /* some chain from here has a call that is not counted */
};

typedef VEC(struct caller *) caller_list;

/* The async functions of the file, headers of the system left out, in the order of the
 * text, with their chains. */
caller_list chains(struct unit *unit);

/* The kinds of reports. */
void report_text(struct unit *unit, struct buffer *out, const caller_list *callers);
void report_json(struct unit *unit, struct buffer *out, const caller_list *callers);
void report_budget(struct unit *unit, struct buffer *out, const caller_list *callers);

#endif
