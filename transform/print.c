/* Prints trees as C. Tokens that no pass changed come out with the text between them as
 * it was, so the user's lines stay; generated text is put on the user's line that it
 * stands for, by line markers where needed.
 *
 * For a reader (printer.readable) there are no markers, and generated text is laid out.
 */
#include "transform.h"

#include <stdio.h>
#include <string.h>

static void put(struct printer *printer, const char *text, size_t len)
{
	buffer_add(printer->out, text, len);
}

static bool at_line_start(const struct printer *printer)
{
	return !printer->out->len || printer->out->at[printer->out->len - 1] == '\n';
}

static void indent(struct printer *printer)
{
	if (printer->margin)
		put(printer, printer->margin, strlen(printer->margin));
	for (uint32_t i = 0; i < printer->depth; i++)
		put(printer, "\t", 1);
}

static uint32_t token_end(const struct unit *unit, uint32_t i)
{
	return TOKEN(unit, i)->offset + TOKEN(unit, i)->length;
}

const char *print_unpacked(const struct unit *unit)
{
	return unit->packs ? "\n#pragma pack(push)\n#pragma pack()\n" : "";
}

const char *print_packed_again(const struct unit *unit)
{
	return unit->packs ? "\n#pragma pack(pop)\n" : "";
}

/* Where generated text wants to end a line. */
static void put_newline(struct printer *printer)
{
	if (!printer->readable)
		put(printer, " ", 1);
	else if (!at_line_start(printer))
		put(printer, "\n", 1);
}

/* A pragma has a line of its own, after which a marker is due. */
static void put_pragma(struct printer *printer, const char *text, size_t len)
{
	if (!at_line_start(printer))
		put(printer, "\n", 1);
	put(printer, text, len);
	put(printer, "\n", 1);
	printer->file = UINT16_MAX;
}

void print_text(struct printer *printer, const char *text)
{
	printer->last = NO_TOKEN;
	while (*text) {
		size_t len = strcspn(text, "\n");
		if (!strncmp(text, "#pragma", 7)) {
			put_pragma(printer, text, len);
			text += len + (text[len] != 0);
			continue;
		}
		if (len && printer->readable && at_line_start(printer))
			indent(printer);
		put(printer, text, len);
		text += len;
		if (*text) {
			put_newline(printer);
			text++;
		}
	}
}

void print_format(struct printer *printer, const char *format, ...)
{
	char fixed[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(fixed, sizeof fixed, format, args);
	va_end(args);
	print_text(printer, fixed);
}

static void put_marker(struct printer *printer, const struct token *token)
{
	const struct source_file *file = &printer->unit->files.at[token->file];
	if (!at_line_start(printer))
		put(printer, "\n", 1);
	buffer_printf(printer->out, "# %u \"%s\"%s\n", token->line, file->name,
		      file->system ? " 3" : "");
}

/* The white space that the line of a token starts with. */
static const char *margin_of(const struct printer *printer, uint32_t i)
{
	const char *text = printer->unit->text;
	size_t start = TOKEN(printer->unit, i)->offset;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	return arena_strndup(printer->unit->arena, text + start, strspn(text + start, " \t"));
}

/* The pragmas in a stretch of the input. */
static void put_pragmas_of(struct printer *printer, const char *at, const char *end)
{
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		const char *line = at + strspn(at, " \t");
		if (line < at + len && *line == '#' &&
		    !strncmp(line + 1 + strspn(line + 1, " \t"), "pragma", 6))
			put_pragma(printer, line, len - (size_t)(line - at));
		at += len + 1;
	}
}

/* The pragmas before a token, which gaps do not bring when the tokens around them are no longer
 * neighbours. */
static void put_pragmas(struct printer *printer, uint32_t i)
{
	const struct unit *unit = printer->unit;
	while (printer->pragmas_until < i) {
		uint32_t next = ++printer->pragmas_until;
		put_pragmas_of(printer, unit->text + token_end(unit, next - 1),
			       unit->text + TOKEN(unit, next)->offset);
	}
}

void print_at(struct printer *printer, uint32_t i)
{
	const struct token *token = TOKEN(printer->unit, i);
	printer->last = NO_TOKEN;
	put_pragmas(printer, i);
	if (!printer->readable && (token->file != printer->file || token->line < printer->line ||
				   token->line > printer->line + 4)) {
		put_marker(printer, token);
	} else if (!printer->readable) {
		for (uint32_t line = printer->line; line < token->line; line++)
			put(printer, "\n", 1);
	} else if (token->line != printer->line) {
		put_newline(printer);
		printer->margin = margin_of(printer, i);
	}
	printer->line = token->line;
	printer->file = token->file;
}

