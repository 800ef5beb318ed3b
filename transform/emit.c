/* Writes the result: every external declaration as it was but for its edits, and each
 * async function as
 *
 *     its prototype, under the name that the linker knows
 *     static inline struct R f_body(frame, args)   the user's body; frame == NULL: called,
 *                                                  else resumed at the frame's point
 *     struct R f(args)                             { return f_body(NULL, args); }
 *     static frame *f_resume(frame)                runs the body on and hands on its value
 *     f_points, f_fn                               read-only descriptors
 *
 * requires: all passes
 */
#include "transform.h"

#include <string.h>

enum { INLINE_TOKENS = 4000 };

#define ARGUMENTS "__asyncc_arguments"

/* gcc never inlines a function that does (va_arg, va_start). */
static bool reads_arguments(const struct printer *printer)
{
	const struct function *fn = printer->fn;
	bool found = fn->is_variadic;
	for (uint32_t i = fn->body_first; i < fn->body_last && !found; i++)
		found = token_is(printer->unit, i, K_VA_ARG);
	return found;
}

/* LLVM 14 threads jumps wrongly through blocks that a computed goto may reach when the switch
 * over the suspension points leads into them as well. */
#if CINDEX_VERSION_MINOR < 63
#define COMPUTED_GOTO_ATTRIBUTES "noinline, optnone"
#else
#define COMPUTED_GOTO_ATTRIBUTES "noinline"
#endif

/* An inlined body is copied into the function and into its resume function. */
static const char *body_attributes(const struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (fn->takes_label_address)
		return "static __attribute__((" COMPUTED_GOTO_ATTRIBUTES "))";
	if (fn->calls_setjmp || reads_arguments(printer) ||
	    fn->body_last - fn->body_first > INLINE_TOKENS)
		return "static __attribute__((noinline))";
	return "static inline __attribute__((always_inline))";
}

static void print_header(struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (fn->is_main && !fn->is_static)
		print_text(printer, "static ");
	print_tokens(printer, fn->first, fn->body_first - 1);
}

static bool has_own_label(const struct printer *printer)
{
	for (uint32_t i = printer->fn->params_close; i < printer->fn->body_first; i++)
		if (token_is(printer->unit, i, K_ASM))
			return true;
	return false;
}

static void print_prototype(struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (fn->is_main && !fn->is_static)
		print_text(printer, "static ");
	print_tokens(printer, fn->first, fn->params_close);
	if (!fn->is_static && !fn->is_main && !has_own_label(printer))
		print_format(printer, " __asm__(\"%s.async\")",
			     token_text(printer->unit, fn->name));
	if (fn->params_close + 1 < fn->body_first)
		print_tokens(printer, fn->params_close + 1, fn->body_first - 1);
	print_text(printer, ";\n");
}

static void print_declarations(struct printer *printer, const struct function *fn)
{
	if (!fn->points.len)
		return;
	print_format(printer, "static struct async_frame *%s_resume(struct async_frame *);\n",
		     fn->generated);
	print_format(printer, "static const struct async_point %s_points[%zu];\n", fn->generated,
		     fn->points.len);
}

static void print_dispatch(struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (fn->points.len == 1) {
		print_text(printer, "if (__asyncc_frame) goto __asyncc_resume_0;\n");
	} else if (fn->points.len > 1) {
		print_format(printer,
			     "if (__asyncc_frame) switch (__asyncc_frame->point - %s_points) {\n",
			     fn->generated);
		for (size_t i = 0; i < fn->points.len; i++)
			print_format(printer, "case %zu: goto __asyncc_resume_%zu;\n", i, i);
		print_text(printer, "default: __builtin_unreachable();\n}\n");
	}
	if (fn->pins)
		print_format(printer, "__asyncc_frame = %s;\n", print_frame_new(printer));
}

static void print_pinned_params(struct printer *printer, bool declare)
{
	const struct function *fn = printer->fn;
	for (size_t i = 0; i < fn->params.len; i++) {
		const struct variable *param = fn->params.at[i];
		if (!param->pinned)
			continue;
		if (declare)
			print_format(printer, "__typeof__(%s__argument) *%s;\n", param->field,
				     param->field);
		else
			print_format(printer,
				     "%s = __builtin_memcpy((char *)__asyncc_frame + %llu, "
				     "(void *)&%s__argument, sizeof *%s);\n",
				     param->field, (unsigned long long)param->offset, param->field,
				     param->field);
	}
}

