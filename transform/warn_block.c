/* Warns of calls that block the thread, and so every task on it, in async functions: of
 * functions that are known to, of those declared ASYNC_BLOCKING, and of plain functions
 * of the same file that call one. Warns of locks held over an await, too: another task
 * of the thread that wants the lock blocks it for good.
 *
 * The list has what waits for something outside the process by its nature: time, another
 * thread or process, a peer, a disk, a name server, a terminal. It leaves out what most often
 * does not wait long (printf, fopen, close, malloc, pthread_mutex_lock by itself), and
 * calls whose arguments say that they do not wait; on descriptors, also calls in a
 * function that waits for them to be ready.
 *
 * requires: unit.clang; awaits final
 */
#include "flow.h"

#include <string.h>

enum excuse {
	NEVER,
	IF_FLAG,      /* an argument has this bit, or is not known */
	IF_ZERO,      /* an argument is 0 */
	UNLESS_NULL,  /* an argument, a timeout, is not the null pointer */
	UNLESS_VALUE, /* an argument is not this, or is not known */
	UNLESS_STDIN, /* an argument is not stdin */
	IF_OUTPUT     /* the descriptor is that of standard output or error */
};

/* The numbers of flags are those of Linux. */
static const struct blocker {
	const char *name;
	const char *instead; /* to await, or NULL */
	enum excuse excuse;
	unsigned argument;
	long long value;
	bool on_descriptor; /* does not block when the descriptor is set so */
} blockers[] = {
	/* time */
	{"sleep", "async_sleep_ms", IF_ZERO, 0, 0, false},
	{"usleep", "async_sleep_ns", IF_ZERO, 0, 0, false},
	{"nanosleep", "async_sleep_ns", NEVER, 0, 0, false},
	{"clock_nanosleep", "async_sleep_until_ns", NEVER, 0, 0, false},
	{"thrd_sleep", "async_sleep_ns", NEVER, 0, 0, false},
	/* descriptors */
	{"read", "async_read", NEVER, 0, 0, true},
	{"readv", "async_readv", NEVER, 0, 0, true},
	{"write", "async_write", IF_OUTPUT, 0, 0, true},
	{"writev", "async_writev", IF_OUTPUT, 0, 0, true},
	{"recv", "async_read", IF_FLAG, 3, 0x40, true},
	{"recvfrom", "async_recvfrom", IF_FLAG, 3, 0x40, true},
	{"recvmsg", "async_recvmsg", IF_FLAG, 2, 0x40, true},
	{"recvmmsg", "async_recvmmsg", IF_FLAG, 3, 0x40, true},
	{"send", "async_write", IF_FLAG, 3, 0x40, true},
	{"sendto", "async_sendto", IF_FLAG, 3, 0x40, true},
	{"sendmsg", "async_sendmsg", IF_FLAG, 2, 0x40, true},
	{"sendmmsg", "async_sendmmsg", IF_FLAG, 3, 0x40, true},
	{"sendfile", "async_sendfile", NEVER, 0, 0, true},
	{"splice", "async_splice", IF_FLAG, 5, 2, true},
	{"accept", "async_accept", NEVER, 0, 0, true},
	{"accept4", "async_accept", NEVER, 0, 0, true},
	{"connect", "async_connect", NEVER, 0, 0, true},
	{"poll", "async_wait_fd", IF_ZERO, 2, 0, false},
	{"ppoll", "async_wait_fd", UNLESS_NULL, 2, 0, false},
	{"select", "async_wait_fd", UNLESS_NULL, 4, 0, false},
	{"pselect", "async_wait_fd", UNLESS_NULL, 4, 0, false},
	{"epoll_wait", "async_wait_fd", IF_ZERO, 3, 0, false},
	{"epoll_pwait", "async_wait_fd", IF_ZERO, 3, 0, false},
	/* the disk */
	{"pread", "async_pread", NEVER, 0, 0, false},
	{"pwrite", "async_pwrite", NEVER, 0, 0, false},
	{"preadv", "async_preadv", NEVER, 0, 0, false},
	{"pwritev", "async_pwritev", NEVER, 0, 0, false},
	{"fsync", "async_fsync", NEVER, 0, 0, false},
	{"fdatasync", "async_fdatasync", NEVER, 0, 0, false},
	{"copy_file_range", "async_copy_range", NEVER, 0, 0, false},
	/* names */
	{"getaddrinfo", "async_getaddrinfo", NEVER, 0, 0, false},
	{"getnameinfo", "async_getnameinfo", IF_FLAG, 6, 1, false},
	{"gethostbyname", "async_getaddrinfo", NEVER, 0, 0, false},
	{"gethostbyname2", "async_getaddrinfo", NEVER, 0, 0, false},
	{"gethostbyname_r", "async_getaddrinfo", NEVER, 0, 0, false},
	{"gethostbyname2_r", "async_getaddrinfo", NEVER, 0, 0, false},
	{"gethostbyaddr", "async_getnameinfo", NEVER, 0, 0, false},
	{"gethostbyaddr_r", "async_getnameinfo", NEVER, 0, 0, false},
	{"res_query", "async_getaddrinfo", NEVER, 0, 0, false},
	{"res_search", "async_getaddrinfo", NEVER, 0, 0, false},
	/* processes and signals */
	{"system", "async_process_start", NEVER, 0, 0, false},
	{"pclose", "async_process_wait", NEVER, 0, 0, false},
	{"wait", "async_process_wait", NEVER, 0, 0, false},
	{"waitpid", "async_process_wait", IF_FLAG, 2, 1, false},
	{"waitid", "async_process_wait", IF_FLAG, 3, 1, false},
	{"wait3", "async_process_wait", IF_FLAG, 1, 1, false},
	{"wait4", "async_process_wait", IF_FLAG, 2, 1, false},
	{"pause", "async_signal_wait", NEVER, 0, 0, false},
	{"sigsuspend", "async_signal_wait", NEVER, 0, 0, false},
	{"sigwait", "async_signal_wait", NEVER, 0, 0, false},
	{"sigwaitinfo", "async_signal_wait", NEVER, 0, 0, false},
	{"sigtimedwait", "async_signal_wait", NEVER, 0, 0, false},
	/* locks of files */
	{"flock", "async_flock", IF_FLAG, 1, 4, false},
	{"lockf", "async_lock_range", UNLESS_VALUE, 1, 1, false},
	{"fcntl", "async_lock_range", UNLESS_VALUE, 1, 7, false},
	{"fcntl64", "async_lock_range", UNLESS_VALUE, 1, 7, false},
	/* other threads */
	{"pthread_join", "async_offload", NEVER, 0, 0, false},
	{"pthread_timedjoin_np", "async_offload", NEVER, 0, 0, false},
	{"pthread_cond_wait", "async_notify_wait", NEVER, 0, 0, false},
	{"pthread_cond_timedwait", "async_notify_wait", NEVER, 0, 0, false},
	{"pthread_barrier_wait", "async_offload", NEVER, 0, 0, false},
	{"sem_wait", "async_notify_wait", NEVER, 0, 0, false},
	{"sem_timedwait", "async_notify_wait", NEVER, 0, 0, false},
	{"thrd_join", "async_offload", NEVER, 0, 0, false},
	{"cnd_wait", "async_notify_wait", NEVER, 0, 0, false},
	{"cnd_timedwait", "async_notify_wait", NEVER, 0, 0, false},
	{"mq_receive", "async_offload", NEVER, 0, 0, false},
	{"mq_timedreceive", "async_offload", NEVER, 0, 0, false},
	{"msgrcv", "async_offload", IF_FLAG, 4, 04000, false},
	/* the terminal */
	{"getchar", "async_read", NEVER, 0, 0, false},
	{"gets", "async_read", NEVER, 0, 0, false},
	{"scanf", "async_read", NEVER, 0, 0, false},
	{"vscanf", "async_read", NEVER, 0, 0, false},
	{"fgets", "async_read", UNLESS_STDIN, 2, 0, false},
	{"fgetc", "async_read", UNLESS_STDIN, 0, 0, false},
	{"getc", "async_read", UNLESS_STDIN, 0, 0, false},
	{"fread", "async_read", UNLESS_STDIN, 3, 0, false},
	{"fscanf", "async_read", UNLESS_STDIN, 0, 0, false},
	{"getline", "async_read", UNLESS_STDIN, 2, 0, false},
	{"getdelim", "async_read", UNLESS_STDIN, 3, 0, false},
	{"getpass", "async_offload", NEVER, 0, 0, false},
};