const char *print_frame_new(struct printer *printer)
{
	const struct function *fn = printer->fn;
	struct arena *arena = printer->unit->arena;
	if (fn->frame_align > POOL_ALIGNMENT)
		return arena_printf(arena, "async__frame_new_aligned(%lld, %lld)", fn->frame_size,
				    fn->frame_align);
	return arena_printf(arena, "async__frame_new(%lld)", fn->frame_size);
}

const char *print_frame_free(struct printer *printer)
{
	const struct function *fn = printer->fn;
	struct arena *arena = printer->unit->arena;
	if (fn->frame_align > POOL_ALIGNMENT)
		return arena_printf(arena, "async__frame_free_aligned(__asyncc_frame, %lld, %lld)",
				    fn->frame_size, fn->frame_align);
	return arena_printf(arena, "async__frame_free(__asyncc_frame, %lld)", fn->frame_size);
}

static bool needs_space(const struct printer *printer)
{
	char last = printer->out->len ? printer->out->at[printer->out->len - 1] : '\n';
	return last != ' ' && last != '\n' && last != '\t' && last != '(' && last != '[';
}

/* A line marker as we hand it on: 1 and 2, the entering and leaving of a file, must pair
 * up, which text that is moved or printed twice would break. */
static size_t put_marker_line(struct printer *printer, const char *line, size_t len)
{
	const char *newline = memchr(line, '\n', len);
	size_t end = newline ? (size_t)(newline - line) : len, cut = end;
	while (cut > 0 && line[cut - 1] != '"')
		cut--;
	bool marker = end > 2 && line[1] == ' ' && line[2] >= '0' && line[2] <= '9' && cut > 0;
	put(printer, line, marker ? cut : end);
	/* A header of the C library has "3 4" there. */
	if (marker && memchr(line + cut, '3', end - cut))
		put(printer, " 3", 2);
	return end;
}

/* Copies the input between two tokens. */
void print_gap(struct printer *printer, uint32_t from, uint32_t to)
{
	const char *at = printer->unit->text + from, *end = printer->unit->text + to;
	while (at < end) {
		const char *hash = memchr(at, '#', (size_t)(end - at));
		put(printer, at, (size_t)((hash ? hash : end) - at));
		at = hash ? hash + put_marker_line(printer, hash, (size_t)(end - hash)) : end;
	}
}

/* Between two tokens of one run a reader sees the user's own line ends and indentation. */
static void put_readable_gap(struct printer *printer, uint32_t i)
{
	const struct unit *unit = printer->unit;
	uint32_t end = token_end(unit, i - 1), start = TOKEN(unit, i)->offset;
	if (TOKEN(unit, i)->line == printer->line) {
		if (start > end)
			put(printer, " ", 1);
		return;
	}
	printer->margin = margin_of(printer, i);
	put(printer, "\n", 1);
	put(printer, printer->margin, strlen(printer->margin));
}

static void put_gap(struct printer *printer, uint32_t i)
{
	const struct unit *unit = printer->unit;
	bool run = printer->last != NO_TOKEN && printer->last + 1 == i;
	if (run && printer->readable) {
		put_pragmas(printer, i);
		put_readable_gap(printer, i);
		return;
	}
	if (run) {
		printer->pragmas_until = i > printer->pragmas_until ? i : printer->pragmas_until;
		print_gap(printer, token_end(unit, printer->last), TOKEN(unit, i)->offset);
		return;
	}
	print_at(printer, i);
	if (printer->readable && at_line_start(printer))
		indent(printer);
	else if (needs_space(printer))
		put(printer, " ", 1);
}

static void print_token(struct printer *printer, uint32_t i)
{
	const struct unit *unit = printer->unit;
	const struct token *token = TOKEN(unit, i);
	const struct edit *edit = &unit->edits.at[token->edit];
	put_gap(printer, i);
	if (edit->before)
		print_text(printer, edit->before);
	const char *text = printer->body && edit->body_text ? edit->body_text : edit->text;
	if (text)
		print_text(printer, text);
	else if (token->word == WORD_NONE)
		put(printer, unit->text + token->offset, token->length);
	if (edit->after)
		print_text(printer, edit->after);
	printer->last = i;
	printer->line = token->line;
	printer->file = token->file;
}

