/* Opens statement expressions whose value has a type that is declared inside them. Their
 * statements move out to before the expression around, which must know the type too; so
 * they are not put into a block, and what they declare gets names that nothing else has.
 *
 *     return ({ struct pair p = …; await f(); p; }).b + p;
 *
 *     =>  struct pair__1 p__2 = …;  await f();  __auto_type t = p__2;  return t.b + p;
 *
 * requires: trees with awaits marked
 * provides: expr.opened, scope.opened; edits of body_text; unit.type_names
 */
#include "transform.h"

#include <string.h>

struct renamed {
	uint32_t key; /* the name where it is declared first */
	const char *name;
};

struct opener {
	struct unit *unit;
	struct function *fn;
	VEC(struct renamed) renamed; /* of the outermost expression at hand */
	uint32_t last;               /* its end */
};

static CXCursor known_at(struct opener *opener, uint32_t token)
{
	CXCursor cursor = clang_getCursorReferenced(load_cursor(opener->unit, token));
	return clang_Cursor_isNull(cursor) ? cursor : clang_getCanonicalCursor(cursor);
}

static const char *new_name(struct opener *opener, uint32_t token)
{
	for (size_t i = 0; i < opener->renamed.len; i++)
		if (opener->renamed.at[i].key == token)
			return opener->renamed.at[i].name;
	return NULL;
}

static bool is_static(CXCursor cursor)
{
	return clang_getCursorKind(cursor) == CXCursor_VarDecl &&
	       clang_Cursor_getStorageClass(cursor) == CX_SC_Static;
}

static bool is_tag(enum CXCursorKind kind)
{
	return kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl ||
	       kind == CXCursor_EnumDecl;
}

/* Other variables are renamed by pin.c. */
static bool is_renamed_here(CXCursor cursor)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	return is_tag(kind) || kind == CXCursor_TypedefDecl || kind == CXCursor_EnumConstantDecl ||
	       is_static(cursor);
}

static void refuse(struct opener *opener, uint32_t token, const struct expr *expr)
{
	error_at(opener->unit, token,
		 "'%s' is declared inside an expression that awaits, as is the type of its value; "
		 "declare it before",
		 token_spelling(opener->unit, token));
	note_at(opener->unit, expr->first, "the expression begins here");
	opener->fn->gone = true;
}

/* A typedef of a struct without a name is what the struct's type is called. */
static void name_meant(struct opener *opener, CXCursor declaration)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(declaration));
	while (type.kind == CXType_Pointer || load_is_array(type))
		type = clang_getCanonicalType(type.kind == CXType_Pointer
						      ? clang_getPointeeType(type)
						      : clang_getArrayElementType(type));
	CXCursor meant = clang_getTypeDeclaration(type);
	if (is_tag(clang_getCursorKind(meant)))
		type_name_nameless(opener->unit, meant);
}

static void declare(struct opener *opener, uint32_t token, CXCursor declaration)
{
	struct unit *unit = opener->unit;
	const char *name =
		arena_printf(unit->arena, "%s__%u", token_text(unit, token), ++opener->fn->counter);
	*vec_push(unit->arena, &opener->renamed) = (struct renamed){token, name};
	if (is_tag(clang_getCursorKind(declaration)))
		type_set_name(unit, type_key(unit, declaration), name);
	else if (clang_getCursorKind(declaration) == CXCursor_TypedefDecl)
		name_meant(opener, declaration);
}

static void declare_all(struct opener *opener, const struct expr *expr)
{
	for (uint32_t i = expr->first; i < expr->last; i++) {
		if (!token_is_name(opener->unit, i))
			continue;
		CXCursor known = known_at(opener, i);
		if (is_renamed_here(known) && load_name(opener->unit, known) == i &&
		    !new_name(opener, i))
			declare(opener, i, known);
	}
}

/* The text of an asm may name its labels. */
static bool is_label_of_asm(const struct stmt *stmt, uint32_t label)
{
	for (size_t i = 0; i < stmt->labels.len; i++)
		if (stmt->labels.at[i] == label)
			return true;
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		if (is_label_of_asm(stmt->kids[i], label))
			return true;
	return false;
}

