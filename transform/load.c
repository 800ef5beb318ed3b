/* Parses the text with libclang, which gives what a tree over tokens cannot know:
 * types, their sizes on the target, and which declaration a name refers to.
 *
 * requires: unit.parsed
 * provides: unit.clang, unit.is_typedef; and expressions by token range on request
 */
#include "transform.h"

#include <string.h>

static const char *const fixed_args[] = {
	"-x", "c", "-undef", "-w", "-Wno-everything", "-ferror-limit=0",
};

enum { FIXED_ARGS = sizeof fixed_args / sizeof *fixed_args };

/* A system header may use what only the compiler that preprocessed the text knows. Its
 * declarations that libclang cannot read are no concern of async code. */
static bool is_foreign(const struct unit *unit, uint32_t token)
{
	return unit->files.at[TOKEN(unit, token)->file].system;
}

static void report_errors(struct unit *unit)
{
	unsigned count = clang_getNumDiagnostics(unit->clang);
	for (unsigned i = 0; i < count; i++) {
		CXDiagnostic diagnostic = clang_getDiagnostic(unit->clang, i);
		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
			unsigned offset;
			clang_getSpellingLocation(clang_getDiagnosticLocation(diagnostic), NULL,
						  NULL, NULL, &offset);
			if (is_foreign(unit, token_at(unit, offset))) {
				clang_disposeDiagnostic(diagnostic);
				continue;
			}
			CXString text = clang_getDiagnosticSpelling(diagnostic);
			error_at(unit, token_at(unit, offset), "%s", clang_getCString(text));
			unit->diagnostics.at[unit->diagnostics.len - 1].from_clang = true;
			clang_disposeString(text);
		}
		clang_disposeDiagnostic(diagnostic);
	}
}

static enum CXChildVisitResult visit_top(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct unit *unit = data;
	(void)parent;
	*vec_push(unit->arena, &unit->tops) = (struct clang_top){load_first(unit, cursor), cursor};
	if (clang_getCursorKind(cursor) == CXCursor_TypedefDecl) {
		CXString name = clang_getCursorSpelling(cursor);
		const char *text = clang_getCString(name);
		uint32_t id = names_intern(&unit->names, text, strlen(text));
		if (id < unit->is_typedef_size)
			unit->is_typedef[id] = 1;
		clang_disposeString(name);
	}
	return CXChildVisit_Continue;
}

#define PARSED_NAME "asyncc-input.c"

CXTranslationUnit load_text(struct unit *unit, const char *text, size_t len)
{
	const struct asyncc_options *options = unit->options;
	size_t count = FIXED_ARGS + options->arg_count;
	const char **args = arena_alloc(unit->arena, count * sizeof *args);
	memcpy(args, fixed_args, sizeof fixed_args);
	for (size_t i = 0; i < options->arg_count; i++)
		args[FIXED_ARGS + i] = options->args[i];
	struct CXUnsavedFile file = {PARSED_NAME, text, len};
	CXTranslationUnit clang = NULL;
	enum CXErrorCode code = clang_parseTranslationUnit2(unit->index, file.Filename, args,
							    (int)count, &file, 1, 0, &clang);
	if (code != CXError_Success)
		error_at(unit, 0, "libclang cannot parse this file (error %d)", (int)code);
	return code == CXError_Success ? clang : NULL;
}

void load(struct unit *unit)
{
	unit->is_typedef_size = unit->names.text.len;
	unit->is_typedef = arena_alloc(unit->arena, unit->is_typedef_size);
	unit->index = clang_createIndex(0, 0);
	unit->clang = load_text(unit, unit->parsed.at, unit->parsed.len);
	if (!unit->clang)
		return;
	unit->clang_file = clang_getFile(unit->clang, PARSED_NAME);
	report_errors(unit);
	clang_visitChildren(clang_getTranslationUnitCursor(unit->clang), visit_top, unit);
}

