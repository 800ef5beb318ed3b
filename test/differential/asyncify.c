/* asyncify: turns a plain C program into the same program with async functions.
 *
 *     asyncify [OPTIONS] FILE.c... [-- COMPILER-OPTIONS]
 *
 *     -o FILE         the output, for one source (default: standard output)
 *     -d DIR          the outputs DIR/NAME.i, for any number of sources
 *     --plain=NAME    leave this function plain (any number of times)
 *     --plain-list=F  the same for each word in the file F
 *     --both          keep a plain function beside the async one where plain code needs it
 *     --no-suspend    call nothing that suspends: only async and await
 *     --share=N       make only about N of 100 functions async ...
 *     --seed=N        ... chosen by this seed
 *     --report        say on standard error what is left plain, and why
 *
 * Every function that can be async is; each call of one is awaited; and a call of
 * asyncify_suspend, which suspends when the environment says so (suspend.h), stands at
 * the start of each function and of each loop's body:
 *
 *     static int f(int n)            static _Async int f(int n)
 *     {                              { _Await asyncify_suspend();
 *             while (n > 9)                  while (n > 9)
 *                     n = g(n);                      {_Await asyncify_suspend(); n = (_Await
 * g(n));} return n;                      return n; }                              }
 *
 * The sources are preprocessed first, so what a macro makes is turned async as well,
 * and the output is preprocessed C whose line markers name the original; clang and gcc
 * compile it, as the headers' own types _Float32 and the like are left out. A program of
 * several sources is given whole, as a function is async in all of them or in none:
 *
 *     asyncify -d out main.c util.c -- -Iinclude -DNDEBUG
 *     asyncc -w out/main.i out/util.i suspend.c -I.../include -o program
 *
 * The original sources are the erased program, the oracle.
 *
 * Left plain is a function
 *  - that is not defined in these sources, or is declared in a system header;
 *  - whose name is used other than to call it: plain code may call it through that
 *    pointer (comparators of qsort, handlers of signals, tables of operations). With
 *    --both the plain function stays for that and an async one with "_asyncified" behind
 *    its name stands beside it, unless it has static variables, which must not be two;
 *  - that is variadic, or has a parameter without a name, no prototype or an old-style
 *    list of parameters;
 *  - that mentions what async functions do not have, such as setjmp, or an attribute that
 *    says otherwise (see words_of_plain), or is declared together with an object;
 *  - that a function left plain calls, as that one cannot await.
 *
 * The idea: visit the tree of libclang twice, over all sources. The first visit notes
 * for each function what speaks against it and whom it calls, and what follows from it
 * is spread along the calls. The second writes down edits of the preprocessed text, in
 * which no macros are left, so that every node has its place.
 */
#include <clang-c/Index.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct function {
	const char *key, *name;
	const char *plain;  /* why it is left plain, or NULL */
	const char *needed; /* why plain code needs it, or NULL */
	bool has_state;     /* variables that a second definition would not share */
	bool defined;
	VEC(size_t) callees;
};

/* An edit puts text at an offset. Of those at one place, the closing ones come first,
 * inner before outer, then the opening ones, outer before inner. */
struct edit {
	unsigned offset;
	bool closes;
	size_t number;
	const char *text;
};

/* A declaration that is written a second time, with its edits. */
struct copy {
	unsigned start, end;
	bool defines;
};

struct source {
	const char *path;
	char *text;
	size_t len;
	CXTranslationUnit clang;
	VEC(struct edit) edits;
	unsigned last_start;  /* of the last declaration of a function or an object */
	size_t last_function; /* that it declares, or NONE */
	VEC(struct copy) copies;
};

struct program {
	struct arena arena;
	CXIndex index;
	struct names keys;
	VEC(struct function) functions;
	VEC(struct source) sources;
	VEC(const char *) plain;
	VEC(const char *) compiler_options;
	const char *output, *folder;
	bool report, no_suspend, both;
	unsigned share, seed;
};