void print_tokens(struct printer *printer, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last && i + 1 < printer->unit->tokens.len; i++)
		print_token(printer, i);
}

/* Tokens first to last, with the expressions among them that changed printed anew. */
static void print_range(struct printer *printer, uint32_t first, uint32_t last,
			struct expr *const *exprs, uint32_t count)
{
	uint32_t at = first;
	for (uint32_t i = 0; i < count; i++) {
		const struct expr *expr = exprs[i];
		if (!expr->changed || expr->first < at || expr->last > last)
			continue;
		if (at < expr->first)
			print_tokens(printer, at, expr->first - 1);
		print_expr(printer, expr);
		at = expr->last + 1;
	}
	if (at <= last)
		print_tokens(printer, at, last);
}

static void print_arguments(struct printer *printer, const struct expr *call,
			    const struct start *start)
{
	const char *separator = "";
	if (start->through_pointer) {
		print_text(printer, "(void *)(");
		print_expr(printer, call->kids[0]);
		print_text(printer, ")");
		separator = ", ";
	}
	for (uint32_t i = 1; i < call->kid_count; i++) {
		print_text(printer, separator);
		print_expr(printer, call->kids[i]);
		separator = ", ";
	}
}

/* The task of a start, with its arguments evaluated: a statement expression's insides. */
static void print_task(struct printer *printer, const struct expr *expr)
{
	const struct start *start = expr->start;
	bool arguments = start->through_pointer || start->params.len;
	bool is_void = start->result->is_void;
	if (arguments) {
		print_format(printer, "struct %s_arguments __asyncc_v = { ", start->name);
		print_arguments(printer, expr->kids[0], start);
		print_text(printer, " };\n");
	}
	print_format(
		printer,
		"struct %s *__asyncc_s = (struct %s *)(void *)async__task_new(sizeof *__asyncc_s, "
		"%s, %s_points);\n",
		start->name, start->name, is_void ? "0" : "sizeof __asyncc_s->u.value",
		start->name);
	if (arguments)
		print_text(printer, "if (__asyncc_s) __asyncc_s->u.arguments = __asyncc_v;\n");
}

static void print_spawn(struct printer *printer, const struct expr *expr)
{
	print_text(printer, "({ ");
	print_task(printer, expr);
	print_text(printer, "if (__asyncc_s) async__task_start(&__asyncc_s->task);\n"
			    "(void *)__asyncc_s; })");
}

static void print_run(struct printer *printer, const struct expr *expr)
{
	const struct result *result = expr->start->result;
	print_text(printer, "({ ");
	if (!result->is_void)
		print_format(printer, "__typeof__(%s) __asyncc_value;\n", result->type_text);
	print_task(printer, expr);
	if (result->is_void)
		print_text(printer,
			   "(void)async__run(__asyncc_s ? &__asyncc_s->task : 0, 0, 0);\n})");
	else
		print_format(
			printer,
			"(void)async__run(__asyncc_s ? &__asyncc_s->task : 0, &__asyncc_value, "
			"%s);\n__asyncc_value; })",
			result->is_signed_integer ? "sizeof __asyncc_value" : "0");
}

/* An async call that is only looked at, for its type. */
static void print_looked_at(struct printer *printer, const struct expr *expr)
{
	if (expr->result->is_void) {
		print_text(printer, "((void)0)");
	} else if (expr->join) {
		print_format(printer, "(*(__typeof__(%s) *)0)", expr->result->type_text);
	} else {
		print_text(printer, "(");
		print_range(printer, expr->first, expr->last, expr->kids, expr->kid_count);
		print_text(printer, ").value");
	}
}

/* A type that the literal declares is declared by what is printed first. */
static void print_literal_type(struct printer *printer, const struct expr *expr)
{
	const struct variable *object = expr->literal;
	if (!object->declares_type) {
		print_text(printer, object->type_text);
		return;
	}
	print_text(printer, "*(sizeof(__typeof__(");
	print_range(printer, expr->first + 1, token_match(printer->unit, expr->first) - 1,
		    expr->kids, expr->type_kids);
	print_format(printer, ") *) ? (__typeof__(%s) *)0 : 0)", object->type_text);
}