/* The bounds of parameters are computed when the function is called. */
static void print_bounds(struct printer *printer, bool declare)
{
	const struct function *fn = printer->fn;
	if (declare && fn->allocas)
		print_format(printer, "void *%s = 0;\n", fn->allocas->text);
	for (size_t i = 0; i < fn->params.len; i++) {
		const struct variable *param = fn->params.at[i];
		for (size_t k = 0; k < param->bounds.len; k++) {
			const struct bound *bound = &param->bounds.at[k];
			if (!bound->variable)
				continue;
			print_format(printer, declare ? "__typeof__(sizeof 0) %s" : "%s = (",
				     bound->variable->text);
			if (!declare)
				print_tokens(printer, bound->expr->first, bound->expr->last);
			print_text(printer, declare ? ";\n" : ");\n");
		}
	}
}

static bool has_params(const struct function *fn)
{
	return fn->params.len > 0 || fn->is_variadic;
}

/* A parameter without a name is of no use to the body. */
static void print_params(struct printer *printer)
{
	const struct function *fn = printer->fn;
	for (size_t i = 0; i < fn->params.len; i++) {
		const struct variable *param = fn->params.at[i];
		if (i)
			print_text(printer, ", ");
		if (param->storage)
			print_format(printer, "void *%s", param->storage->text);
		else
			print_tokens(printer, load_first(printer->unit, param->cursor),
				     load_last(printer->unit, param->cursor));
	}
	if (fn->is_variadic)
		print_format(printer, "%s__builtin_va_list *%s", fn->params.len ? ", " : "",
			     ARGUMENTS);
}

static void print_body(struct printer *printer)
{
	const struct function *fn = printer->fn;
	print_format(printer, "%s%s struct %s %s_body(", attributes_of_body(printer->unit, fn),
		     body_attributes(printer), fn->result->name, fn->generated);
	if (has_frame(fn))
		print_text(printer, has_params(fn) ? "struct async_frame *__asyncc_frame, "
						   : "struct async_frame *__asyncc_frame");
	else if (!has_params(fn))
		print_text(printer, "void");
	printer->body = true;
	if (has_params(fn))
		print_params(printer);
	print_text(printer, ")\n{\n");
	printer->depth++;
	print_format(printer, "struct %s __asyncc_r;\n__asyncc_r.pending = 0;\n", fn->result->name);
	if (fn->is_main && !fn->result->is_void)
		print_text(printer, "__asyncc_r.value = 0;\n");
	print_pinned_params(printer, true);
	print_bounds(printer, true);
	print_dispatch(printer);
	print_pinned_params(printer, false);
	print_bounds(printer, false);
	print_stmt(printer, fn->body);
	print_at(printer, fn->body_last);
	print_text(printer, "\n__asyncc_done:;\n");
	if (fn->allocas)
		print_format(printer, "async__stack_free(%s);\n", fn->allocas->text);
	if (has_frame(fn))
		print_format(printer, "%s%s;\n", fn->pins ? "" : "if (__asyncc_frame) ",
			     print_frame_free(printer));
	print_text(printer, "return __asyncc_r;\n");
	printer->depth--;
	print_text(printer, "}\n");
	printer->body = false;
}

/* What va_start names; C23 has functions with no parameter before the dots. */
static const char *last_param(const struct printer *printer)
{
	const struct function *fn = printer->fn;
	return fn->params.len ? token_text(printer->unit, fn->params.at[fn->params.len - 1]->token)
			      : "0";
}

static void print_entry(struct printer *printer)
{
	const struct function *fn = printer->fn;
	print_header(printer);
	print_text(printer, "\n{\n");
	if (fn->is_variadic)
		print_format(printer, "\t__builtin_va_list %s;\n\t__builtin_va_start(%s, %s);\n",
			     ARGUMENTS, ARGUMENTS, last_param(printer));
	print_format(printer, "\t%s %s_body(",
		     fn->is_variadic
			     ? arena_printf(printer->unit->arena, "struct %s r =", fn->result->name)
			     : "return",
		     fn->generated);
	const char *separator = "";
	if (has_frame(fn)) {
		print_text(printer, "(struct async_frame *)0");
		separator = ", ";
	}
	for (size_t i = 0; i < fn->params.len; i++) {
		print_format(printer, "%s%s", separator,
			     token_text(printer->unit, fn->params.at[i]->token));
		separator = ", ";
	}
	if (fn->is_variadic)
		print_format(printer, "%s&%s);\n\t__builtin_va_end(%s);\n\treturn r;\n}\n",
			     separator, ARGUMENTS, ARGUMENTS);
	else
		print_text(printer, ");\n}\n");
}