/* Where a visit is. */
struct place {
	struct program *program;
	struct source *source;
	size_t function; /* the one whose definition this is in, or NONE */
	bool unevaluated;
};

static const size_t NONE = (size_t)-1;

static const struct word_of_plain {
	const char *word, *why;
} words_of_plain[] = {
	{"setjmp", "calls setjmp"},
	{"_setjmp", "calls setjmp"},
	{"__sigsetjmp", "calls setjmp"},
	{"sigsetjmp", "calls setjmp"},
	{"__builtin_setjmp", "calls setjmp"},
	{"longjmp", "calls longjmp"},
	{"siglongjmp", "calls longjmp"},
	{"_longjmp", "calls longjmp"},
	{"__builtin_longjmp", "calls longjmp"},
	{"__builtin_frame_address", "uses its stack frame"},
	{"__builtin_return_address", "uses its stack frame"},
	{"vfork", "calls vfork"},
	{"constructor", "runs before main"},
	{"__constructor__", "runs before main"},
	{"destructor", "runs after main"},
	{"__destructor__", "runs after main"},
	{"alias", "is an alias"},
	{"__alias__", "is an alias"},
	{"ifunc", "is chosen at load time"},
	{"__ifunc__", "is chosen at load time"},
	{"naked", "is naked"},
	{"__naked__", "is naked"},
	{"noreturn", "does not return"},
	{"__noreturn__", "does not return"},
	{"_Noreturn", "does not return"},
	{"pure", "is pure"},
	{"__pure__", "is pure"},
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static unsigned start_of(CXCursor cursor)
{
	unsigned offset;
	clang_getFileLocation(clang_getRangeStart(clang_getCursorExtent(cursor)), NULL, NULL, NULL,
			      &offset);
	return offset;
}

static unsigned end_of(CXCursor cursor)
{
	unsigned offset;
	clang_getFileLocation(clang_getRangeEnd(clang_getCursorExtent(cursor)), NULL, NULL, NULL,
			      &offset);
	return offset;
}

static const char *keep(struct program *program, CXString string)
{
	const char *text = clang_getCString(string);
	const char *copy = arena_strndup(&program->arena, text, strlen(text));
	clang_disposeString(string);
	return copy;
}

static bool is_internal(CXCursor cursor)
{
	return clang_getCursorLinkage(cursor) == CXLinkage_Internal;
}

/* The function that a declaration declares: one of that name in the program, or in the
 * source when it is static. */
static size_t function_of(struct place *place, CXCursor declaration)
{
	struct program *program = place->program;
	const char *name = keep(program, clang_getCursorSpelling(declaration));
	const char *key = name;
	if (is_internal(declaration))
		key = arena_printf(&program->arena, "%s@%td", name,
				   place->source - program->sources.at);
	size_t number = names_intern(&program->keys, key, strlen(key));
	if (number == program->functions.len)
		*vec_push(&program->arena, &program->functions) =
			(struct function){.key = key, .name = name};
	return number;
}

static void leave_plain(struct program *program, size_t function, const char *why)
{
	if (!program->functions.at[function].plain)
		program->functions.at[function].plain = why;
}

static void need_plain(struct program *program, size_t function, const char *why)
{
	if (!program->functions.at[function].needed)
		program->functions.at[function].needed = why;
}

/* The first child and the last: one of them is the body of a loop. */
struct children {
	CXCursor first, last;
	size_t count;
};

static enum CXChildVisitResult note_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct children *children = data;
	(void)parent;
	if (!children->count++)
		children->first = cursor;
	children->last = cursor;
	return CXChildVisit_Continue;
}

static struct children children_of(CXCursor cursor)
{
	struct children children = {clang_getNullCursor(), clang_getNullCursor(), 0};
	clang_visitChildren(cursor, note_child, &children);
	return children;
}