static void print_pinned_literal(struct printer *printer, const struct expr *expr)
{
	const struct variable *object = expr->literal;
	print_text(printer, "(*(__typeof__(");
	print_literal_type(printer, expr);
	print_format(printer,
		     ") *)__builtin_memcpy((char *)__asyncc_frame + %llu, "
		     "(__typeof__(__typeof__(%s)[1])){ ",
		     (unsigned long long)object->offset, object->type_text);
	print_expr(printer, expr->kids[expr->kid_count - 1]);
	print_format(printer, " }, %lld))", object->size);
}

void print_expr(struct printer *printer, const struct expr *expr)
{
	if (!expr->changed) {
		print_tokens(printer, expr->first, expr->last);
		return;
	}
	switch (expr->kind) {
	case E_TEMPORARY:
		if (needs_space(printer))
			put(printer, " ", 1);
		print_text(printer, expr->text ? expr->text : expr->variable->text);
		break;
	case E_SPAWN:
		print_spawn(printer, expr);
		break;
	case E_RUN:
		print_run(printer, expr);
		break;
	case E_INSTEAD:
		print_text(printer, "(");
		print_expr(printer, expr->kids[0]);
		print_text(printer, ")");
		break;
	case E_STATEMENT:
		print_text(printer, "(");
		print_stmt(printer, expr->body);
		print_text(printer, ")");
		break;
	case E_COMPOUND:
		if (expr->literal)
			print_pinned_literal(printer, expr);
		else
			print_range(printer, expr->first, expr->last, expr->kids, expr->kid_count);
		break;
	default:
		if (expr->async_call && expr->unevaluated)
			print_looked_at(printer, expr);
		else
			print_range(printer, expr->first, expr->last, expr->kids, expr->kid_count);
		break;
	}
}

static void print_pinned_declarator(struct printer *printer, const struct stmt *stmt,
				    const struct declarator *declarator)
{
	const struct variable *variable = declarator->variable;
	unsigned long long offset = variable->offset;
	uint32_t count = stmt->expr_count;
	if (!declarator->initialiser) {
		print_range(printer, declarator->first, declarator->last, stmt->exprs, count);
		print_format(printer, " = (void *)((char *)__asyncc_frame + %llu)", offset);
		return;
	}
	if (variable->declares_type) {
		print_format(printer, " %s__initial = ", variable->field);
		print_expr(printer, declarator->initialiser);
		print_format(printer,
			     ";\n__typeof__(%s__initial) *%s = __builtin_memcpy((char "
			     "*)__asyncc_frame + %llu, (void *)&%s__initial, sizeof *%s)",
			     variable->field, variable->field, offset, variable->field,
			     variable->field);
		return;
	}
	print_range(printer, declarator->first, declarator->initialiser->first - 1, stmt->exprs,
		    count);
	print_format(printer,
		     " __builtin_memcpy((char *)__asyncc_frame + %llu, "
		     "(__typeof__(__typeof__(*%s)[1])){ ",
		     offset, variable->field);
	print_expr(printer, declarator->initialiser);
	print_format(printer, " }, sizeof *%s)", variable->field);
}

/* The tag that a type defined without one was given. */
static const char *tag_of(const struct printer *printer, uint32_t open)
{
	const char *text = printer->unit->edits.at[TOKEN(printer->unit, open)->edit].text;
	return text ? arena_printf(printer->unit->arena, " %.*s", (int)strlen(text) - 2, text) : "";
}

uint32_t print_type_end(const struct unit *unit, uint32_t open)
{
	uint32_t last = token_match(unit, open);
	while (token_is(unit, last + 1, K_ATTRIBUTE))
		last = token_match(unit, last + 2);
	return last;
}

/* The compiler is to agree on how much of the frame each object takes. */
static void print_pinned_checks(struct printer *printer, const struct stmt *stmt)
{
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct variable *variable = stmt->declarators.at[i].variable;
		if (variable && variable->pinned)
			print_format(
				printer,
				"_Static_assert(sizeof *%s == %lld, \"asyncc frame layout\");\n",
				variable->field, variable->size);
	}
}

