/* Warning flags: which of asyncc's warnings are on, which are errors, and where in the
 * text a pragma says otherwise.
 *
 * The flags come in the order in which the user gave them, and mean what clang's mean:
 * the last one that names a warning or a group of it decides. Pragmas are lines of the
 * text; they are looked at only when there is something to warn of.
 *
 *     -Wasync-dangling -Wno-async          none
 *     -Werror -Wno-error=async-dangling    async-dangling is a warning, others are errors
 */
#include "transform.h"

#include <stdlib.h>
#include <string.h>

enum answer { UNSAID, YES, NO };

struct state {
	bool enabled;
	enum answer is_error;
};

/* Warnings that have a value are on where that is given. */
static const struct {
	const char *name;
	bool enabled, has_value, is_error;
} known[WARNING_COUNT] = {
#define X(id, name, enabled, has_value, is_error) [id] = {name, enabled, has_value, is_error},
	WARNINGS(X)
#undef X
};

enum pragma_kind { PRAGMA_PUSH, PRAGMA_POP, PRAGMA_IGNORED, PRAGMA_WARNING, PRAGMA_ERROR };

struct pragma {
	uint32_t offset;
	enum pragma_kind kind;
	const char *flag; /* up to the quote */
};

struct warnings {
	struct state states[WARNING_COUNT];
	long long values[WARNING_COUNT];
	bool all_errors, in_system_headers, pragmas_known;
	VEC(struct pragma) pragmas;
};

/* Whether flag, of len characters, names this warning or a group that it is in. */
static bool names_warning(const char *flag, size_t len, enum warning warning)
{
	static const char *const groups[] = {"async", "everything"};
	size_t name_len = strlen(known[warning].name);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (len == strlen(groups[i]) && !strncmp(flag, groups[i], len))
			return true;
	return len >= name_len && !strncmp(flag, known[warning].name, name_len) &&
	       (len == name_len || (known[warning].has_value && flag[name_len] == '='));
}

static bool is_known(const char *flag)
{
	for (int i = 0; i < WARNING_COUNT; i++)
		if (names_warning(flag, strlen(flag), (enum warning)i))
			return true;
	return false;
}

static void set_value(struct warnings *warnings, enum warning warning, const char *flag)
{
	const char *value = strchr(flag, '=');
	if (value)
		warnings->values[warning] = strtoll(value + 1, NULL, 10);
}

static bool skip(const char **text, const char *prefix)
{
	if (strncmp(*text, prefix, strlen(prefix)) != 0)
		return false;
	*text += strlen(prefix);
	return true;
}

static void apply(struct warnings *warnings, const char *flag)
{
	bool off = skip(&flag, "no-"), error = skip(&flag, "error=");
	if (!strcmp(flag, "error"))
		warnings->all_errors = !off;
	else if (!strcmp(flag, "system-headers"))
		warnings->in_system_headers = !off;
	for (int i = 0; i < WARNING_COUNT; i++) {
		struct state *state = &warnings->states[i];
		if (!names_warning(flag, strlen(flag), (enum warning)i))
			continue;
		set_value(warnings, (enum warning)i, flag);
		if (error)
			state->is_error = off ? NO : YES;
		if (!error || !off)
			state->enabled = !off;
	}
}

static bool is_given(const struct asyncc_options *options, const char *flag)
{
	for (size_t i = 0; i < options->warning_count; i++)
		if (!strcmp(options->warnings[i], flag))
			return true;
	return false;
}

/* As clang says it of its own flags; at no place in the text. */
static void report_unknown(struct unit *unit, const char *given)
{
	const char *flag = given;
	skip(&flag, "no-");
	skip(&flag, "error=");
	if (strncmp(flag, "async", 5) != 0 || is_known(flag) ||
	    is_given(unit->options, "no-unknown-warning-option"))
		return;
	diagnose(unit, ASYNCC_WARNING, NO_TOKEN, "unknown warning option '-W%s'", given);
	struct asyncc_diagnostic *last = &unit->diagnostics.at[unit->diagnostics.len - 1];
	last->option = "unknown-warning-option";
	if (unit->warnings->all_errors) {
		last->severity = ASYNCC_ERROR;
		last->promoted = true;
	}
}

