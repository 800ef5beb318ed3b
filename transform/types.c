/* Types as generated code writes them. A type's own text will do, unless it says struct
 * without a name, or the name was changed because the type's scope was (open.c): such a type is
 * put together from its parts, and a struct, union or enum without a name gets one where
 * it is defined.
 *
 *     struct { int a; } *p;     =>  struct __asyncc_type_1 { int a; } *p;
 *                                   __typeof__(struct __asyncc_type_1) *
 */
#include "transform.h"

#include <string.h>

static const char *name_of(struct unit *unit, uint32_t key)
{
	for (size_t i = 0; i < unit->type_names.len; i++)
		if (unit->type_names.at[i].key == key)
			return unit->type_names.at[i].name;
	return NULL;
}

void type_set_name(struct unit *unit, uint32_t key, const char *name)
{
	if (!name_of(unit, key))
		*vec_push(unit->arena, &unit->type_names) = (struct type_name){key, name};
}

static bool is_declared(CXType canonical)
{
	return canonical.kind == CXType_Record || canonical.kind == CXType_Enum;
}

const char *type_tag(struct unit *unit, uint32_t open)
{
	struct edit *edit = token_edit(unit, open);
	if (!edit->text)
		edit->text = arena_printf(unit->arena, "__asyncc_type_%u {", ++unit->type_count);
	return arena_strndup(unit->arena, edit->text, strlen(edit->text) - 2);
}

bool type_is_moved(struct unit *unit, uint32_t open)
{
	const char *text = token_edit(unit, open)->text;
	return text && !*text;
}

/* The { of the definition of a struct, union or enum that begins at first, or 0. */
static uint32_t definition_open(const struct unit *unit, uint32_t first)
{
	uint32_t i = first + 1;
	while (token_is(unit, i, K_ATTRIBUTE) || token_is(unit, i, K_LBRACKET))
		i = token_match(unit, token_is(unit, i, K_ATTRIBUTE) ? i + 1 : i) + 1;
	return token_is(unit, i, K_LBRACE) ? i : 0;
}

uint32_t type_key(struct unit *unit, CXCursor declaration)
{
	return load_first(unit, clang_getCanonicalCursor(declaration));
}

void type_name_nameless(struct unit *unit, CXCursor declaration)
{
	uint32_t key = type_key(unit, declaration), open = definition_open(unit, key);
	if (open && !name_of(unit, key) && !type_is_moved(unit, open))
		type_set_name(unit, key, type_tag(unit, open));
}

/* The name that a struct, union or enum has in generated code, if that is not its own. */
static const char *changed_name(struct unit *unit, CXType canonical)
{
	CXCursor declaration = clang_getTypeDeclaration(canonical);
	if (load_is_nameless(load_type_text(unit, canonical)))
		type_name_nameless(unit, declaration);
	return name_of(unit, type_key(unit, declaration));
}

typedef bool type_test(struct unit *unit, CXType canonical, const void *context);

/* Whether the test holds for a struct, union or enum that the type is made of. */
static bool any_part(struct unit *unit, CXType type, type_test *test, const void *context)
{
	type = clang_getCanonicalType(type);
	if (is_declared(type))
		return test(unit, type, context);
	if (type.kind == CXType_Pointer)
		return any_part(unit, clang_getPointeeType(type), test, context);
	if (type.kind == CXType_Atomic)
		return any_part(unit, clang_Type_getValueType(type), test, context);
	if (load_is_array(type))
		return any_part(unit, clang_getElementType(type), test, context);
	if (type.kind != CXType_FunctionProto && type.kind != CXType_FunctionNoProto)
		return false;
	bool found = any_part(unit, clang_getResultType(type), test, context);
	for (int i = 0; i < clang_getNumArgTypes(type); i++)
		found |= any_part(unit, clang_getArgType(type, (unsigned)i), test, context);
	return found;
}

static bool is_changed(struct unit *unit, CXType canonical, const void *context)
{
	(void)context;
	return changed_name(unit, canonical) != NULL;
}

struct extent_of_text {
	uint32_t first, last;
};

static bool is_inside(struct unit *unit, CXType canonical, const void *context)
{
	const struct extent_of_text *extent = context;
	uint32_t at = load_first(unit, clang_getTypeDeclaration(canonical));
	return at >= extent->first && at <= extent->last;
}

bool type_is_declared_in(struct unit *unit, CXType type, uint32_t first, uint32_t last)
{
	struct extent_of_text extent = {first, last};
	return any_part(unit, type, is_inside, &extent);
}

static const char *qualifiers(struct unit *unit, CXType type)
{
	return arena_printf(unit->arena, "%s%s%s", clang_isConstQualifiedType(type) ? "const " : "",
			    clang_isVolatileQualifiedType(type) ? "volatile " : "",
			    clang_isRestrictQualifiedType(type) ? "__restrict " : "");
}

static const char *composed(struct unit *unit, CXType type);

static const char *composed_function(struct unit *unit, CXType type)
{
	struct buffer text = {.arena = unit->arena};
	buffer_printf(&text, "__typeof__(%s)(", composed(unit, clang_getResultType(type)));
	int count = clang_getNumArgTypes(type);
	for (int i = 0; i < count; i++)
		buffer_printf(&text, "%s%s", i ? ", " : "",
			      composed(unit, clang_getArgType(type, (unsigned)i)));
	if (clang_isFunctionTypeVariadic(type) && count > 0)
		buffer_puts(&text, ", ...");
	else if (type.kind == CXType_FunctionProto && !count)
		buffer_puts(&text, "void");
	buffer_puts(&text, ")");
	return text.at;
}

static const char *composed_array(struct unit *unit, CXType type)
{
	const char *element = composed(unit, clang_getElementType(type));
	if (type.kind != CXType_ConstantArray)
		return arena_printf(unit->arena, "__typeof__(%s)[]", element);
	return arena_printf(unit->arena, "__typeof__(%s)[%lld]", element, clang_getArraySize(type));
}

static const char *composed(struct unit *unit, CXType type)
{
	type = clang_getCanonicalType(type);
	if (!any_part(unit, type, is_changed, NULL))
		return load_type_text(unit, type);
	if (is_declared(type)) {
		enum CXCursorKind kind = clang_getCursorKind(clang_getTypeDeclaration(type));
		return arena_printf(unit->arena, "%s%s %s", qualifiers(unit, type),
				    kind == CXCursor_StructDecl  ? "struct"
				    : kind == CXCursor_UnionDecl ? "union"
								 : "enum",
				    changed_name(unit, type));
	}
	if (type.kind == CXType_Pointer)
		return arena_printf(unit->arena, "__typeof__(%s) *%s",
				    composed(unit, clang_getPointeeType(type)),
				    qualifiers(unit, type));
	if (type.kind == CXType_Atomic)
		return arena_printf(unit->arena, "_Atomic(%s)",
				    composed(unit, clang_Type_getValueType(type)));
	return load_is_array(type) ? composed_array(unit, type) : composed_function(unit, type);
}

const char *type_text(struct unit *unit, CXType type)
{
	CXType canonical = clang_getCanonicalType(type);
	if (any_part(unit, canonical, is_changed, NULL))
		return composed(unit, canonical);
	const char *text = load_type_text(unit, canonical);
	return strstr(text, "::") ? load_type_text(unit, type) : text;
}