static void print_declaration(struct printer *printer, const struct stmt *stmt)
{
	if (!stmt->declarators.len) {
		print_range(printer, stmt->first, stmt->last, stmt->exprs, stmt->expr_count);
		if (!token_is(printer->unit, stmt->last, K_SEMICOLON))
			print_text(printer, ";\n");
		return;
	}
	uint32_t at = stmt->first;
	for (size_t i = 0; i < stmt->declarators.len; i++) {
		const struct declarator *declarator = &stmt->declarators.at[i];
		/* A declarator taken out of a longer declaration leaves its neighbours out. */
		uint32_t before = i ? declarator->first : stmt->specifiers_end;
		if (stmt->body_left_out) {
			print_tokens(printer, at, stmt->body_left_out - 1);
			at = print_type_end(printer->unit, stmt->body_left_out) + 1;
			print_text(printer, tag_of(printer, stmt->body_left_out));
		}
		if (at < before)
			print_range(printer, at, before - 1, stmt->exprs, stmt->expr_count);
		if (declarator->variable && declarator->variable->pinned)
			print_pinned_declarator(printer, stmt, declarator);
		else
			print_range(printer, declarator->first, declarator->last, stmt->exprs,
				    stmt->expr_count);
		at = declarator->last + 1;
	}
	print_text(printer, ";\n");
	if (!token_is(printer->unit, stmt->first - 1, K_LPAREN)) /* not in the head of a for */
		print_pinned_checks(printer, stmt);
}

static void print_kids(struct printer *printer, const struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		print_stmt(printer, stmt->kids[i]);
}

static void print_wrapped(struct printer *printer, const struct stmt *stmt)
{
	print_at(printer, stmt->first);
	print_text(printer, "{\n");
	printer->depth++;
	print_kids(printer, stmt);
	printer->depth--;
	print_text(printer, "}\n");
}

/* Neither a list nor a const object can be assigned. */
static void print_initialisation(struct printer *printer, const struct stmt *stmt)
{
	const char *text = stmt->variable->text, *name = stmt->variable->field;
	print_format(printer, "__typeof__(%s) %s__initial = ", text, name);
	print_expr(printer, stmt->exprs[0]);
	print_format(printer,
		     ";\n__builtin_memcpy((void *)&%s, (const void *)&%s__initial, sizeof %s);\n",
		     text, name, text);
}

static void print_set(struct printer *printer, const struct stmt *stmt)
{
	const struct variable *variable = stmt->variable;
	print_at(printer, stmt->first);
	if (stmt->initialises) {
		print_initialisation(printer, stmt);
		return;
	}
	if (stmt->declares && (stmt->truth || variable->type_text))
		print_format(printer, "__typeof__(%s) %s",
			     stmt->truth ? "int" : variable->type_text, variable->field);
	else
		print_format(printer, "%s%s", stmt->declares ? "__auto_type " : "", variable->text);
	if (stmt->expr_count) {
		bool braces = variable->is_bit_field;
		print_text(printer, braces ? " = {(" : stmt->truth ? " = !!(" : " = (");
		print_expr(printer, stmt->exprs[0]);
		print_text(printer, braces ? ")}" : ")");
	}
	print_text(printer, ";\n");
}

static const char *call_variable(const struct printer *printer, const struct stmt *stmt)
{
	if (stmt->variable)
		return stmt->variable->field;
	return arena_printf(printer->unit->arena, "__asyncc_void_%u", stmt->point->number);
}

/* The struct that the awaited call gives, in a variable of its own. */
static void print_call(struct printer *printer, const struct expr *call, const char *name)
{
	print_format(printer, "struct %s %s = ", call->result->name, name);
	if (!call->join) {
		print_expr(printer, call);
		print_text(printer, ";\n");
		return;
	}
	print_text(printer, "{ 0 };\n");
	if (call->result->is_signed_integer)
		print_format(printer, "%s.value = async__no_task;\n", name);
	print_format(printer, "%s.pending = async__join((struct async_task *)", name);
	print_expr(printer, call->kids[0]);
	if (call->result->is_void)
		print_text(printer, ", 0);\n");
	else
		print_format(printer, ", &%s.value);\n", name);
}

static bool needs_copy(const struct variable *variable)
{
	return variable->is_bool || variable->is_aggregate || variable->is_const;
}

/* What of a variable is in the saved state. */
static const char *stored_text(const struct variable *variable)
{
	return variable->is_bit_field ? variable->field : variable->text;
}

static void print_field(struct printer *printer, const struct variable *variable)
{
	print_format(printer, "__typeof__(%s) %s;\n", stored_text(variable), variable->field);
}