static bool is_operand_evaluated(CXCursor cursor)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	return kind != CXCursor_UnaryExpr && kind != CXCursor_GenericSelectionExpr;
}

/* The function that is called, when a call names it. */
static bool called_function(CXCursor call, CXCursor *function)
{
	if (clang_getCursorKind(call) != CXCursor_CallExpr)
		return false;
	*function = clang_getCursorReferenced(call);
	return clang_getCursorKind(*function) == CXCursor_FunctionDecl;
}

/* First visit: what speaks against each function. */

static const char *word_of_plain(const struct source *source, unsigned start, unsigned end)
{
	for (unsigned i = start, word; i < end; i++) {
		for (word = i; i < end && is_word(source->text[i]); i++)
			;
		for (size_t n = 0; n < sizeof words_of_plain / sizeof *words_of_plain; n++)
			if (i - word == strlen(words_of_plain[n].word) &&
			    !memcmp(words_of_plain[n].word, source->text + word, i - word))
				return words_of_plain[n].why;
	}
	return NULL;
}

static bool has_nameless_parameter(CXCursor declaration)
{
	int count = clang_Cursor_getNumArguments(declaration);
	for (int i = 0; i < count; i++) {
		CXString name =
			clang_getCursorSpelling(clang_Cursor_getArgument(declaration, (unsigned)i));
		bool nameless = !*clang_getCString(name);
		clang_disposeString(name);
		if (nameless)
			return true;
	}
	return false;
}

/* Whether the parameters are declared between the parentheses and the body. */
static bool is_old_style(const struct source *source, CXCursor definition)
{
	if (clang_Cursor_getNumArguments(definition) <= 0)
		return false;
	unsigned at = start_of(clang_Cursor_getArgument(definition, 0));
	while (at && isspace((unsigned char)source->text[at - 1]))
		at--;
	return at && source->text[at - 1] != '(';
}

static bool is_pointer_to_function(CXType type)
{
	CXType pointee = clang_getPointeeType(type);
	return pointee.kind == CXType_FunctionProto || pointee.kind == CXType_FunctionNoProto ||
	       pointee.kind == CXType_Unexposed;
}

static const char *objection_to_type(CXCursor declaration)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(declaration));
	if (type.kind != CXType_FunctionProto)
		return "has no prototype";
	if (clang_isFunctionTypeVariadic(type))
		return "is variadic";
	CXType result = clang_getResultType(clang_getCursorType(declaration));
	return is_pointer_to_function(result) ? "returns a pointer to a function" : NULL;
}

static const char *objection_to(struct place *place, CXCursor declaration)
{
	const char *objection = objection_to_type(declaration);
	if (!objection)
		objection =
			word_of_plain(place->source, start_of(declaration), end_of(declaration));
	if (objection || !clang_isCursorDefinition(declaration))
		return objection;
	if (has_nameless_parameter(declaration))
		return "has a parameter without a name";
	if (is_old_style(place->source, declaration))
		return "declares its parameters outside of the parentheses";
	return NULL;
}

static enum CXChildVisitResult examine(CXCursor cursor, CXCursor parent, CXClientData data);

/* One declaration of several functions has one place for the word, so all of them are
 * async or none; and none beside an object. */
static void examine_neighbour(struct place *place, CXCursor declaration, size_t function)
{
	struct program *program = place->program;
	struct source *source = place->source;
	size_t last =
		source->last_start == start_of(declaration) ? source->last_function : function;
	if (function != NONE && last == NONE)
		leave_plain(program, function, "is declared together with an object");
	if (function == NONE && last != NONE)
		leave_plain(program, last, "is declared together with an object");
	if (function != NONE && last != NONE && function != last) {
		*vec_push(&program->arena, &program->functions.at[function].callees) = last;
		*vec_push(&program->arena, &program->functions.at[last].callees) = function;
	}
	source->last_start = start_of(declaration);
	source->last_function = function;
}