/* Labels of its own become the function's: __label__ stands at the start of a block only. */
static void rename_labels(struct opener *opener, const struct expr *expr)
{
	struct unit *unit = opener->unit;
	const struct stmt *body = expr->body;
	for (uint32_t i = 0; i < body->kid_count; i++)
		for (uint32_t k = body->kids[i]->first;
		     token_is(unit, body->kids[i]->first, K_LABEL) && k <= body->kids[i]->last; k++)
			token_edit(unit, k)->body_text = "";
	for (size_t i = 0; i < body->scope->labels.len; i++) {
		uint32_t label = body->scope->labels.at[i].unique;
		for (uint32_t k = expr->first; k < expr->last; k++) {
			if (!token_is(unit, k, label))
				continue;
			token_edit(unit, k)->body_text = token_text(unit, k);
			if (is_label_of_asm(body, label)) {
				refuse(opener, k, expr);
				break;
			}
		}
	}
}

/* Whether libclang knows what the name at a token is: a declaration, a reference, a label. */
static bool is_known(struct opener *opener, uint32_t token)
{
	CXCursor cursor = load_cursor(opener->unit, token);
	enum CXCursorKind kind = clang_getCursorKind(cursor);
	return clang_isReference(kind) || kind == CXCursor_DeclRefExpr ||
	       kind == CXCursor_MemberRefExpr || kind == CXCursor_LabelStmt ||
	       (clang_isDeclaration(kind) && load_name(opener->unit, cursor) == token);
}

static bool spells_renamed(struct opener *opener, uint32_t token)
{
	for (size_t i = 0; i < opener->renamed.len; i++)
		if (token_is(opener->unit, opener->renamed.at[i].key,
			     TOKEN(opener->unit, token)->id))
			return true;
	return false;
}

static bool is_number_of_attribute(const struct unit *unit, uint32_t token)
{
	const char *name = token_text(unit, token);
	return token_is(unit, token, K_ALIGNED) || token_is(unit, token, K_ALIGNAS) ||
	       !strcmp(name, "vector_size") || !strcmp(name, "__vector_size__");
}

/* libclang does not look into attributes, and not at the types of a selection. */
static bool is_out_of_sight(const struct unit *unit, uint32_t token, uint32_t first)
{
	uint32_t depth = 0;
	while (--token > first) {
		if (token_is(unit, token, K_RPAREN))
			depth++;
		else if (token_is(unit, token, K_LPAREN) && depth)
			depth--;
		else if (token_is(unit, token, K_LPAREN) &&
			 (is_number_of_attribute(unit, token - 1) ||
			  token_is(unit, token - 1, K_GENERIC)))
			return true;
	}
	return false;
}

static bool follows_tag_word(const struct unit *unit, uint32_t token)
{
	return token_is(unit, token - 1, K_STRUCT) || token_is(unit, token - 1, K_UNION) ||
	       token_is(unit, token - 1, K_ENUM);
}

/* Whether a declaration stands in the outermost block of the expression. */
static bool is_outermost(const struct unit *unit, uint32_t token, const struct expr *expr)
{
	for (uint32_t i = expr->body->first + 1; i < token; i++) {
		if (!token_is(unit, i, K_LBRACE))
			continue;
		if (token_match(unit, i) < token)
			i = token_match(unit, i);
		else if (!token_is(unit, i - 1, K_ENUM) && !token_is(unit, i - 2, K_ENUM))
			return false;
	}
	return true;
}

/* The new name of what the name at a token means, as far as it can mean but one thing. */
static const char *only_meaning(struct opener *opener, uint32_t token, const struct expr *expr)
{
	const struct unit *unit = opener->unit;
	const struct renamed *found = NULL;
	if (!is_out_of_sight(unit, token, expr->first))
		return NULL;
	for (size_t i = 0; i < opener->fn->variables.len; i++)
		if (opener->fn->variables.at[i]->name == TOKEN(unit, token)->id &&
		    opener->fn->variables.at[i]->token > expr->first)
			return NULL;
	for (size_t i = 0; i < opener->renamed.len; i++) {
		const struct renamed *renamed = &opener->renamed.at[i];
		if (!token_is(unit, renamed->key, TOKEN(unit, token)->id) ||
		    follows_tag_word(unit, renamed->key) != follows_tag_word(unit, token))
			continue;
		if (found || renamed->key > token || !is_outermost(unit, renamed->key, expr))
			return NULL;
		found = renamed;
	}
	return found ? found->name : NULL;
}