void warn_flags(struct unit *unit)
{
	const struct asyncc_options *options = unit->options;
	struct warnings *warnings = ARENA_NEW(unit->arena, struct warnings);
	unit->warnings = warnings;
	for (int i = 0; i < WARNING_COUNT; i++)
		warnings->states[i] =
			(struct state){known[i].enabled, known[i].is_error ? YES : UNSAID};
	for (size_t i = 0; i < options->warning_count; i++)
		apply(warnings, options->warnings[i]);
	for (size_t i = 0; i < options->warning_count && !options->no_warnings; i++)
		report_unknown(unit, options->warnings[i]);
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* The pragma that this line is, if it is one about diagnostics. */
static bool read_pragma(const char *line, struct pragma *pragma)
{
	static const struct {
		const char *word;
		enum pragma_kind kind;
	} words[] = {{"push", PRAGMA_PUSH},
		     {"pop", PRAGMA_POP},
		     {"ignored", PRAGMA_IGNORED},
		     {"warning", PRAGMA_WARNING},
		     {"error", PRAGMA_ERROR}};
	const char *at = skip_blanks(line);
	if (*at++ != '#')
		return false;
	at = skip_blanks(at);
	if (!skip(&at, "pragma"))
		return false;
	at = skip_blanks(at);
	if (!skip(&at, "clang") && !skip(&at, "GCC"))
		return false;
	at = skip_blanks(at);
	if (!skip(&at, "diagnostic"))
		return false;
	at = skip_blanks(at);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (skip(&at, words[i].word)) {
			at = skip_blanks(at);
			pragma->kind = words[i].kind;
			pragma->flag = skip(&at, "\"-W") ? at : "";
			return true;
		}
	return false;
}

static void find_pragmas(struct unit *unit)
{
	struct warnings *warnings = unit->warnings;
	warnings->pragmas_known = true;
	const char *end = unit->text + unit->size, *newline;
	for (const char *line = unit->text; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			newline = end;
		const char *hash = line;
		while (hash < newline && (*hash == ' ' || *hash == '\t'))
			hash++;
		if (hash == newline || *hash != '#')
			continue;
		struct pragma pragma = {.offset = (uint32_t)(line - unit->text)};
		if (read_pragma(arena_strndup(unit->arena, line, (size_t)(newline - line)),
				&pragma))
			*vec_push(unit->arena, &warnings->pragmas) = pragma;
	}
}

static struct state changed_by(struct state state, const struct pragma *pragma)
{
	switch (pragma->kind) {
	case PRAGMA_IGNORED:
		state.enabled = false;
		break;
	case PRAGMA_WARNING:
		return (struct state){true, NO};
	case PRAGMA_ERROR:
		return (struct state){true, YES};
	default:
		break;
	}
	return state;
}

/* What the pragmas before this place make of a warning. */
static struct state state_at(struct unit *unit, enum warning warning, uint32_t offset)
{
	struct warnings *warnings = unit->warnings;
	VEC(struct state) outer = {0};
	struct state state = warnings->states[warning];
	if (!warnings->pragmas_known)
		find_pragmas(unit);
	for (size_t i = 0; i < warnings->pragmas.len; i++) {
		const struct pragma *pragma = &warnings->pragmas.at[i];
		if (pragma->offset > offset)
			break;
		if (pragma->kind == PRAGMA_PUSH)
			*vec_push(unit->arena, &outer) = state;
		else if (pragma->kind == PRAGMA_POP && outer.len)
			state = outer.at[--outer.len];
		else if (names_warning(pragma->flag, strcspn(pragma->flag, "\"\n"), warning))
			state = changed_by(state, pragma);
	}
	return state;
}

static enum asyncc_severity severity_at(struct unit *unit, enum warning warning, uint32_t token)
{
	const struct warnings *warnings = unit->warnings;
	struct state state = state_at(unit, warning, TOKEN(unit, token)->offset);
	bool system = unit->files.at[TOKEN(unit, token)->file].system;
	if (!state.enabled || (system && !warnings->in_system_headers) ||
	    (known[warning].has_value && !warnings->values[warning]))
		return ASYNCC_NOTE;
	if (state.is_error == YES)
		return ASYNCC_ERROR;
	if (unit->options->no_warnings)
		return ASYNCC_NOTE;
	return warnings->all_errors && state.is_error != NO ? ASYNCC_ERROR : ASYNCC_WARNING;
}

long long warn_value(const struct unit *unit, enum warning warning)
{
	return unit->warnings->values[warning];
}

bool warn_is_on(struct unit *unit, enum warning warning, uint32_t token)
{
	return severity_at(unit, warning, token) != ASYNCC_NOTE;
}

bool warn_at(struct unit *unit, enum warning warning, uint32_t token, const char *format, ...)
{
	enum asyncc_severity severity = severity_at(unit, warning, token);
	if (severity == ASYNCC_NOTE)
		return false;
	va_list args;
	va_start(args, format);
	diagnose_list(unit, severity, token, format, args);
	va_end(args);
	struct asyncc_diagnostic *last = &unit->diagnostics.at[unit->diagnostics.len - 1];
	last->option = known[warning].name;
	last->promoted = severity == ASYNCC_ERROR && !known[warning].is_error;
	return true;
}