static void print_state_struct(struct printer *printer, const struct stmt *stmt, const char *tag)
{
	const struct point *point = stmt->point;
	print_text(printer, print_unpacked(printer->unit));
	print_format(printer, "struct %s {\n", tag);
	printer->depth++;
	for (size_t i = 0; i <= point->live.len; i++) {
		if (stmt->variable && i == point->value_before)
			print_field(printer, stmt->variable);
		if (i < point->live.len && !point->live.at[i]->pinned)
			print_field(printer, point->live.at[i]);
	}
	printer->depth--;
	print_text(printer, "} *__asyncc_at;\n");
	print_text(printer, print_packed_again(printer->unit));
}

/* Operations of the runtime that end with the int that their pair has from the beginning
 * need not store it. */
bool print_keeps_value(const struct result *result)
{
	return result->is_signed_integer && result->size == 4;
}

static bool has_state(const struct stmt *stmt)
{
	return stmt->point->size > 0;
}

static void print_move(struct printer *printer, const struct variable *variable, bool save)
{
	const char *field = variable->field, *text = stored_text(variable);
	if (variable->pinned) {
		if (!save)
			print_format(printer, "%s = (void *)((char *)__asyncc_frame + %llu);\n",
				     field, (unsigned long long)variable->offset);
	} else if (needs_copy(variable)) {
		print_format(
			printer,
			save ? "__builtin_memcpy((void *)&__asyncc_at->%s, (void *)&%s, sizeof "
			       "%s);\n"
			     : "__builtin_memcpy((void *)&%2$s, (void *)&__asyncc_at->%1$s, sizeof "
			       "%2$s);\n",
			field, text, text);
	} else if (save) {
		print_format(printer, "__asyncc_at->%s = %s;\n", field, text);
	} else {
		print_format(printer, "%s = __asyncc_at->%s;\n", text, field);
	}
}

static void print_state_pointer(struct printer *printer, const struct stmt *stmt)
{
	if (has_state(stmt))
		print_format(printer, "__asyncc_at = (void *)((char *)__asyncc_frame + %lld);\n",
			     printer->fn->live_base);
}

static void print_await(struct printer *printer, const struct stmt *stmt)
{
	const struct function *fn = printer->fn;
	const struct point *point = stmt->point;
	const char *name = call_variable(printer, stmt);
	const char *tag =
		arena_printf(printer->unit->arena, "%s_at_%u", fn->generated, point->number);
	print_at(printer, stmt->first);
	print_call(printer, stmt->exprs[0], name);
	print_at(printer, stmt->first);
	print_format(printer, "if (__builtin_expect(%s.pending != 0, 0)) {\n", name);
	printer->depth++;
	if (has_state(stmt)) {
		print_state_struct(printer, stmt, tag);
		print_format(
			printer,
			"_Static_assert(sizeof(struct %s) == %lld, \"asyncc frame layout\");\n",
			tag, point->size);
		if (stmt->variable)
			print_format(printer,
				     "_Static_assert(__builtin_offsetof(struct %s, %s) == %lld, "
				     "\"asyncc frame layout\");\n",
				     tag, stmt->variable->field,
				     point->result_offset - fn->live_base);
	}
	if (!fn->pins)
		print_format(printer, "if (!__asyncc_frame) __asyncc_frame = %s;\n",
			     print_frame_new(printer));
	print_state_pointer(printer, stmt);
	for (size_t i = 0; i < point->live.len; i++)
		print_move(printer, point->live.at[i], true);
	if (stmt->variable && print_keeps_value(stmt->exprs[0]->result))
		print_format(printer, "__asyncc_at->%s = %s.value;\n", stmt->variable->field, name);
	print_format(
		printer,
		"__asyncc_frame->point = &%s_points[%u];\n%s.pending->caller = __asyncc_frame;\n"
		"__asyncc_r.pending = __asyncc_frame;\nreturn __asyncc_r;\n",
		fn->generated, point->number, name);
	print_format(printer, "__asyncc_resume_%u:;\n", point->number);
	print_state_pointer(printer, stmt);
	for (size_t i = 0; i < point->live.len; i++)
		print_move(printer, point->live.at[i], false);
	if (stmt->variable)
		print_move(printer, stmt->variable, false);
	printer->depth--;
	print_text(printer, "}\n");
}