static void examine_function(struct place *place, CXCursor declaration)
{
	struct place inside = *place;
	size_t number = function_of(place, declaration);
	examine_neighbour(place, declaration, number);
	if (clang_Location_isInSystemHeader(clang_getCursorLocation(declaration))) {
		leave_plain(place->program, number, "is declared in a system header");
		return;
	}
	const char *objection = objection_to(place, declaration);
	if (objection)
		leave_plain(place->program, number, objection);
	if (clang_isCursorDefinition(declaration)) {
		place->program->functions.at[number].defined = true;
		inside.function = number;
	}
	clang_visitChildren(declaration, examine, &inside);
}

static void examine_call(struct place *place, CXCursor call, CXCursor callee)
{
	struct program *program = place->program;
	size_t number = function_of(place, callee);
	if (place->function == NONE || place->unevaluated)
		leave_plain(program, number, "is called where nothing is evaluated");
	else
		*vec_push(&program->arena, &program->functions.at[place->function].callees) =
			number;
	int count = clang_Cursor_getNumArguments(call);
	for (int i = 0; i < count; i++)
		examine(clang_Cursor_getArgument(call, (unsigned)i), call, place);
}

static void examine_reference(struct place *place, CXCursor reference)
{
	CXCursor target = clang_getCursorReferenced(reference);
	if (clang_getCursorKind(target) == CXCursor_FunctionDecl)
		need_plain(place->program, function_of(place, target), "is used as a pointer");
}

static void examine_variable(struct place *place, CXCursor variable)
{
	CXType type = clang_getCursorType(variable);
	if (type.kind == CXType_VariableArray)
		leave_plain(place->program, place->function, "has an array of variable length");
	if (clang_Cursor_getStorageClass(variable) == CX_SC_Static &&
	    !clang_isConstQualifiedType(clang_getCanonicalType(type)))
		place->program->functions.at[place->function].has_state = true;
}

static enum CXChildVisitResult examine(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct place *place = data;
	struct place inside = *place;
	CXCursor callee;
	(void)parent;
	inside.unevaluated |= !is_operand_evaluated(cursor);
	if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl)
		examine_function(place, cursor);
	else if (called_function(cursor, &callee))
		examine_call(place, cursor, callee);
	else if (clang_getCursorKind(cursor) == CXCursor_DeclRefExpr)
		examine_reference(place, cursor);
	else
		clang_visitChildren(cursor, examine, &inside);
	if (clang_getCursorKind(cursor) == CXCursor_VarDecl)
		examine_neighbour(place, cursor, NONE);
	if (place->function != NONE && clang_getCursorKind(cursor) == CXCursor_VarDecl)
		examine_variable(place, cursor);
	return CXChildVisit_Continue;
}

static bool is_chosen(struct program *program, size_t function)
{
	unsigned hash = program->seed * 2654435761u + 12345;
	for (const char *c = program->functions.at[function].key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return (hash >> 8) % 100 < program->share;
}

static void choose(struct program *program)
{
	for (size_t i = 0; i < program->functions.len; i++) {
		struct function *function = &program->functions.at[i];
		for (size_t n = 0; n < program->plain.len; n++)
			if (!strcmp(program->plain.at[n], function->name))
				leave_plain(program, i, "is listed");
		if (!function->defined)
			leave_plain(program, i, "is not defined here");
		if (strcmp(function->name, "main") != 0 && !is_chosen(program, i))
			leave_plain(program, i, "is not chosen");
	}
}

/* A function that plain code needs is plain, or there are two of it. */
static bool settle(struct program *program, struct function *function)
{
	if (!function->needed || function->plain || (program->both && !function->has_state))
		return false;
	function->plain = function->needed;
	return true;
}

static bool is_both(const struct function *function)
{
	return function->needed && !function->plain;
}

/* Plain code needs what a plain function calls. */
static void spread(struct program *program)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < program->functions.len; i++) {
			struct function *caller = &program->functions.at[i];
			changed |= settle(program, caller);
			if (!caller->plain && !caller->needed)
				continue;
			for (size_t n = 0; n < caller->callees.len; n++) {
				size_t callee = caller->callees.at[n];
				changed |= !program->functions.at[callee].needed;
				need_plain(program, callee,
					   arena_printf(&program->arena, "is called by %s",
							caller->name));
			}
		}
	}
}

