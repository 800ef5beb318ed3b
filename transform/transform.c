/* The pass list, and the library's entry. */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#ifndef ASYNCC_VERSION
#define ASYNCC_VERSION "0.1.0"
#endif

const char *const asyncc_pass_names[] = {"words", "collect", "parse", "pin", "normalise",
					 "live",  "frame",   "emit",  NULL};

/* What depends on the ways through a function, and on types that clang has understood. */
static void check_ways(struct unit *unit)
{
	for (size_t i = 0; !unit->broken && i < unit->functions.len; i++) {
		struct function *fn = unit->functions.at[i];
		if (!fn->body)
			continue;
		const struct flow *flow = flow_new(unit, fn);
		check_flow(unit, fn, flow);
		warn_blocking(unit, fn, flow);
		warn_tasks(unit, fn, flow);
	}
}

static void transform_functions(struct unit *unit)
{
	for (size_t i = 0; i < unit->functions.len; i++) {
		struct function *fn = unit->functions.at[i];
		fn->source = fn->body;
		open_types(unit, fn);
		vla(unit, fn);
		unwind(unit, fn);
		pin(unit, fn);
		if (!fn->is_async || fn->gone)
			continue;
		dump_function(unit, fn, "pin");
		normalise(unit, fn);
		dump_function(unit, fn, "normalise");
		live(unit, fn);
		dump_function(unit, fn, "live");
		frame(unit, fn);
		warn_frame(unit, fn);
		budget_check(unit, fn);
		dump_function(unit, fn, "frame");
	}
}

/* Runs the passes. False: the text has nothing async in it. */
static bool run(struct unit *unit, struct buffer *out)
{
	warn_flags(unit);
	lex(unit);
	words(unit);
	dump_words(unit);
	if (!unit->has_async)
		return false;
	split(unit);
	load(unit);
	unit->broken = unit->failed;
	budget_read(unit);
	collect(unit);
	dump_declared(unit);
	parse(unit);
	for (size_t i = 0; i < unit->functions.len; i++)
		dump_function(unit, unit->functions.at[i], "parse");
	check(unit);
	check_ways(unit);
	if (!unit->failed)
		align(unit);
	if (!unit->failed)
		transform_functions(unit);
	if (!unit->failed) {
		callers(unit);
		start(unit);
	}
	if (!unit->failed && unit->options->report)
		report_frames(unit, out);
	else if (!unit->failed)
		emit(unit, out);
	return true;
}

static bool wants_dump(const struct asyncc_options *options)
{
	return options->dump && strcmp(options->dump, "emit") != 0;
}

struct asyncc_result asyncc_transform(const char *text, size_t size,
				      const struct asyncc_options *options)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (!arena)
		exit(1);
	struct unit *unit = ARENA_NEW(arena, struct unit);
	unit->arena = arena;
	unit->options = options;
	unit->text = text;
	unit->size = size;
	unit->names.arena = arena;
	unit->dump.arena = arena;
	struct buffer out = {.arena = arena};
	bool changed = run(unit, &out);
	diagnose_sort(unit);
	unload(unit);
	struct buffer *wanted = wants_dump(options) ? &unit->dump : &out;
	struct asyncc_result result = {
		.changed = changed,
		.failed = unit->failed,
		.text = unit->failed && !wants_dump(options) ? NULL : wanted->at,
		.size = unit->failed && !wants_dump(options) ? 0 : wanted->len,
		.diagnostics = unit->diagnostics.at,
		.diagnostic_count = unit->diagnostics.len,
		.words = unit->words.at,
		.word_count = unit->words.len,
		.storage = arena,
	};
	return result;
}

void asyncc_result_free(struct asyncc_result *result)
{
	struct arena *arena = result->storage;
	if (!arena)
		return;
	arena_free(arena);
	free(arena);
	*result = (struct asyncc_result){0};
}

const char *asyncc_version(void)
{
	return ASYNCC_VERSION;
}
