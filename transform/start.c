/* Prepares what async_spawn and async_run need: for each function started somewhere, a
 * struct that holds the task and the call's arguments, and a function that makes the
 * call when the task is first resumed.
 *
 *     async_spawn(f(1))  =>  ({ …args v = { 1 }; …start *s = async__task_new(…);
 *                               if (s) { s->u.arguments = v; async__task_start(&s->task); } s; })
 *
 * requires: expr.async_call, unit.functions
 * provides: expr.start, fn.starts
 */
#include "transform.h"

#include <string.h>

struct starter {
	struct unit *unit;
	struct function *fn;
	struct extent task; /* without arguments and value */
};

static const char *param_type(struct unit *unit, CXType type)
{
	CXType canonical = clang_getCanonicalType(type);
	switch (canonical.kind) {
	case CXType_Pointer:
	case CXType_FunctionProto:
	case CXType_FunctionNoProto:
		return "void *";
	default:
		if (load_is_array(canonical))
			return "void *";
		return load_unqualified(load_type_text(unit, type));
	}
}

static const struct expr *strip(const struct expr *expr)
{
	while (expr->kind == E_PAREN ||
	       (expr->kind == E_UNARY && (expr->op == K_STAR || expr->op == K_AMP)))
		expr = expr->kids[0];
	return expr;
}

static bool is_at_file_scope(struct unit *unit, uint32_t name)
{
	uint32_t body = split_find(unit, name)->body;
	return body == NO_TOKEN || name < body;
}

/* The callee, as far as the start can call it by its name: it stands before the caller, at
 * file scope. */
static const struct expr *named_function(const struct starter *starter, const struct expr *call)
{
	struct unit *unit = starter->unit;
	const struct expr *callee = strip(call->kids[0]);
	if (callee->kind != E_NAME || (callee->variable && !callee->variable->is_function))
		return NULL;
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (declared->is_function && declared->name <= starter->fn->name &&
		    TOKEN(unit, declared->name)->id == TOKEN(unit, callee->name)->id &&
		    is_at_file_scope(unit, declared->name))
			return callee;
	}
	return NULL;
}

static CXType function_type(CXType type)
{
	type = clang_getCanonicalType(type);
	while (type.kind == CXType_Pointer)
		type = clang_getCanonicalType(clang_getPointeeType(type));
	return type;
}

static void keep(struct unit *unit, struct start *start, const char *type, struct extent extent)
{
	*vec_push(unit->arena, &start->params) = type;
	*vec_push(unit->arena, &start->extents) = extent;
	start->overaligned |= extent.align > POOL_ALIGNMENT;
}

/* An enumeration that only the function knows is its integer. */
static CXType outside_type(const struct starter *starter, CXType type)
{
	const struct function *fn = starter->fn;
	CXType canonical = clang_getCanonicalType(type);
	if (canonical.kind != CXType_Enum ||
	    !type_is_declared_in(starter->unit, type, fn->body_first, fn->body_last))
		return type;
	return clang_getEnumDeclIntegerType(clang_getTypeDeclaration(canonical));
}

static void keep_param(struct unit *unit, struct start *start, CXType type)
{
	const char *text = param_type(unit, type);
	struct extent extent = {sizeof(void *), sizeof(void *)};
	if (strcmp(text, "void *") != 0)
		extent = (struct extent){clang_Type_getSizeOf(type), clang_Type_getAlignOf(type)};
	keep(unit, start, text, extent);
}

/* The start stands outside of the function. */
static void refuse_inner(struct starter *starter, CXType type, uint32_t token)
{
	const struct function *fn = starter->fn;
	if (!strcmp(param_type(starter->unit, type), "void *") ||
	    !type_is_declared_in(starter->unit, type, fn->body_first, fn->body_last))
		return;
	error_at(starter->unit, token,
		 "the type of this argument is declared inside the function; declare it at file "
		 "scope to start a task with it");
}