static const char *zero_of(struct unit *unit, const struct variable *param)
{
	enum CXTypeKind kind = clang_getCanonicalType(param->type).kind;
	const char *text = load_type_text(unit, param->type);
	if (kind == CXType_Record || kind == CXType_Vector || kind == CXType_ExtVector)
		return arena_printf(unit->arena, "(__typeof__(%s)){0}", text);
	/* A matrix, which has no constants. */
	if (kind == CXType_Unexposed)
		return arena_printf(unit->arena, "({ static __typeof__(%s) zero; zero; })", text);
	return "0";
}

/* Gives the caller the value, and goes on with it or leaves that to the runtime. */
static void print_hand_on(struct printer *printer)
{
	const struct function *fn = printer->fn;
	const char *slot = "async__slot(caller)";
	if (fn->caller)
		slot = arena_printf(printer->unit->arena, "((char *)caller + %lld)",
				    fn->caller_point->result_offset);
	if (fn->result->is_constant)
		print_format(printer, "\t__builtin_memcpy(%s, (void *)&r.value, sizeof r.value);\n",
			     slot);
	else if (!fn->result->is_void)
		print_format(printer, "\t*(__typeof__(r.value) *)%s = r.value;\n", slot);
	if (!fn->caller) {
		print_text(printer, "\treturn caller;\n");
		return;
	}
	if (fn->caller->points.len > 1)
		print_format(printer,
			     "\tif (caller->point != &%s_points[%u]) __builtin_unreachable();\n",
			     fn->caller->generated, fn->caller_point->number);
	print_format(printer, "\treturn %s_resume(caller);\n", fn->caller->generated);
}

static void print_resume(struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (!fn->points.len)
		return;
	if (fn->caller)
		print_declarations(printer, fn->caller);
	print_format(
		printer,
		"%sstatic struct async_frame *%s_resume(struct async_frame *__asyncc_frame)\n{\n"
		"\tstruct async_frame *caller = __asyncc_frame->caller;\n"
		"\tif (!__asyncc_frame) __builtin_unreachable();\n"
		"\tstruct %s r = %s_body(__asyncc_frame",
		attributes_of_body(printer->unit, fn), fn->generated, fn->result->name,
		fn->generated);
	for (size_t i = 0; i < fn->params.len; i++)
		print_format(printer, ", %s", zero_of(printer->unit, fn->params.at[i]));
	if (fn->is_variadic)
		print_text(printer, ", 0");
	print_text(printer, ");\n\tif (r.pending) return 0;\n");
	print_hand_on(printer);
	print_text(printer, "}\n");
}

static void print_live_names(struct printer *printer, const struct point *point)
{
	bool any = false;
	for (size_t i = 0; i < point->live.len; i++) {
		const struct variable *variable = point->live.at[i];
		if (variable->kind == VARIABLE_TEMPORARY)
			continue;
		print_format(printer, "%s%s", any ? ", " : "",
			     token_text(printer->unit, variable->token));
		any = true;
	}
}

static void print_descriptors(struct printer *printer)
{
	const struct function *fn = printer->fn;
	if (!fn->points.len)
		return;
	const struct unit *unit = printer->unit;
	const struct token *name = TOKEN(unit, fn->name);
	print_format(printer,
		     "static const struct async_fn %s_fn = { \"%s\", \"%s\", %s_points, %zu, %lld, "
		     "0 };\n",
		     fn->generated, token_text(unit, fn->name), unit->files.at[name->file].name,
		     fn->generated, fn->points.len, fn->frame_size);
	print_format(printer, "static const struct async_point %s_points[%zu] = {\n", fn->generated,
		     fn->points.len);
	for (size_t i = 0; i < fn->points.len; i++) {
		const struct point *point = fn->points.at[i];
		print_format(printer, "\t{ %s_resume, &%s_fn, %u, %lld, \"", fn->generated,
			     fn->generated, TOKEN(unit, point->token)->line, point->result_offset);
		print_live_names(printer, point);
		print_text(printer, "\" },\n");
	}
	print_text(printer, "};\n");
}