/* A function that blocks: by itself, or through a call in its body. */
struct helper {
	const char *name;
	const char *callee; /* what the call in it calls, or NULL: it blocks by itself */
	const char *instead;
	bool on_descriptor;
	uint32_t call;
	const struct helper *next; /* the callee */
};

struct block_check {
	struct unit *unit;
	/* of the body at hand */
	void (*found)(struct block_check *check, uint32_t first, uint32_t last,
		      const struct helper *callee);
	struct helper *inside;
	bool waits_for_descriptors; /* so the async function has some that do not block */
	unsigned depth;
};

/* A warning need not follow longer ways than this, and the stack ends. */
enum { MAX_CALL_DEPTH = 100 };

static const char *name_of(struct unit *unit, CXCursor cursor)
{
	CXString spelling = clang_getCursorSpelling(cursor);
	const char *text = clang_getCString(spelling);
	char *name = arena_printf(unit->arena, "%s", text ? text : "");
	clang_disposeString(spelling);
	return name;
}

static bool evaluate(CXCursor expr, long long *value)
{
	CXEvalResult result = clang_Cursor_Evaluate(expr);
	bool is_int = result && clang_EvalResult_getKind(result) == CXEval_Int;
	if (is_int)
		*value = clang_EvalResult_getAsLongLong(result);
	if (result)
		clang_EvalResult_dispose(result);
	return is_int;
}