static void print_tail(struct printer *printer, const struct stmt *stmt)
{
	print_at(printer, stmt->first);
	print_call(printer, stmt->exprs[0], "__asyncc_tail");
	print_at(printer, stmt->first);
	if (printer->fn->points.len)
		print_format(printer,
			     "if (__asyncc_frame) {\nif (__asyncc_tail.pending) {\n"
			     "__asyncc_tail.pending->caller = __asyncc_frame->caller;\n%s}\n"
			     "%s;\n}\n",
			     print_keeps_value(printer->fn->result)
				     ? "*(int *)async__slot(__asyncc_frame->caller) = "
				       "__asyncc_tail.value;\n"
				     : "",
			     print_frame_free(printer));
	print_text(printer, "return __asyncc_tail;\n");
}

static void print_test(struct printer *printer, const struct stmt *stmt)
{
	print_at(printer, stmt->first);
	print_text(printer, "if (");
	print_expr(printer, stmt->exprs[0]);
	print_text(printer, ") ");
	print_stmt(printer, stmt->kids[0]);
	if (stmt->kid_count > 1) {
		print_text(printer, "else ");
		print_stmt(printer, stmt->kids[1]);
	}
}

static void print_forever(struct printer *printer, const struct stmt *stmt)
{
	print_at(printer, stmt->first);
	print_text(printer, "for (;;");
	if (stmt->expr_count) {
		print_text(printer, " ");
		print_expr(printer, stmt->exprs[0]);
	}
	print_text(printer, ") ");
	print_stmt(printer, stmt->kids[0]);
}

static void print_leave(struct printer *printer, const struct stmt *stmt)
{
	print_at(printer, stmt->first);
	print_text(printer, "if (!(");
	print_expr(printer, stmt->exprs[0]);
	print_text(printer, ")) break;\n");
}

static void print_cleanup(struct printer *printer, const struct variable *variable)
{
	if (variable->cleanup)
		print_format(printer, "%s(&%s);\n", token_text(printer->unit, variable->cleanup),
			     variable->storage ? variable->use_text : variable->text);
	if (variable->is_heap)
		print_format(printer, "async__sized_free(%s);\n", variable->storage->text);
}

/* Expressions and statements inside, in the order of the text. */
static void print_by_parts(struct printer *printer, const struct stmt *stmt)
{
	uint32_t at = stmt->first;
	for (uint32_t k = 0; k < stmt->kid_count; k++) {
		const struct stmt *kid = stmt->kids[k];
		if (at < kid->first)
			print_range(printer, at, kid->first - 1, stmt->exprs, stmt->expr_count);
		print_stmt(printer, kid);
		at = kid->last + 1;
	}
	if (at <= stmt->last)
		print_range(printer, at, stmt->last, stmt->exprs, stmt->expr_count);
}

static bool is_generated(enum stmt_kind kind)
{
	return kind >= S_SEQUENCE;
}

void print_stmt(struct printer *printer, const struct stmt *stmt)
{
	if (!stmt->changed && !stmt->awaits && !is_generated(stmt->kind)) {
		print_tokens(printer, stmt->first, stmt->last);
		return;
	}
	switch (stmt->kind) {
	case S_SEQUENCE:
		print_kids(printer, stmt);
		break;
	case S_WRAP:
		print_wrapped(printer, stmt);
		break;
	case S_SET:
		print_set(printer, stmt);
		break;
	case S_AWAIT:
		print_await(printer, stmt);
		break;
	case S_TAIL:
		print_tail(printer, stmt);
		break;
	case S_TEST:
		print_test(printer, stmt);
		break;
	case S_FOREVER:
		print_forever(printer, stmt);
		break;
	case S_LEAVE_UNLESS:
		print_leave(printer, stmt);
		break;
	case S_CLEANUP:
		print_at(printer, stmt->first);
		print_cleanup(printer, stmt->variable);
		break;
	case S_CONTINUE_LABEL:
		print_format(printer, "__asyncc_continue_%d:;\n", stmt->continue_label);
		break;
	case S_JUMP:
		print_format(printer, "goto __asyncc_continue_%d;\n", stmt->continue_label);
		break;
	case S_DECLARATION:
		print_declaration(printer, stmt);
		break;
	case S_EXPRESSION:
		if (stmt->expr_count && stmt->first == stmt->last) {
			print_at(printer, stmt->first);
			print_expr(printer, stmt->exprs[0]);
			print_text(printer, ";\n");
			break;
		}
		print_by_parts(printer, stmt);
		break;
	default:
		print_by_parts(printer, stmt);
		break;
	}
}
