/* What --dump=<pass> shows: the state after a pass, one fact a line, in source order. */
#include "transform.h"

#include <string.h>

static bool wanted(const struct unit *unit, const char *pass)
{
	return unit->options->dump && !strcmp(unit->options->dump, pass);
}

static bool is_main_file(const struct unit *unit, uint32_t token)
{
	return unit->files.at[TOKEN(unit, token)->file].main;
}

void dump_words(struct unit *unit)
{
	static const char *const names[] = {"name", "async", "await", "await statement", "gone"};
	if (!wanted(unit, "words"))
		return;
	for (uint32_t i = 0; i + 1 < unit->tokens.len; i++) {
		const struct token *token = TOKEN(unit, i);
		bool word = token->id >= K_WORD_ASYNC && token->id <= K_ATTR_AWAIT;
		if ((word || token->word != WORD_NONE) && is_main_file(unit, i))
			buffer_printf(&unit->dump, "%u: %s: %s\n", token->line, token_text(unit, i),
				      names[token->word]);
	}
}

void dump_declared(struct unit *unit)
{
	if (!wanted(unit, "collect"))
		return;
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (!is_main_file(unit, declared->word))
			continue;
		const char *kind = declared->is_typedef      ? "typedef"
				   : declared->is_definition ? "definition"
				   : declared->is_function   ? "prototype"
							     : "pointer";
		buffer_printf(&unit->dump, "%u: %s %s%s: %s (struct %s)\n",
			      TOKEN(unit, declared->word)->line,
			      declared->is_static ? "static " : "", kind,
			      declared->name == NO_TOKEN
				      ? ""
				      : arena_printf(unit->arena, " %s",
						     token_text(unit, declared->name)),
			      declared->result->key, declared->result->name);
	}
}

static const char *const stmt_names[] = {"expression", "declaration",  "block",
					 "if",         "while",        "do",
					 "for",        "switch",       "case",
					 "label",      "goto",         "goto *",
					 "break",      "continue",     "return",
					 "asm",        "empty",        "other",
					 "sequence",   "wrap",         "set",
					 "await",      "tail await",   "test",
					 "forever",    "leave unless", "continue label",
					 "jump",       "cleanup"};

static void dump_stmt(struct unit *unit, const struct function *fn, const struct stmt *stmt,
		      unsigned depth)
{
	struct printer printer = {.unit = unit,
				  .out = &unit->dump,
				  .fn = fn,
				  .body = true,
				  .readable = true,
				  .last = NO_TOKEN,
				  .file = UINT16_MAX,
				  .pragmas_until = stmt->first};
	buffer_printf(&unit->dump, "%*s%u: %s", (int)depth * 2, "", TOKEN(unit, stmt->first)->line,
		      stmt_names[stmt->kind]);
	if (stmt->awaits && stmt->kind < S_SEQUENCE)
		buffer_puts(&unit->dump, " (awaits)");
	if (stmt->variable)
		buffer_printf(&unit->dump, " %s =", stmt->variable->text);
	for (uint32_t i = 0; i < stmt->expr_count; i++) {
		buffer_puts(&unit->dump, i ? ", " : " ");
		printer.line = TOKEN(unit, stmt->exprs[i]->first)->line;
		printer.file = TOKEN(unit, stmt->exprs[i]->first)->file;
		print_expr(&printer, stmt->exprs[i]);
	}
	buffer_puts(&unit->dump, "\n");
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		dump_stmt(unit, fn, stmt->kids[i], depth + 1);
}

static void dump_pinned(struct unit *unit, const struct function *fn)
{
	for (size_t i = 0; i < fn->variables.len; i++) {
		const struct variable *variable = fn->variables.at[i];
		if (variable->pinned)
			buffer_printf(&unit->dump, "  pinned %s: offset %llu, size %lld\n",
				      variable->field, (unsigned long long)variable->offset,
				      variable->size);
		else if (strcmp(variable->field, token_text(unit, variable->token)) != 0)
			buffer_printf(&unit->dump, "  renamed %s: %s\n",
				      token_text(unit, variable->token), variable->field);
	}
}

static void dump_points(struct unit *unit, const struct function *fn, bool layout)
{
	for (size_t i = 0; i < fn->points.len; i++) {
		const struct point *point = fn->points.at[i];
		buffer_printf(&unit->dump, "  point %u, line %u:", point->number,
			      TOKEN(unit, point->token)->line);
		for (size_t j = 0; j < point->live.len; j++)
			buffer_printf(&unit->dump, " %s", point->live.at[j]->field);
		if (layout)
			buffer_printf(&unit->dump, "; %lld bytes at %lld, value at %lld",
				      point->size, fn->live_base, point->result_offset);
		buffer_puts(&unit->dump, "\n");
	}
	if (layout)
		buffer_printf(&unit->dump, "  frame: %lld bytes\n", fn->frame_size);
}

void dump_function(struct unit *unit, const struct function *fn, const char *pass)
{
	if (!wanted(unit, pass) || !is_main_file(unit, fn->name) || !fn->body)
		return;
	buffer_printf(&unit->dump, "%s:\n", token_text(unit, fn->name));
	if (!strcmp(pass, "pin"))
		dump_pinned(unit, fn);
	else if (!strcmp(pass, "live"))
		dump_points(unit, fn, false);
	else if (!strcmp(pass, "frame"))
		dump_points(unit, fn, true);
	else
		dump_stmt(unit, fn, fn->body, 1);
}