static bool is_null_pointer(struct unit *unit, CXCursor expr)
{
	uint32_t first = load_first(unit, expr), last = load_last(unit, expr);
	for (uint32_t i = first; i <= last; i++)
		if (TOKEN(unit, i)->kind == T_NUMBER)
			return !strcmp(token_text(unit, i), "0");
		else if (!strcmp(token_text(unit, i), "nullptr"))
			return true;
		else if (TOKEN(unit, i)->kind == T_NAME && !token_is(unit, i, K_VOID))
			return false;
	return false;
}

static bool is_stdin(struct unit *unit, CXCursor expr)
{
	uint32_t first = load_first(unit, expr);
	return first == load_last(unit, expr) && !strcmp(token_text(unit, first), "stdin");
}

/* Whether the arguments say that this call does not block. */
static bool is_excused(struct unit *unit, const struct blocker *blocker, CXCursor call)
{
	long long value = 0;
	if (blocker->excuse == NEVER)
		return false;
	if (clang_Cursor_getNumArguments(call) <= (int)blocker->argument)
		return true;
	CXCursor argument = clang_Cursor_getArgument(call, blocker->argument);
	switch (blocker->excuse) {
	case UNLESS_NULL:
		return !is_null_pointer(unit, argument);
	case UNLESS_STDIN:
		return !is_stdin(unit, argument);
	case IF_FLAG:
		return !evaluate(argument, &value) || (value & blocker->value);
	case UNLESS_VALUE:
		return !evaluate(argument, &value) || value != blocker->value;
	case IF_OUTPUT:
		return evaluate(argument, &value) && (value == 1 || value == 2);
	default:
		return evaluate(argument, &value) && value == 0;
	}
}

static const struct blocker *find_blocker(const char *name)
{
	for (size_t i = 0; i < sizeof blockers / sizeof *blockers; i++)
		if (!strcmp(name, blockers[i].name))
			return &blockers[i];
	return NULL;
}

static enum CXChildVisitResult visit_annotation(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(cursor) != CXCursor_AnnotateAttr)
		return CXChildVisit_Continue;
	CXString name = clang_getCursorSpelling(cursor);
	*(bool *)data |= !strcmp(clang_getCString(name), "asyncc.blocking");
	clang_disposeString(name);
	return CXChildVisit_Continue;
}

static bool is_marked(CXCursor declaration)
{
	bool found = false;
	if (!clang_Cursor_isNull(declaration))
		clang_visitChildren(declaration, visit_annotation, &found);
	return found;
}

static struct helper *new_helper(struct block_check *check, const char *name)
{
	struct helper *helper = ARENA_NEW(check->unit->arena, struct helper);
	helper->name = name;
	return helper;
}

static void visit_body(struct block_check *check, CXCursor body);

/* One blocking call in a helper says enough, best one that always blocks. */
static void found_in_helper(struct block_check *check, uint32_t first, uint32_t last,
			    const struct helper *callee)
{
	struct helper *helper = check->inside;
	(void)last;
	if ((helper->callee && (!helper->on_descriptor || callee->on_descriptor)) ||
	    !warn_is_on(check->unit, WARNING_BLOCKING, first))
		return;
	helper->callee = callee->name;
	helper->call = first;
	helper->instead = callee->instead;
	helper->on_descriptor = callee->on_descriptor;
	helper->next = callee->callee ? callee : NULL;
}