/* Second visit: the edits. */

static void put(struct place *place, unsigned offset, bool closes, const char *text)
{
	struct source *source = place->source;
	size_t number = source->edits.len;
	*vec_push(&place->program->arena, &source->edits) =
		(struct edit){offset, closes, number, text};
}

static void put_suspend(struct place *place, unsigned offset, const char *before)
{
	const char *call = place->program->no_suspend ? "" : "_Await asyncify_suspend(); ";
	put(place, offset, false, arena_printf(&place->program->arena, "%s%s", before, call));
}

/* Where a statement ends, its semicolon included. The extent of an expression ends
 * before it, and line markers may stand between. */
static unsigned end_of_statement(struct place *place, CXCursor statement)
{
	const char *text = place->source->text;
	unsigned i = end_of(statement);
	switch (clang_getCursorKind(statement)) {
	case CXCursor_CompoundStmt:
		return i;
	case CXCursor_IfStmt:
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_SwitchStmt:
	case CXCursor_LabelStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
		return end_of_statement(place, children_of(statement).last);
	default:
		break;
	}
	if (i && text[i - 1] == ';')
		return i;
	while (text[i] && text[i] != ';')
		if (text[i] == '#')
			i += (unsigned)strcspn(text + i, "\n");
		else
			i++;
	return text[i] ? i + 1 : i;
}

static enum CXChildVisitResult rewrite(CXCursor cursor, CXCursor parent, CXClientData data);

/* The async one of two functions has a name of its own. */
static void rename_at(struct place *place, unsigned offset)
{
	const char *text = place->source->text;
	while (is_word(text[offset]))
		offset++;
	put(place, offset, true, "_asyncified");
}

static void copy_declaration(struct place *place, CXCursor declaration)
{
	unsigned name;
	clang_getFileLocation(clang_getCursorLocation(declaration), NULL, NULL, NULL, &name);
	rename_at(place, name);
	*vec_push(&place->program->arena, &place->source->copies) = (struct copy){
		start_of(declaration), end_of(declaration), clang_isCursorDefinition(declaration)};
}

static enum CXChildVisitResult rename_reference(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(cursor) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	rename_at(data, start_of(cursor));
	return CXChildVisit_Break;
}

static void rewrite_function(struct place *place, CXCursor declaration)
{
	struct place inside = *place;
	size_t number = function_of(place, declaration);
	if (place->program->functions.at[number].plain)
		return;
	put(place, start_of(declaration), false, "_Async ");
	if (is_both(&place->program->functions.at[number]))
		copy_declaration(place, declaration);
	if (!clang_isCursorDefinition(declaration))
		return;
	inside.function = number;
	CXCursor body = children_of(declaration).last;
	put_suspend(&inside, start_of(body) + 1, " ");
	clang_visitChildren(body, rewrite, &inside);
}

static void rewrite_call(struct place *place, CXCursor call, CXCursor parent, CXCursor callee)
{
	bool is_statement = clang_getCursorKind(parent) == CXCursor_CompoundStmt;
	const struct function *function = &place->program->functions.at[function_of(place, callee)];
	bool awaits = !function->plain;
	if (awaits && is_both(function))
		clang_visitChildren(call, rename_reference, place);
	if (awaits)
		put(place, start_of(call), false, is_statement ? "_Await " : "(_Await ");
	if (awaits && !is_statement)
		put(place, end_of(call), true, ")");
	clang_visitChildren(call, rewrite, place);
}