/* A variable argument is promoted (C11 6.5.2.2p6). */
static void keep_variable(struct starter *starter, struct start *start, const struct expr *argument)
{
	struct unit *unit = starter->unit;
	CXType type = outside_type(starter, load_type(unit, argument));
	CXType canonical = clang_getCanonicalType(type);
	if (canonical.kind == CXType_Float)
		keep(unit, start, "double", (struct extent){sizeof(double), _Alignof(double)});
	else if (canonical.kind >= CXType_Bool && canonical.kind <= CXType_ULongLong &&
		 clang_Type_getSizeOf(canonical) < (long long)sizeof(int))
		keep(unit, start, "int", (struct extent){sizeof(int), sizeof(int)});
	else
		keep_param(unit, start, type);
	refuse_inner(starter, type, argument->first);
}

/* Adds a member to a struct, of which no member is aligned to more than limit. */
static void extend(struct extent *whole, struct extent member, long long limit)
{
	if (member.align > limit)
		member.align = limit;
	whole->size = align_up(whole->size, member.align) + member.size;
	if (member.align > whole->align)
		whole->align = member.align;
}

static struct extent larger(struct extent a, struct extent b)
{
	return (struct extent){a.size > b.size ? a.size : b.size,
			       a.align > b.align ? a.align : b.align};
}

/* As the compiler lays out what start_text prints. */
static void measure(const struct starter *starter, struct start *start)
{
	struct extent arguments = {0, 1}, value = {1, 1}, whole = {0, 1};
	long long limit = start->overaligned ? 1 : POOL_ALIGNMENT;
	if (start->through_pointer)
		extend(&arguments, (struct extent){sizeof(void *), sizeof(void *)}, limit);
	for (size_t i = 0; i < start->extents.len; i++)
		extend(&arguments, start->extents.at[i], limit);
	if (start->overaligned)
		arguments.align = POOL_ALIGNMENT;
	arguments.size = align_up(arguments.size, arguments.align);
	if (!start->result->is_void)
		value = (struct extent){start->result->size,
					start->overaligned ? 1 : start->result->align};
	value = larger(arguments, value);
	value.size = align_up(value.size, value.align);
	extend(&whole, starter->task, POOL_ALIGNMENT);
	extend(&whole, value, POOL_ALIGNMENT);
	start->size = align_up(whole.size, whole.align);
}

/* Calls with variable arguments differ in what they keep. */
static const char *call_suffix(struct unit *unit, const struct expr *call)
{
	return arena_printf(unit->arena, "_%u", call->first);
}

static void fill(struct starter *starter, struct start *start, const struct expr *call)
{
	struct unit *unit = starter->unit;
	const struct expr *callee = named_function(starter, call);
	CXType type = function_type(load_type(unit, call->kids[0]));
	start->result = call->result;
	start->token = call->first;
	start->through_pointer = !callee;
	if (callee && token_is(unit, callee->name, K_MAIN))
		start->callee = "__asyncc_main";
	else
		start->callee = callee ? token_text(unit, callee->name) : NULL;
	start->overaligned = start->result->align > POOL_ALIGNMENT;
	int count = clang_getNumArgTypes(type);
	for (int i = 0; i < count; i++) {
		CXType param = outside_type(starter, clang_getArgType(type, (unsigned)i));
		refuse_inner(starter, param, call->kids[i + 1]->first);
		keep_param(unit, start, param);
		*vec_push(unit->arena, &start->passed) = load_type_text(unit, param);
	}
	start->variadic = clang_isFunctionTypeVariadic(type);
	for (uint32_t i = (uint32_t)count + 1; i < call->kid_count; i++)
		keep_variable(starter, start, call->kids[i]);
	measure(starter, start);
	if (callee)
		start->name = arena_printf(unit->arena, "__asyncc_start_%s%s",
					   token_text(unit, callee->name),
					   start->variadic ? call_suffix(unit, call) : "");
}