void unload(struct unit *unit)
{
	if (unit->clang)
		clang_disposeTranslationUnit(unit->clang);
	if (unit->index)
		clang_disposeIndex(unit->index);
}

static uint32_t offset_of(CXSourceLocation location)
{
	unsigned offset = 0;
	clang_getSpellingLocation(location, NULL, NULL, NULL, &offset);
	return offset;
}

uint32_t load_first(struct unit *unit, CXCursor cursor)
{
	return token_at(unit, offset_of(clang_getRangeStart(clang_getCursorExtent(cursor))));
}

uint32_t load_last(struct unit *unit, CXCursor cursor)
{
	uint32_t end = offset_of(clang_getRangeEnd(clang_getCursorExtent(cursor)));
	return token_at(unit, end ? end - 1 : 0);
}

uint32_t load_name(struct unit *unit, CXCursor cursor)
{
	return token_at(unit, offset_of(clang_getCursorLocation(cursor)));
}

/* In the place of the last token of an entry for what is declared at the first one. */
#define DECLARATION (NO_TOKEN - 1)

static size_t slot_of(const struct unit *unit, uint32_t first, uint32_t last)
{
	size_t i = first * 2654435761u ^ last * 40503u;
	for (;; i++) {
		uint32_t n = unit->expr_slots[i % unit->expr_slot_count];
		if (!n ||
		    (unit->exprs.at[n - 1].first == first && unit->exprs.at[n - 1].last == last))
			return i % unit->expr_slot_count;
	}
}

static void rehash(struct unit *unit)
{
	unit->expr_slot_count = unit->expr_slot_count ? unit->expr_slot_count * 4 : 4096;
	unit->expr_slots = arena_alloc(unit->arena, unit->expr_slot_count * sizeof(uint32_t));
	for (uint32_t n = 0; n < unit->exprs.len; n++)
		unit->expr_slots[slot_of(unit, unit->exprs.at[n].first, unit->exprs.at[n].last)] =
			n + 1;
}

/* Of the nodes with one range the innermost stays: those around it are implicit
 * conversions, and what is wanted is the type of what is written. */
static void remember(struct unit *unit, struct clang_expr expr)
{
	if (unit->exprs.len * 2 >= unit->expr_slot_count)
		rehash(unit);
	size_t slot = slot_of(unit, expr.first, expr.last);
	if (unit->expr_slots[slot]) {
		unit->exprs.at[unit->expr_slots[slot] - 1] = expr;
		return;
	}
	*vec_push(unit->arena, &unit->exprs) = expr;
	unit->expr_slots[slot] = (uint32_t)unit->exprs.len;
}

static enum CXChildVisitResult visit_expr(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	if (clang_isExpression(kind) || kind == CXCursor_TypeRef)
		remember(data, (struct clang_expr){load_first(data, cursor),
						   load_last(data, cursor), cursor});
	else if (clang_isDeclaration(kind))
		remember(data, (struct clang_expr){load_name(data, cursor), DECLARATION, cursor});
	return CXChildVisit_Recurse;
}