/* The program's entry runs the user's async main. */
static void print_main(struct printer *printer)
{
	struct function *fn = (struct function *)printer->fn;
	if (!fn->is_main)
		return;
	struct start *start = fn->main_start;
	print_text(printer, start_text(printer->unit, start));
	print_text(printer, "int main(");
	print_tokens(printer, fn->params_open + 1, fn->params_close - 1);
	print_format(printer,
		     ")\n{\n\tstruct %s *s = (struct %s *)(void *)async__task_new(sizeof *s, ",
		     start->name, start->name);
	print_format(printer, "%s, %s_points);\n",
		     start->result->is_void ? "0" : "sizeof s->u.value", start->name);
	print_text(printer, "\tint status = 0;\n\tif (s) {\n");
	for (size_t i = 0; i < fn->params.len; i++)
		print_format(printer, "\t\ts->u.arguments.a%zu = %s;\n", i,
			     token_text(printer->unit, fn->params.at[i]->token));
	print_format(printer,
		     "\t}\n\tint failed = async__run(s ? &s->task : 0, %s, 0);\n"
		     "\treturn failed ? 1 : status;\n}\n",
		     start->result->is_void ? "0" : "&status");
}

static void edit_argument_start(struct unit *unit, uint32_t call)
{
	uint32_t close = token_match(unit, call + 1), comma = call + 2, depth = 0;
	for (; comma < close && (depth || !token_is(unit, comma, K_COMMA)); comma++) {
		depth += token_is(unit, comma, K_LPAREN);
		depth -= token_is(unit, comma, K_RPAREN);
	}
	token_edit(unit, call)->body_text = "__builtin_va_copy";
	for (uint32_t i = comma; i < close; i++)
		token_edit(unit, i)->body_text = "";
	token_edit(unit, close)->body_text = ", *" ARGUMENTS ")";
}

/* The body is a function of its own: it copies the list that the entry has begun. */
static void edit_variable_arguments(struct unit *unit, const struct function *fn)
{
	if (!fn->is_variadic)
		return;
	for (uint32_t i = fn->body_first; i < fn->body_last; i++)
		if (token_is(unit, i, K_VA_START) && token_is(unit, i + 1, K_LPAREN))
			edit_argument_start(unit, i);
}

/* return in a body: keep the value, leave by the one exit. */
static void edit_returns(struct unit *unit, const struct stmt *stmt, const struct result *result);

static void edit_return(struct unit *unit, const struct stmt *stmt, const struct result *result)
{
	const char *before = "{", *after = "; goto __asyncc_done; }";
	if (stmt->expr_count && !result->is_void && result->is_constant) {
		before = "{ __builtin_memcpy((void *)&__asyncc_r.value, "
			 "(__typeof__(__asyncc_r.value)[1]){";
		after = "}, sizeof __asyncc_r.value); goto __asyncc_done; }";
	} else if (stmt->expr_count && !result->is_void) {
		before = "{ __asyncc_r.value =";
	}
	token_edit(unit, stmt->first)->body_text = before;
	token_edit(unit, stmt->last)->body_text = after;
}

static void edit_returns_in(struct unit *unit, const struct expr *expr, const struct result *result)
{
	if (expr->body)
		edit_returns(unit, expr->body, result);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		edit_returns_in(unit, expr->kids[i], result);
}

static void edit_returns(struct unit *unit, const struct stmt *stmt, const struct result *result)
{
	if (stmt->kind == S_RETURN)
		edit_return(unit, stmt, result);
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		edit_returns_in(unit, stmt->exprs[i], result);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		edit_returns(unit, stmt->kids[i], result);
}

static void edit_func_names(struct unit *unit, const struct function *fn)
{
	for (uint32_t i = fn->body_first; i < fn->body_last; i++) {
		uint32_t id = TOKEN(unit, i)->id;
		if (id == K_FUNC || id == K_FUNCTION || id == K_PRETTY)
			token_edit(unit, i)->body_text =
				arena_printf(unit->arena, "%s_name", fn->generated);
	}
}