static struct helper *look_into(struct block_check *check, const char *name, CXCursor definition)
{
	struct unit *unit = check->unit;
	uint32_t token = load_name(unit, definition);
	if (!unit->helpers)
		unit->helpers = arena_alloc(unit->arena, unit->tokens.len * sizeof *unit->helpers);
	if (unit->helpers[token])
		return unit->helpers[token];
	struct helper *helper = new_helper(check, name);
	if (check->depth == MAX_CALL_DEPTH)
		return helper;
	unit->helpers[token] = helper;
	struct block_check outer = *check;
	check->depth++;
	check->found = found_in_helper;
	check->inside = helper;
	visit_body(check, definition);
	check->found = outer.found;
	check->inside = outer.inside;
	check->depth = outer.depth;
	return helper;
}

static bool is_system(CXCursor cursor)
{
	return clang_Location_isInSystemHeader(clang_getCursorLocation(cursor));
}

/* The function called, if it blocks. */
static const struct helper *blocking_callee(struct block_check *check, CXCursor call)
{
	struct unit *unit = check->unit;
	CXCursor function = clang_getCursorReferenced(call);
	if (clang_getCursorKind(function) != CXCursor_FunctionDecl || load_is_async(unit, function))
		return NULL;
	const char *name = name_of(unit, function);
	CXCursor definition = clang_getCursorDefinition(function);
	bool defined = !clang_Cursor_isNull(definition) && !is_system(definition);
	if (is_marked(function) || is_marked(clang_getCanonicalCursor(function)) ||
	    is_marked(definition))
		return new_helper(check, name);
	if (defined) {
		const struct helper *helper = look_into(check, name, definition);
		return helper->callee ? helper : NULL;
	}
	const struct blocker *blocker = find_blocker(name);
	if (!blocker || is_excused(unit, blocker, call))
		return NULL;
	struct helper *known = new_helper(check, name);
	known->instead = blocker->instead;
	known->on_descriptor = blocker->on_descriptor;
	return known;
}

static enum CXChildVisitResult visit_call(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct block_check *check = data;
	switch (clang_getCursorKind(cursor)) {
	case CXCursor_CallExpr: {
		const struct helper *callee = blocking_callee(check, cursor);
		if (callee)
			check->found(check, load_first(check->unit, cursor),
				     load_last(check->unit, cursor), callee);
		return CXChildVisit_Recurse;
	}
	case CXCursor_UnaryExpr: /* sizeof and the like: not evaluated */
	case CXCursor_BlockExpr:
		return CXChildVisit_Continue;
	default:
		return CXChildVisit_Recurse;
	}
}

static void visit_body(struct block_check *check, CXCursor body)
{
	clang_visitChildren(body, visit_call, check);
}

static void found_in_async(struct block_check *check, uint32_t first, uint32_t last,
			   const struct helper *callee)
{
	struct unit *unit = check->unit;
	bool direct = !callee->callee && callee->instead;
	if ((callee->on_descriptor && check->waits_for_descriptors) ||
	    !warn_at(unit, WARNING_BLOCKING, first,
		     "call of '%s' blocks the thread and every task on it%s%s%s", callee->name,
		     direct ? "; use 'await " : "", direct ? callee->instead : "",
		     direct ? "'" : ""))
		return;
	diagnose_range(unit, first, last);
	for (; callee && callee->callee; callee = callee->next)
		note_at(unit, callee->call, "'%s' calls '%s' here", callee->name, callee->callee);
}

/* Locks */

static const char *const lock_names[] = {
	"pthread_mutex_lock",
	"pthread_rwlock_rdlock",
	"pthread_rwlock_wrlock",
	"pthread_spin_lock",
	"mtx_lock",
	NULL,
};
static const char *const unlock_names[] = {
	"pthread_mutex_unlock", "pthread_rwlock_unlock", "pthread_spin_unlock", "mtx_unlock", NULL,
};

struct lock {
	const struct expr *call;
	bool reported;
};

struct lock_check {
	struct unit *unit;
	VEC(struct lock) locks;
};

static bool same_text(const struct unit *unit, const struct expr *a, const struct expr *b)
{
	if (a->last - a->first != b->last - b->first)
		return false;
	for (uint32_t i = 0; i <= a->last - a->first; i++)
		if (TOKEN(unit, a->first + i)->id != TOKEN(unit, b->first + i)->id)
			return false;
	return true;
}