static void rename_all(struct opener *opener, const struct expr *expr)
{
	struct unit *unit = opener->unit;
	for (uint32_t i = expr->first; i < expr->last; i++) {
		if (!token_is_name(unit, i) || !spells_renamed(opener, i))
			continue;
		CXCursor known = known_at(opener, i);
		const char *name = clang_Cursor_isNull(known)
					   ? NULL
					   : new_name(opener, load_name(unit, known));
		if (!is_known(opener, i))
			name = only_meaning(opener, i, expr);
		if (!is_known(opener, i) && !name)
			refuse(opener, i, expr);
		else if (name)
			token_edit(unit, i)->body_text = name;
	}
}

static void rename_inside(struct opener *opener, const struct expr *expr)
{
	opener->renamed.len = 0;
	opener->last = expr->last;
	declare_all(opener, expr);
	rename_all(opener, expr);
}

struct constant_search {
	struct unit *unit;
	uint32_t name;
	bool found;
};

static enum CXChildVisitResult visit_constant(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	struct constant_search *search = data;
	if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl)
		return CXChildVisit_Continue;
	if (clang_getCursorKind(cursor) == CXCursor_EnumConstantDecl)
		search->found |=
			token_is(search->unit, load_name(search->unit, cursor), search->name);
	return search->found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* Whether a name that the linker knows means something else around the expression. */
static bool is_hidden(struct opener *opener, const struct variable *linked)
{
	struct unit *unit = opener->unit;
	for (const struct scope *scope = linked->scope->parent; scope; scope = scope->parent)
		for (size_t i = 0; i < scope->names.len; i++)
			if (scope->names.at[i]->name == linked->name)
				return true;
	if (linked->name < unit->is_typedef_size && unit->is_typedef[linked->name])
		return true;
	struct constant_search search = {unit, linked->name, false};
	clang_visitChildren(clang_getTranslationUnitCursor(unit->clang), visit_constant, &search);
	return search.found;
}

/* What the linker knows has no other name. */
static void check_linked(struct opener *opener, const struct expr *expr)
{
	const struct scope *scope = expr->body->scope;
	for (size_t i = 0; i < scope->names.len; i++) {
		const struct variable *name = scope->names.at[i];
		enum CXLinkageKind linkage =
			clang_getCursorLinkage(load_cursor(opener->unit, name->token));
		if ((linkage == CXLinkage_External || linkage == CXLinkage_Internal) &&
		    is_hidden(opener, name))
			refuse(opener, name->token, expr);
	}
}

/* An enumeration's value is kept as an integer. */
static bool is_kept_by_type(struct unit *unit, const struct expr *expr)
{
	CXType type = load_type(unit, expr);
	return clang_getCanonicalType(type).kind != CXType_Enum &&
	       type_is_declared_in(unit, type, expr->first, expr->last);
}

static void visit_stmt(struct opener *opener, struct stmt *stmt);

static void visit_expr(struct opener *opener, struct expr *expr)
{
	if (expr->unevaluated)
		return;
	if (expr->kind == E_STATEMENT && expr->awaits && is_kept_by_type(opener->unit, expr)) {
		expr->opened = expr->body->scope->opened = true;
		check_linked(opener, expr);
		rename_labels(opener, expr);
		if (expr->first > opener->last)
			rename_inside(opener, expr);
	}
	if (expr->body)
		visit_stmt(opener, expr->body);
	for (uint32_t i = 0; i < expr->kid_count; i++)
		visit_expr(opener, expr->kids[i]);
}

static void visit_stmt(struct opener *opener, struct stmt *stmt)
{
	for (uint32_t i = 0; i < stmt->expr_count; i++)
		visit_expr(opener, stmt->exprs[i]);
	for (uint32_t i = 0; i < stmt->kid_count; i++)
		visit_stmt(opener, stmt->kids[i]);
}

void open_types(struct unit *unit, struct function *fn)
{
	struct opener opener = {.unit = unit, .fn = fn};
	if (fn->is_async)
		visit_stmt(&opener, fn->body);
}