static bool names_itself(struct unit *unit, const struct function *fn)
{
	for (uint32_t i = fn->body_first; i < fn->body_last; i++) {
		uint32_t id = TOKEN(unit, i)->id;
		if (id == K_FUNC || id == K_FUNCTION || id == K_PRETTY)
			return true;
	}
	return false;
}

static void print_starts(struct printer *printer, const struct function *fn)
{
	for (size_t i = 0; i < fn->starts.len; i++)
		print_text(printer, start_text(printer->unit, fn->starts.at[i]));
}

static void print_async_function(struct printer *printer, struct function *fn)
{
	struct unit *unit = printer->unit;
	struct edit *first = token_edit(unit, fn->first);
	print_at(printer, fn->first);
	if (first->before)
		print_text(printer, first->before);
	first = token_edit(unit, fn->first);
	first->before = NULL;
	printer->fn = fn;
	describe_frame(printer, fn);
	edit_variable_arguments(unit, fn);
	print_prototype(printer);
	print_starts(printer, fn);
	print_declarations(printer, fn);
	if (names_itself(unit, fn)) {
		const char *name = token_text(unit, fn->name);
		print_format(printer, "static const char %s_name[] = \"%s\";\n", fn->generated,
			     name);
		edit_func_names(unit, fn);
	}
	print_body(printer);
	print_entry(printer);
	print_resume(printer);
	print_descriptors(printer);
	print_main(printer);
	print_at(printer, fn->last);
	const char *after = token_edit(unit, fn->last)->after;
	if (after)
		print_text(printer, after);
	printer->last = fn->last;
	printer->fn = NULL;
}

static void print_plain_function(struct printer *printer, const struct function *fn)
{
	struct unit *unit = printer->unit;
	if (fn->starts.len) {
		print_at(printer, fn->first);
		struct edit *first = token_edit(unit, fn->first);
		if (first->before)
			print_text(printer, first->before);
		first->before = NULL;
		print_starts(printer, fn);
	}
	print_tokens(printer, fn->first, fn->body_first - 1);
	print_stmt(printer, fn->body);
}

static struct function *function_at(const struct unit *unit, uint32_t first)
{
	size_t low = 0, high = unit->functions.len;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (unit->functions.at[middle]->first < first)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < unit->functions.len && unit->functions.at[low]->first == first;
	return found ? unit->functions.at[low] : NULL;
}

static bool is_main_file(const struct unit *unit, uint32_t token)
{
	return unit->files.at[TOKEN(unit, token)->file].main;
}

static void print_external(struct printer *printer, const struct external *external)
{
	struct function *fn = function_at(printer->unit, external->first);
	if (fn && fn->is_async)
		print_async_function(printer, fn);
	else if (fn)
		print_plain_function(printer, fn);
	else
		print_tokens(printer, external->first, external->last);
}

/* For a reader: the user's file alone, its headers as the lines that include them. */
static void emit_readable(struct printer *printer)
{
	const struct unit *unit = printer->unit;
	uint32_t line = 0;
	for (size_t i = 0; i < unit->externals.len; i++) {
		const struct external *external = &unit->externals.at[i];
		if (!is_main_file(unit, external->first))
			continue;
		describe_includes(printer, line, TOKEN(unit, external->first)->line);
		printer->last = NO_TOKEN;
		printer->margin = "";
		printer->pragmas_until = external->first ? external->first - 1 : 0;
		printer->line = TOKEN(unit, external->first)->line;
		print_external(printer, external);
		print_text(printer, "\n\n");
		line = TOKEN(unit, external->last)->line;
	}
}

void emit(struct unit *unit, struct buffer *out)
{
	struct printer printer = {.unit = unit, .out = out, .last = NO_TOKEN, .file = UINT16_MAX};
	printer.readable = unit->options->readable;
	for (size_t i = 0; i < unit->functions.len; i++)
		if (unit->functions.at[i]->is_async)
			edit_returns(unit, unit->functions.at[i]->source,
				     unit->functions.at[i]->result);
	if (printer.readable) {
		emit_readable(&printer);
		return;
	}
	print_gap(&printer, 0, TOKEN(unit, 0)->offset);
	printer.line = TOKEN(unit, 0)->line;
	printer.file = TOKEN(unit, 0)->file;
	for (size_t i = 0; i < unit->externals.len; i++)
		print_external(&printer, &unit->externals.at[i]);
	buffer_puts(out, "\n");
}