static void rewrite_loop(struct place *place, CXCursor loop)
{
	struct children children = children_of(loop);
	CXCursor body =
		clang_getCursorKind(loop) == CXCursor_DoStmt ? children.first : children.last;
	if (clang_getCursorKind(body) == CXCursor_CompoundStmt) {
		put_suspend(place, start_of(body) + 1, " ");
	} else {
		put_suspend(place, start_of(body), "{");
		put(place, end_of_statement(place, body), true, "}");
	}
	clang_visitChildren(loop, rewrite, place);
}

static enum CXChildVisitResult rewrite(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct place *place = data;
	CXCursor callee;
	switch (clang_getCursorKind(cursor)) {
	case CXCursor_FunctionDecl:
		rewrite_function(place, cursor);
		break;
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
		rewrite_loop(place, cursor);
		break;
	default:
		if (called_function(cursor, &callee))
			rewrite_call(place, cursor, parent, callee);
		else
			clang_visitChildren(cursor, rewrite, place);
	}
	return CXChildVisit_Continue;
}

static int compare_edits(const void *left, const void *right)
{
	const struct edit *a = left, *b = right;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->closes != b->closes)
		return a->closes ? -1 : 1;
	return (a->number < b->number) != a->closes ? -1 : 1;
}

/* One declaration of several functions has one place for the word. */
static bool is_repeated(const struct source *source, size_t i)
{
	const struct edit *edit = &source->edits.at[i];
	return i && edit->text[1] == 'A' && edit->offset == edit[-1].offset &&
	       !strcmp(edit->text, edit[-1].text) && !strcmp(edit->text, "_Async ");
}

/* Writes the text from a place to another with the edits from number i on; returns the
 * number of the first edit behind. */
static size_t write_edited(struct source *source, unsigned from, unsigned to, size_t i, FILE *out)
{
	for (; i < source->edits.len; i++) {
		const struct edit *edit = &source->edits.at[i];
		if (edit->offset > to || (edit->offset == to && !edit->closes))
			break;
		fwrite(source->text + from, 1, edit->offset - from, out);
		if (!is_repeated(source, i))
			fputs(edit->text, out);
		from = edit->offset;
	}
	fwrite(source->text + from, 1, to - from, out);
	return i;
}

static void write_source(struct source *source, FILE *out)
{
	unsigned from = 0;
	size_t edit = 0;
	if (source->edits.len)
		qsort(source->edits.at, source->edits.len, sizeof *source->edits.at, compare_edits);
	for (size_t i = 0; i < source->copies.len; i++) {
		const struct copy *copy = &source->copies.at[i];
		edit = write_edited(source, from, copy->start, edit, out);
		edit = write_edited(source, copy->start, copy->end, edit, out);
		fputs(copy->defines ? "\n" : ";\n", out);
		from = copy->start;
		fwrite(source->text + from, 1, copy->end - from, out);
		from = copy->end;
	}
	write_edited(source, from, (unsigned)source->len, edit, out);
}

/* Reading and writing. */

_Noreturn static void fail(const char *what, const char *name)
{
	fprintf(stderr, "asyncify: %s: %s\n", name, what);
	exit(1);
}

static void read_all(struct program *program, struct buffer *buffer, FILE *file)
{
	char part[16384];
	size_t len;
	buffer->arena = &program->arena;
	buffer_puts(buffer, "");
	while ((len = fread(part, 1, sizeof part, file)) > 0)
		buffer_add(buffer, part, len);
}

static void add_quoted(struct buffer *command, const char *word)
{
	buffer_puts(command, " '");
	for (; *word; word++)
		if (*word == '\'')
			buffer_puts(command, "'\\''");
		else
			buffer_add(command, word, 1);
	buffer_puts(command, "'");
}