static void clear_all(struct bits facts)
{
	memset(facts.words, 0, facts.word_count * sizeof *facts.words);
}

/* A function that is given the lock may unlock it; an unlock of what is spelled in a way
 * not seen before may be of any. */
static void pass_unlock(const struct lock_check *check, const struct expr *call, struct bits facts)
{
	bool any = false;
	for (uint32_t i = 1; i < call->kid_count; i++)
		for (size_t l = 0; l < check->locks.len; l++)
			if (same_text(check->unit, call->kids[i],
				      check->locks.at[l].call->kids[1])) {
				bits_clear(facts, l);
				any = true;
			}
	if (!any && is_one_of(called_name(check->unit, call), unlock_names))
		clear_all(facts);
}

static void report_locks(struct lock_check *check, const struct flow_node *await, struct bits facts)
{
	struct unit *unit = check->unit;
	for (size_t i = 0; i < check->locks.len; i++) {
		struct lock *lock = &check->locks.at[i];
		if (lock->reported || !bits_get(facts, i))
			continue;
		lock->reported = true;
		if (!warn_at(unit, WARNING_BLOCKING, await->token,
			     "await while a lock is held; a task that wants it blocks the thread "
			     "and every task on it"))
			continue;
		diagnose_range(unit, await->expr->first, await->expr->last);
		note_at(unit, lock->call->first, "the lock is taken here");
	}
}

static void pass_lock(void *context, const struct flow_node *node, struct bits facts, bool final)
{
	struct lock_check *check = context;
	if (node->kind == FLOW_LEAVE) {
		for (const struct scope *scope = node->from; scope && scope != node->to;
		     scope = scope->parent)
			for (size_t i = 0; i < scope->names.len; i++)
				if (scope->names.at[i]->cleanup)
					clear_all(facts);
		return;
	}
	if (node->kind != FLOW_EXPR)
		return;
	if (final && node->expr->kind == E_AWAIT)
		report_locks(check, node, facts);
	if (node->expr->kind != E_CALL)
		return;
	size_t own = 0;
	while (own < check->locks.len && check->locks.at[own].call != node->expr)
		own++;
	if (own < check->locks.len)
		bits_set(facts, own);
	else
		pass_unlock(check, node->expr, facts);
}

/* Where locking has failed, with a result that is not 0, nothing is held. */
static void assume_lock(void *context, const struct flow_edge *edge, struct bits facts)
{
	struct lock_check *check = context;
	const struct expr *expr = edge->condition;
	bool failed = edge->truth;
	if (expr->kind == E_BINARY && (expr->op == K_EQ || expr->op == K_NE)) {
		failed = edge->truth == (expr->op == K_NE);
		expr = expr->kids[0];
	}
	for (size_t i = 0; failed && i < check->locks.len; i++)
		if (check->locks.at[i].call == expr)
			bits_clear(facts, i);
}

static void warn_locks(struct unit *unit, const struct flow *flow)
{
	struct lock_check check = {.unit = unit};
	for (size_t i = 0; i < flow->nodes.len; i++) {
		const struct flow_node *node = &flow->nodes.at[i];
		if (node->kind == FLOW_EXPR && node->expr->kind == E_CALL &&
		    node->expr->kid_count >= 2 &&
		    is_one_of(called_name(unit, node->expr), lock_names))
			*vec_push(unit->arena, &check.locks) = (struct lock){node->expr, false};
	}
	if (check.locks.len)
		flow_solve(flow, &(struct flow_analysis){
					 .facts = check.locks.len,
					 .must = true,
					 .context = &check,
					 .pass = pass_lock,
					 .assume = assume_lock,
				 });
}

/* Who waits for descriptors to be ready then uses the system's own calls on them. */
static bool is_wait(const struct unit *unit, const struct flow_node *node)
{
	static const char *const names[] = {"async_wait_fd", NULL};
	return node->kind == FLOW_EXPR && node->expr->kind == E_CALL &&
	       is_one_of(called_name(unit, node->expr), names);
}

void warn_blocking(struct unit *unit, struct function *fn, const struct flow *flow)
{
	struct block_check check = {.unit = unit, .found = found_in_async};
	if (!fn->is_async)
		return;
	for (size_t i = 0; i < flow->nodes.len; i++)
		check.waits_for_descriptors |= is_wait(unit, &flow->nodes.at[i]);
	visit_body(&check, fn->cursor);
	warn_locks(unit, flow);
}