static bool same(const struct start *a, const struct start *b)
{
	if (a->through_pointer != b->through_pointer || a->result != b->result ||
	    a->params.len != b->params.len || a->passed.len != b->passed.len ||
	    (a->callee && strcmp(a->callee, b->callee)))
		return false;
	for (size_t i = 0; i < a->params.len; i++)
		if (strcmp(a->params.at[i], b->params.at[i]))
			return false;
	for (size_t i = 0; a->through_pointer && i < a->passed.len; i++)
		if (strcmp(a->passed.at[i], b->passed.at[i]))
			return false;
	return true;
}

static struct start *find(struct starter *starter, const struct expr *call)
{
	struct unit *unit = starter->unit;
	struct start *start = ARENA_NEW(unit->arena, struct start);
	fill(starter, start, call);
	for (size_t i = 0; i < unit->starts.len; i++)
		if (same(unit->starts.at[i], start))
			return unit->starts.at[i];
	if (!start->name)
		start->name =
			arena_printf(unit->arena, "__asyncc_start_pointer_%zu", unit->starts.len);
	*vec_push(unit->arena, &unit->starts) = start;
	*vec_push(unit->arena, &starter->fn->starts) = start;
	return start;
}

static void visit_stmt(struct starter *starter, struct stmt *stmt);

static void visit_expr(struct starter *starter, struct expr *expr)
{
	if ((expr->kind == E_SPAWN || expr->kind == E_RUN) && expr->kids[0]->async_call)
		expr->start = find(starter, expr->kids[0]);
	if (expr->body)
		visit_stmt(starter, expr->body);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		visit_expr(starter, expr->kids[i]);
}

static void visit_stmt(struct starter *starter, struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		visit_expr(starter, stmt->exprs[i]);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		visit_stmt(starter, stmt->kids[i]);
}

/* The start of an async main, for the program's entry. */
static struct start *start_of_main(const struct starter *starter)
{
	struct unit *unit = starter->unit;
	const struct function *fn = starter->fn;
	struct start *start = ARENA_NEW(unit->arena, struct start);
	start->result = fn->result;
	start->token = fn->name;
	start->callee = "__asyncc_main";
	start->name = "__asyncc_start_program";
	for (size_t i = 0; i < fn->params.len; i++)
		keep_param(unit, start, fn->params.at[i]->type);
	measure(starter, start);
	return start;
}

/* The runtime's struct async_task. */
static struct extent extent_of_task(const struct unit *unit)
{
	for (size_t i = 0; i < unit->tops.len; i++) {
		CXCursor cursor = unit->tops.at[i].cursor;
		if (clang_getCursorKind(cursor) != CXCursor_StructDecl ||
		    !clang_isCursorDefinition(cursor))
			continue;
		CXString name = clang_getCursorSpelling(cursor);
		bool found = !strcmp(clang_getCString(name), "async_task");
		clang_disposeString(name);
		CXType type = clang_getCursorType(cursor);
		if (found)
			return (struct extent){clang_Type_getSizeOf(type),
					       clang_Type_getAlignOf(type)};
	}
	return (struct extent){0, 1};
}

void start(struct unit *unit)
{
	struct extent task = extent_of_task(unit);
	for (size_t i = 0; i < unit->functions.len; i++) {
		struct starter starter = {unit, unit->functions.at[i], task};
		visit_stmt(&starter, starter.fn->body);
		if (starter.fn->is_async && starter.fn->is_main)
			starter.fn->main_start = start_of_main(&starter);
	}
}

static const char *packing(const struct start *start)
{
	return start->overaligned ? " __attribute__((packed, aligned(16)))" : "";
}