/* glibc gives clang typedefs of what gcc has as keywords. */
static void hide_float_types(struct buffer *command)
{
	static const char *const none[] = {
		"FLOAT16",
		"FLOAT32",
		"FLOAT64",
		"FLOAT128",
		"FLOAT32X",
		"FLOAT64X",
		"FLOAT128X",
		"DISTINCT_FLOAT16",
		"DISTINCT_FLOAT32",
		"DISTINCT_FLOAT64",
		"DISTINCT_FLOAT128",
		"DISTINCT_FLOAT32X",
		"DISTINCT_FLOAT64X",
		"DISTINCT_FLOAT128X",
		"FLOAT64X_LONG_DOUBLE",
		"FLOATN_NOT_TYPEDEF",
		"FLOAT128_UNLIKE_LDBL",
	};
	buffer_puts(command, " -D_BITS_FLOATN_H -D_BITS_FLOATN_COMMON_H");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		buffer_printf(command, " -D__HAVE_%s=0", none[i]);
}

static void preprocess(struct program *program, struct source *source)
{
	struct buffer command = {.arena = &program->arena}, text = {0};
	buffer_puts(&command, ASYNCIFY_CLANG " -E -w -D__ASYNCC__ -include " ASYNCIFY_SUSPEND
					     " -isystem " ASYNCIFY_INCLUDE);
	hide_float_types(&command);
	for (size_t i = 0; i < program->compiler_options.len; i++)
		add_quoted(&command, program->compiler_options.at[i]);
	add_quoted(&command, source->path);
	FILE *pipe = popen(command.at, "r");
	if (!pipe)
		fail(strerror(errno), ASYNCIFY_CLANG);
	read_all(program, &text, pipe);
	if (pclose(pipe) != 0)
		fail("cannot be preprocessed", source->path);
	source->text = text.at;
	source->len = text.len;
}

static void report_errors(struct source *source)
{
	unsigned count = clang_getNumDiagnostics(source->clang), errors = 0;
	for (unsigned i = 0; i < count; i++) {
		CXDiagnostic diagnostic = clang_getDiagnostic(source->clang, i);
		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
			CXString text = clang_formatDiagnostic(
				diagnostic, clang_defaultDiagnosticDisplayOptions());
			fprintf(stderr, "%s\n", clang_getCString(text));
			clang_disposeString(text);
			errors++;
		}
		clang_disposeDiagnostic(diagnostic);
	}
	if (errors)
		fail("cannot be parsed", source->path);
}

/* The words stay in the text that is edited, and are nothing to libclang. Macros do not
 * move what stands in the text. */
static void parse(struct program *program, struct source *source)
{
	static const char *const fixed[] = {"-undef", "-D_Async=", "-w", "-Wno-everything"};
	enum { FIXED = sizeof fixed / sizeof *fixed };
	size_t count = FIXED + program->compiler_options.len;
	const char **args = arena_alloc(&program->arena, count * sizeof *args);
	memcpy(args, fixed, sizeof fixed);
	if (program->compiler_options.len)
		memcpy(args + FIXED, program->compiler_options.at,
		       program->compiler_options.len * sizeof *args);
	struct CXUnsavedFile file = {"asyncify-input.c", source->text, source->len};
	enum CXErrorCode code = clang_parseTranslationUnit2(
		program->index, file.Filename, args, (int)count, &file, 1, 0, &source->clang);
	if (code != CXError_Success)
		fail("libclang cannot parse this", source->path);
	report_errors(source);
}

static void visit(struct program *program, struct source *source, CXCursorVisitor visitor)
{
	struct place place = {program, source, NONE, false};
	clang_visitChildren(clang_getTranslationUnitCursor(source->clang), visitor, &place);
}

static const char *output_of(struct program *program, const struct source *source)
{
	if (!program->folder)
		return program->output;
	const char *slash = strrchr(source->path, '/');
	const char *name = slash ? slash + 1 : source->path;
	const char *dot = strrchr(name, '.');
	int len = (int)(dot ? (size_t)(dot - name) : strlen(name));
	return arena_printf(&program->arena, "%s/%.*s.i", program->folder, len, name);
}