/* Of the declarations that begin at a token or later, the first one's number. */
static size_t top_from(const struct unit *unit, uint32_t token)
{
	size_t low = 0, high = unit->tops.len;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (unit->tops.at[middle].first < token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* libclang's external declarations may begin later than the tokens do (attributes). */
void load_exprs(struct unit *unit, const struct external *external)
{
	for (size_t i = top_from(unit, external->first); i < unit->tops.len; i++) {
		if (unit->tops.at[i].first > external->last)
			break;
		clang_visitChildren(unit->tops.at[i].cursor, visit_expr, unit);
	}
}

static CXCursor find_exactly(struct unit *unit, uint32_t first, uint32_t last)
{
	if (!unit->expr_slot_count)
		return clang_getNullCursor();
	uint32_t n = unit->expr_slots[slot_of(unit, first, last)];
	return n ? unit->exprs.at[n - 1].cursor : clang_getNullCursor();
}

CXCursor load_find(struct unit *unit, uint32_t first, uint32_t last)
{
	while (first < last && TOKEN(unit, first)->word != WORD_NONE)
		first++;
	return find_exactly(unit, first, last);
}

/* clang_getCursor visits all that is around, and misses the left operand of ?: and what
 * stands under some designators: the index has those. */
CXCursor load_cursor(struct unit *unit, uint32_t token)
{
	CXCursor known = find_exactly(unit, token, DECLARATION);
	if (clang_Cursor_isNull(known))
		known = find_exactly(unit, token, token);
	if (!clang_Cursor_isNull(known))
		return known;
	CXSourceLocation location = clang_getLocationForOffset(unit->clang, unit->clang_file,
							       TOKEN(unit, token)->parsed_offset);
	return clang_getCursor(unit->clang, location);
}

CXCursor load_referenced(struct unit *unit, const struct expr *expr)
{
	CXCursor cursor = load_find(unit, expr->first, expr->last);
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	if (kind != CXCursor_DeclRefExpr && kind != CXCursor_MemberRefExpr)
		cursor = load_cursor(unit, expr->name);
	return clang_getCursorReferenced(cursor);
}

static enum CXChildVisitResult visit_annotation(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(cursor) != CXCursor_AnnotateAttr)
		return CXChildVisit_Continue;
	CXString name = clang_getCursorSpelling(cursor);
	bool ours = !strcmp(clang_getCString(name), "asyncc.async");
	clang_disposeString(name);
	*(bool *)data |= ours;
	return ours ? CXChildVisit_Break : CXChildVisit_Continue;
}

static bool is_annotated(CXCursor declaration)
{
	bool found = false;
	clang_visitChildren(declaration, visit_annotation, &found);
	return found;
}

bool load_type_is_async(CXType type)
{
	for (;;) {
		switch (type.kind) {
		case CXType_Pointer:
			type = clang_getPointeeType(type);
			break;
		case CXType_ConstantArray:
		case CXType_IncompleteArray:
		case CXType_VariableArray:
		case CXType_Vector:
			type = clang_getElementType(type);
			break;
		case CXType_Elaborated:
			type = clang_Type_getNamedType(type);
			break;
		case CXType_Attributed:
			type = clang_Type_getModifiedType(type);
			break;
		case CXType_Typedef: {
			CXCursor declaration = clang_getTypeDeclaration(type);
			if (is_annotated(declaration))
				return true;
			type = clang_getTypedefDeclUnderlyingType(declaration);
			break;
		}
		default:
			return false;
		}
	}
}

bool load_is_async(struct unit *unit, CXCursor declaration)
{
	(void)unit;
	if (clang_Cursor_isNull(declaration))
		return false;
	return is_annotated(declaration) || is_annotated(clang_getCanonicalCursor(declaration)) ||
	       load_type_is_async(clang_getCursorType(declaration));
}

const char *load_type_text(struct unit *unit, CXType type)
{
	CXString spelling = clang_getTypeSpelling(type);
	const char *text = arena_printf(unit->arena, "%s", clang_getCString(spelling));
	clang_disposeString(spelling);
	return text;
}

bool load_is_array(CXType type)
{
	enum CXTypeKind kind = clang_getCanonicalType(type).kind;
	return kind == CXType_ConstantArray || kind == CXType_IncompleteArray ||
	       kind == CXType_VariableArray;
}

bool load_is_nameless(const char *text)
{
	return strstr(text, "(unnamed") || strstr(text, "(anonymous");
}

const char *load_unqualified(const char *text)
{
	while (!strncmp(text, "const ", 6) || !strncmp(text, "volatile ", 9))
		text = strchr(text, ' ') + 1;
	return text;
}

CXType load_type(struct unit *unit, const struct expr *expr)
{
	return clang_getCursorType(load_find(unit, expr->first, expr->last));
}