static void add_arguments_struct(struct buffer *text, const struct start *start)
{
	buffer_printf(text, "struct %s_arguments {", start->name);
	if (start->through_pointer)
		buffer_puts(text, " void *callee;");
	for (size_t i = 0; i < start->params.len; i++)
		buffer_printf(text, " __typeof__(%s) a%zu;", start->params.at[i], i);
	buffer_printf(text, " }%s;\n", packing(start));
}

static void add_call(struct buffer *text, const struct start *start)
{
	if (start->through_pointer) {
		buffer_printf(text, "((struct %s (*)(", start->result->name);
		for (size_t i = 0; i < start->passed.len; i++)
			buffer_printf(text, "%s%s", i ? ", " : "", start->passed.at[i]);
		buffer_printf(text, "%s))start->u.arguments.callee)(",
			      start->variadic     ? ", ..."
			      : start->params.len ? ""
						  : "void");
	} else {
		buffer_printf(text, "%s(", start->callee);
	}
	for (size_t i = 0; i < start->params.len; i++)
		buffer_printf(text, "%sstart->u.arguments.a%zu", i ? ", " : "", i);
	buffer_puts(text, ")");
}

const char *start_text(struct unit *unit, const struct start *start)
{
	struct buffer text = {.arena = unit->arena};
	bool is_void = start->result->is_void;
	const struct token *token = TOKEN(unit, start->token);
	buffer_puts(&text, print_unpacked(unit));
	add_arguments_struct(&text, start);
	buffer_printf(&text,
		      "struct %s {\n\tstruct async_task task;\n\tunion {\n\t\tstruct %s_arguments "
		      "arguments;\n\t\t%s%s%s;\n\t}%s u;\n}%s;\n",
		      start->name, start->name, is_void ? "char none" : "__typeof__(",
		      is_void ? "" : start->result->type_text, is_void ? "" : ") value",
		      packing(start), packing(start));
	buffer_printf(&text, "_Static_assert(sizeof(struct %s) == %lld, \"asyncc task layout\");\n",
		      start->name, start->size);
	buffer_puts(&text, print_packed_again(unit));
	buffer_printf(&text, "static const struct async_point %s_points[2];\n", start->name);
	buffer_printf(&text,
		      "static struct async_frame *%s_resume(struct async_frame *frame)\n{\n"
		      "\tstruct %s *start = (struct %s *)(void *)frame;\n\tstruct %s r = ",
		      start->name, start->name, start->name, start->result->name);
	add_call(&text, start);
	buffer_printf(&text,
		      ";\n\tif (r.pending) {\n\t\tr.pending->caller = frame;\n%s"
		      "\t\tframe->point = &%s_points[1];\n\t\treturn 0;\n\t}\n",
		      print_keeps_value(start->result) ? "\t\tstart->u.value = r.value;\n" : "",
		      start->name);
	if (!is_void)
		buffer_puts(
			&text,
			start->result->is_constant
				? "\t__builtin_memcpy((void *)&start->u.value, (void *)&r.value, "
				  "sizeof r.value);\n"
				: "\tstart->u.value = r.value;\n");
	buffer_puts(&text, "\treturn async__task_end(frame);\n}\n");
	buffer_printf(&text,
		      "static const struct async_fn %s_fn = { \"task %s\", \"%s\", %s_points, 2, "
		      "sizeof(struct %s), 0 };\n",
		      start->name, start->callee ? start->callee : "(pointer)",
		      unit->files.at[token->file].name, start->name, start->name);
	buffer_printf(&text, "static const struct async_point %s_points[2] = {\n", start->name);
	for (int i = 0; i < 2; i++) {
		buffer_printf(&text, "\t{ %s%s, &%s_fn, %u, ", i ? "async__task_end" : start->name,
			      i ? "" : "_resume", start->name, token->line);
		if (is_void)
			buffer_puts(&text, "0, \"\" },\n");
		else
			buffer_printf(&text, "__builtin_offsetof(struct %s, u.value), \"\" },\n",
				      start->name);
	}
	buffer_puts(&text, "};\n");
	return text.at;
}