static void write_output(struct program *program, struct source *source)
{
	const char *name = output_of(program, source);
	FILE *out = name ? fopen(name, "w") : stdout;
	if (!out)
		fail(strerror(errno), name);
	write_source(source, out);
	if (fflush(out) || ferror(out))
		fail(strerror(errno), name ? name : "standard output");
	if (name)
		fclose(out);
}

static void report(const struct program *program)
{
	size_t defined = 0, async = 0;
	for (size_t i = 0; i < program->functions.len; i++) {
		const struct function *function = &program->functions.at[i];
		if (!function->defined)
			continue;
		defined++;
		async += !function->plain;
		if (function->plain)
			fprintf(stderr, "%s %s\n", function->name, function->plain);
	}
	fprintf(stderr, "asyncify: %zu of %zu functions are async\n", async, defined);
}

static void read_list(struct program *program, const char *name)
{
	struct buffer text = {0};
	FILE *file = fopen(name, "r");
	if (!file)
		fail(strerror(errno), name);
	read_all(program, &text, file);
	fclose(file);
	for (char *rest, *word = strtok_r(text.at, " \t\r\n", &rest); word;
	     word = strtok_r(NULL, " \t\r\n", &rest))
		*vec_push(&program->arena, &program->plain) = word;
}

static bool value_of(const char *argument, const char *option, const char **value)
{
	size_t len = strlen(option);
	if (strncmp(argument, option, len) != 0)
		return false;
	*value = argument + len;
	return true;
}

static void read_option(struct program *program, const char *argument)
{
	const char *value;
	if (value_of(argument, "--plain=", &value))
		*vec_push(&program->arena, &program->plain) = value;
	else if (value_of(argument, "--plain-list=", &value))
		read_list(program, value);
	else if (value_of(argument, "--share=", &value))
		program->share = (unsigned)strtoul(value, NULL, 10);
	else if (value_of(argument, "--seed=", &value))
		program->seed = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(argument, "--report"))
		program->report = true;
	else if (!strcmp(argument, "--both"))
		program->both = true;
	else if (!strcmp(argument, "--no-suspend"))
		program->no_suspend = true;
	else if (*argument == '-')
		fail("unknown option; the head of asyncify.c describes them", argument);
	else
		*vec_push(&program->arena, &program->sources) =
			(struct source){.path = argument, .last_function = NONE};
}

static void read_arguments(struct program *program, int argc, char **argv)
{
	int i;
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "-o") && i + 1 < argc)
			program->output = argv[++i];
		else if (!strcmp(argv[i], "-d") && i + 1 < argc)
			program->folder = argv[++i];
		else
			read_option(program, argv[i]);
	}
	for (i++; i < argc; i++)
		*vec_push(&program->arena, &program->compiler_options) = argv[i];
	if (!program->sources.len)
		fail("no sources", "usage");
	if (program->sources.len > 1 && !program->folder)
		fail("several sources need -d", "usage");
}

int main(int argc, char **argv)
{
	struct program program = {.share = 100};

	program.keys.arena = &program.arena;
	read_arguments(&program, argc, argv);
	program.index = clang_createIndex(0, 0);
	for (size_t i = 0; i < program.sources.len; i++) {
		preprocess(&program, &program.sources.at[i]);
		parse(&program, &program.sources.at[i]);
		visit(&program, &program.sources.at[i], examine);
	}
	choose(&program);
	spread(&program);
	for (size_t i = 0; i < program.sources.len; i++) {
		visit(&program, &program.sources.at[i], rewrite);
		write_output(&program, &program.sources.at[i]);
		clang_disposeTranslationUnit(program.sources.at[i].clang);
	}
	if (program.report)
		report(&program);
	clang_disposeIndex(program.index);
	arena_free(&program.arena);
	return 0;
}
