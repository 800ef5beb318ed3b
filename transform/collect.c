/* Finds what is declared async, and rewrites each declaration: its type becomes the
 * struct of a pending frame and a value. One such struct per distinct result type is
 * put into the text where that type is complete.
 *
 *     async const char *f(int x);      =>   struct async_result_const_char_p { … };
 *     struct ops {                          struct async_result_const_char_p f(int x)
 *         async int (*run)(void);               __asm__("f.async");
 *     };                                    struct ops { struct async_result_int (*run)(void); };
 *
 * requires: unit.clang, unit.externals, token.word
 * provides: unit.declared, unit.results; edits of declarations
 */
#include "transform.h"

#include <ctype.h>
#include <string.h>

/* The specifiers of a declaration, as token lists. */
struct specifiers {
	uint32_t first, end; /* end: first token of the declarator */
	VEC(uint32_t) kept;  /* storage class, inline, attributes */
	VEC(uint32_t) type;  /* what names the type, qualifiers included */
	bool is_static, is_typedef, has_body;
	uint32_t open;   /* the { of a struct, union or enum defined here */
	const char *tag; /* that it is given, or NULL */
};

/* A declarator, taken apart around the function it declares or points to. */
struct shape {
	uint32_t first, end; /* the tokens, end excluded */
	uint32_t name;
	uint32_t inner; /* first token of the part that stays: f(int), (*f)(int) */
	uint32_t params_open, params_close;
};

static bool is_marker(const struct unit *unit, uint32_t i)
{
	return TOKEN(unit, i)->word != WORD_NONE;
}

static bool takes_parentheses(uint32_t id)
{
	return id == K_ATTRIBUTE || id == K_ALIGNAS || id == K_TYPEOF || id == K_BITINT ||
	       id == K_DECLSPEC || id == K_ASM || id == K_ATOMIC;
}

static bool is_storage(uint32_t id)
{
	return id == K_STATIC || id == K_EXTERN || id == K_TYPEDEF || id == K_INLINE ||
	       id == K_NORETURN || id == K_REGISTER || id == K_AUTO || id == K_THREAD_LOCAL ||
	       id == K_EXTENSION || id == K_CONSTEXPR;
}

static bool is_builtin_type(uint32_t id)
{
	return (id >= K_VOID && id <= K_FLOAT128) || id == K_AUTO_TYPE;
}

static bool is_qualifier(uint32_t id)
{
	return id == K_CONST || id == K_VOLATILE || id == K_RESTRICT || id == K_ATOMIC;
}

/* The first token of the declaration that holds a word. The word may stand among the
 * specifiers, inside an attribute with others, or behind the declarator. */
static uint32_t first_specifier(const struct unit *unit, uint32_t word)
{
	uint32_t at = word, depth = 0;
	words_in_attribute(unit, word, &at);
	for (; at > 0; at--) {
		uint32_t id = TOKEN(unit, at - 1)->id;
		if (id == K_RPAREN || id == K_RBRACKET) {
			depth++;
		} else if (id == K_LPAREN || id == K_LBRACKET) {
			if (!depth)
				break;
			depth--;
		} else if (!depth && (id == K_SEMICOLON || id == K_LBRACE || id == K_RBRACE ||
				      id == K_COMMA || id == K_COLON)) {
			break;
		}
	}
	return at;
}

static void take(struct unit *unit, struct specifiers *specifiers, uint32_t *i, bool kept)
{
	uint32_t last = *i;
	if (takes_parentheses(TOKEN(unit, *i)->id) && token_is(unit, *i + 1, K_LPAREN))
		last = token_match(unit, *i + 1);
	else if (token_is(unit, *i, K_LBRACKET))
		last = token_match(unit, *i);
	for (; *i <= last && TOKEN(unit, *i)->kind != T_END; ++*i) {
		if (is_marker(unit, *i))
			continue;
		if (kept)
			*vec_push(unit->arena, &specifiers->kept) = *i;
		else
			*vec_push(unit->arena, &specifiers->type) = *i;
	}
}

static void name_definition(struct unit *unit, struct specifiers *specifiers, uint32_t keyword)
{
	specifiers->tag = arena_printf(unit->arena, "__asyncc_type_%u", ++unit->type_count);
	type_set_name(unit, keyword, specifiers->tag);
}

static void take_tag(struct unit *unit, struct specifiers *specifiers, uint32_t *i)
{
	uint32_t keyword = *i;
	take(unit, specifiers, i, false);
	while (token_is(unit, *i, K_ATTRIBUTE))
		take(unit, specifiers, i, false);
	if (token_is(unit, *i, K_LBRACE))
		name_definition(unit, specifiers, keyword);
	else
		take(unit, specifiers, i, false);
	if (!token_is(unit, *i, K_LBRACE))
		return;
	specifiers->has_body = true;
	specifiers->open = *i;
	for (uint32_t close = token_match(unit, *i); *i <= close; ++*i)
		*vec_push(unit->arena, &specifiers->type) = *i;
	while (token_is(unit, *i, K_ATTRIBUTE))
		take(unit, specifiers, i, false);
}

static struct specifiers parse_specifiers(struct unit *unit, uint32_t first)
{
	struct specifiers specifiers = {.first = first};
	bool has_type = false;
	uint32_t i = first;
	for (;;) {
		uint32_t id = TOKEN(unit, i)->id;
		if (is_marker(unit, i)) {
			i++;
			continue;
		}
		specifiers.is_static |= id == K_STATIC;
		specifiers.is_typedef |= id == K_TYPEDEF;
		if (id == K_STRUCT || id == K_UNION || id == K_ENUM) {
			take_tag(unit, &specifiers, &i);
			has_type = true;
		} else if (is_storage(id) || id == K_ATTRIBUTE || id == K_DECLSPEC ||
			   id == K_ALIGNAS || token_opens_attributes(unit, i)) {
			take(unit, &specifiers, &i, true);
		} else if (is_qualifier(id) || is_builtin_type(id) || id == K_TYPEOF ||
			   id == K_BITINT) {
			has_type |= !is_qualifier(id) ||
				    (id == K_ATOMIC && token_is(unit, i + 1, K_LPAREN));
			take(unit, &specifiers, &i, false);
		} else if (token_is_name(unit, i) && !has_type) {
			take(unit, &specifiers, &i, false);
			has_type = true;
		} else {
			break;
		}
	}
	specifiers.end = i;
	return specifiers;
}

static uint32_t skip_attributes(const struct unit *unit, uint32_t i)
{
	for (;;) {
		if (token_is(unit, i, K_ATTRIBUTE))
			i = token_match(unit, i + 1) + 1;
		else if (token_opens_attributes(unit, i))
			i = token_match(unit, i) + 1;
		else if (is_marker(unit, i) || is_qualifier(TOKEN(unit, i)->id))
			i++;
		else
			return i;
	}
}

/* Whether the parenthesis at i opens a parameter list and not a nested declarator. */
static bool opens_params(const struct unit *unit, uint32_t i)
{
	uint32_t next = skip_attributes(unit, i + 1);
	return !token_is(unit, next, K_STAR) && !token_is(unit, next, K_CARET) &&
	       !token_is(unit, next, K_LPAREN) &&
	       !(token_is_name(unit, next) && (TOKEN(unit, next)->id >= unit->is_typedef_size ||
					       !unit->is_typedef[TOKEN(unit, next)->id]));
}

static uint32_t parse_shape(const struct unit *unit, uint32_t i, struct shape *shape)
{
	i = skip_attributes(unit, i);
	while (token_is(unit, i, K_STAR))
		i = skip_attributes(unit, i + 1);
	uint32_t direct = i;
	if (token_is(unit, i, K_LPAREN) && !opens_params(unit, i))
		i = parse_shape(unit, i + 1, shape) + 1;
	else if (token_is_name(unit, i))
		shape->name = i++;
	for (;;) {
		if (token_is(unit, i, K_LPAREN) && shape->inner == NO_TOKEN) {
			shape->inner = direct;
			shape->params_open = i;
			shape->params_close = i = token_match(unit, i);
			i++;
		} else if (token_is(unit, i, K_LPAREN) || token_is(unit, i, K_LBRACKET)) {
			i = token_match(unit, i) + 1;
		} else {
			return i;
		}
	}
}

static const char *tokens_text(struct unit *unit, const uint32_t *tokens, size_t count)
{
	struct buffer buffer = {.arena = unit->arena};
	buffer_puts(&buffer, "");
	for (size_t i = 0; i < count; i++)
		buffer_printf(&buffer, "%s%s", i ? " " : "", token_spelling(unit, tokens[i]));
	return buffer.at;
}

/* The specifiers that name the type, up to the definition that they may hold, and the tag that it
 * is given. */
static const char *specifiers_text(struct unit *unit, const struct specifiers *specifiers)
{
	size_t count = 0;
	while (count < specifiers->type.len &&
	       (!specifiers->has_body || specifiers->type.at[count] != specifiers->open))
		count++;
	return arena_printf(unit->arena, "%s %s", tokens_text(unit, specifiers->type.at, count),
			    specifiers->tag ? specifiers->tag : "");
}

/* The value's type as a type name: the specifiers, and the declarator without the
 * part that stays. */
static const char *value_type_text(struct unit *unit, const struct specifiers *specifiers,
				   const struct shape *shape)
{
	struct buffer buffer = {.arena = unit->arena};
	buffer_puts(&buffer, specifiers_text(unit, specifiers));
	for (uint32_t i = shape->first; i < shape->end; i++) {
		if (i >= shape->inner && i <= shape->params_close)
			continue;
		if (token_is(unit, i, K_ATTRIBUTE))
			i = token_match(unit, i + 1);
		else if (!is_marker(unit, i) && !token_is(unit, i, K_RESTRICT))
			buffer_printf(&buffer, " %s", token_spelling(unit, i));
	}
	return buffer.at;
}

static CXType function_result(CXType type)
{
	for (;;) {
		if (type.kind == CXType_Pointer)
			type = clang_getPointeeType(type);
		else if (type.kind == CXType_ConstantArray || type.kind == CXType_IncompleteArray)
			type = clang_getElementType(type);
		else if (type.kind == CXType_FunctionProto || type.kind == CXType_FunctionNoProto)
			return clang_getResultType(type);
		else if (type.kind == CXType_Invalid)
			return type;
		else {
			CXType canonical = clang_getCanonicalType(type);
			if (clang_equalTypes(canonical, type))
				return (CXType){0};
			type = canonical;
		}
	}
}

static const char *struct_name(struct unit *unit, const char *key)
{
	struct buffer name = {.arena = unit->arena};
	buffer_puts(&name, "async_result_");
	for (const char *at = key; *at; at++) {
		char last = name.at[name.len - 1];
		if (isalnum((unsigned char)*at) || *at == '_')
			buffer_add(&name, at, 1);
		else if (*at == '*')
			buffer_puts(&name, last == '_' ? "p" : "_p");
		else if (last != '_')
			buffer_puts(&name, "_");
	}
	for (size_t i = 0; i < unit->results.len; i++)
		if (!strcmp(unit->results.at[i]->name, name.at))
			buffer_printf(&name, "_%zu", unit->results.len);
	return name.at;
}

/* A qualifier of a pointer itself: char *const, int (*const)(void). */
static const char *unqualified_pointer(struct unit *unit, const char *text)
{
	static const char *const qualifiers[] = {"const", "volatile", "restrict", "__restrict"};
	size_t declarator = strcspn(text, "(");
	for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
		size_t length = strlen(qualifiers[i]);
		const char *star = strrchr(text, '*');
		const char *at = star ? strstr(star, qualifiers[i]) : NULL;
		if (!strncmp(text + declarator, "(*", 2)) {
			at = text + declarator + 2;
			if (strncmp(at, qualifiers[i], length) != 0)
				at = NULL;
		}
		if (at)
			text = arena_printf(unit->arena, "%.*s%s", (int)(at - text), text,
					    at + length);
	}
	return text;
}

/* Qualifiers of a result mean nothing: a function's value is no object. */
static const char *unqualified(struct unit *unit, CXType type)
{
	CXType canonical = clang_getCanonicalType(type);
	const char *text = load_type_text(unit, canonical);
	if (canonical.kind == CXType_Pointer)
		return unqualified_pointer(unit, text);
	return load_unqualified(text);
}

static bool is_qualified(CXType type)
{
	CXType canonical = clang_getCanonicalType(type);
	return clang_isConstQualifiedType(canonical) || clang_isVolatileQualifiedType(canonical) ||
	       clang_isRestrictQualifiedType(canonical);
}

static enum CXVisitorResult visit_member(CXCursor field, CXClientData data)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(field));
	*(bool *)data |= clang_isConstQualifiedType(type);
	while (type.kind == CXType_ConstantArray) {
		type = clang_getCanonicalType(clang_getElementType(type));
		*(bool *)data |= clang_isConstQualifiedType(type);
	}
	if (type.kind == CXType_Record)
		clang_Type_visitFields(type, visit_member, data);
	return *(bool *)data ? CXVisit_Break : CXVisit_Continue;
}

/* A struct with a const member can be made but not assigned to. */
bool collect_has_const_member(CXType type)
{
	CXType canonical = clang_getCanonicalType(type);
	bool found = false;
	if (canonical.kind == CXType_Record)
		clang_Type_visitFields(canonical, visit_member, &found);
	return found;
}

static bool is_signed_integer(enum CXTypeKind kind)
{
	return kind == CXType_Int || kind == CXType_Long || kind == CXType_LongLong ||
	       kind == CXType_Short || kind == CXType_Int128;
}

struct result *collect_result(struct unit *unit, CXType type, const char *text)
{
	CXType canonical = clang_getCanonicalType(type);
	bool known = canonical.kind != CXType_Invalid;
	/* Without a type the text is broken C: any result does. */
	const char *key = known ? unqualified(unit, type) : text ? text : "int";
	for (size_t i = 0; i < unit->results.len; i++)
		if (!strcmp(unit->results.at[i]->key, key))
			return unit->results.at[i];
	struct result *result = ARENA_NEW(unit->arena, struct result);
	result->key = key;
	result->type = canonical;
	result->name = struct_name(unit, key);
	result->type_text = text && !(known && is_qualified(type)) ? text : key;
	result->is_constant = known && collect_has_const_member(canonical);
	result->is_void = !strcmp(key, "void");
	result->is_signed_integer = is_signed_integer(canonical.kind);
	if (known && !result->is_void) {
		result->size = clang_Type_getSizeOf(canonical);
		result->align = clang_Type_getAlignOf(canonical);
	}
	*vec_push(unit->arena, &unit->results) = result;
	return result;
}

/* The first token at which a struct or union type is complete: after the external
 * declaration that defines it. 0 for types that are always complete. */
static uint32_t complete_from(struct unit *unit, CXType type)
{
	while (type.kind == CXType_ConstantArray)
		type = clang_getElementType(type);
	if (type.kind != CXType_Record)
		return 0;
	CXCursor definition = clang_getCursorDefinition(clang_getTypeDeclaration(type));
	if (clang_Cursor_isNull(definition))
		return NO_TOKEN;
	uint32_t first = load_first(unit, definition);
	const struct external *external = split_find(unit, first);
	bool hoisted = external->body != NO_TOKEN && first < external->body;
	return hoisted ? external->first : external->last + 1;
}

static const char *definition_of(struct unit *unit, struct result *result)
{
	if (result->is_void)
		return arena_printf(unit->arena, "struct %s { struct async_frame *pending; };\n",
				    result->name);
	return arena_printf(
		unit->arena,
		"%sstruct %s { struct async_frame *pending; __typeof__(%s) value; };\n%s",
		print_unpacked(unit), result->name, result->type_text, print_packed_again(unit));
}

/* Makes the struct known before the external declaration that token stands in, and
 * complete there or as soon as its value's type is. */
static void place_result(struct unit *unit, struct result *result, uint32_t token)
{
	struct external *external = split_find(unit, token);
	uint32_t from = complete_from(unit, result->type);
	if (!result->declared && from > external->first)
		edit_before(unit, external->first,
			    arena_printf(unit->arena, "struct %s;\n", result->name));
	result->declared = true;
	if (result->defined || from == NO_TOKEN)
		return;
	result->defined = true;
	if (from <= external->first)
		edit_before(unit, external->first, definition_of(unit, result));
	else
		edit_after(unit, from - 1,
			   arena_printf(unit->arena, "\n%s", definition_of(unit, result)));
}

static void drop(struct unit *unit, uint32_t token)
{
	token_edit(unit, token)->text = "";
}

static bool is_declared_static(const struct unit *unit, uint32_t id)
{
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (declared->is_function && declared->is_static &&
		    token_is(unit, declared->name, id))
			return true;
	}
	return false;
}

static void rewrite(struct unit *unit, const struct specifiers *specifiers,
		    const struct shape *shape, const struct declared *declared)
{
	for (uint32_t i = shape->first; i < shape->end; i++) {
		if (i >= shape->inner && i <= shape->params_close)
			continue;
		if (token_is(unit, i, K_ATTRIBUTE))
			i = token_match(unit, i + 1);
		else
			drop(unit, i);
	}
	edit_before(unit, shape->inner,
		    arena_printf(unit->arena, "struct %s ", declared->result->name));
	bool labelled = token_is(unit, skip_attributes(unit, shape->end), K_ASM);
	if (declared->is_function && !declared->is_definition && !declared->is_static && !labelled)
		edit_after(unit, shape->params_close,
			   arena_printf(unit->arena, " __asm__(\"%s.async\")",
					token_text(unit, declared->name)));
	(void)specifiers;
}

/* A struct defined in the specifiers would be dropped with the type: define it ahead. */
static void hoist_body(struct unit *unit, const struct specifiers *specifiers)
{
	uint32_t first = split_find(unit, specifiers->first)->first;
	size_t count = 0;
	while (specifiers->type.at[count] != specifiers->open)
		count++;
	edit_before(unit, first,
		    arena_printf(unit->arena, "%s %s;\n", specifiers_text(unit, specifiers),
				 tokens_text(unit, specifiers->type.at + count,
					     specifiers->type.len - count)));
}

static bool is_definition(struct unit *unit, uint32_t name, const struct shape *shape)
{
	const struct external *external = split_find(unit, name);
	return external->body != NO_TOKEN && shape->end <= external->body &&
	       skip_attributes(unit, shape->end) == external->body;
}

static uint32_t collect_declarator(struct unit *unit, const struct specifiers *specifiers,
				   uint32_t word, uint32_t i)
{
	struct shape shape = {i, i, NO_TOKEN, NO_TOKEN, 0, 0};
	shape.end = parse_shape(unit, i, &shape);
	if (shape.inner == NO_TOKEN) {
		error_at(unit, shape.name == NO_TOKEN ? word : shape.name,
			 "async marks a function, a function pointer or a typedef of one");
		return shape.end;
	}
	struct declared declared = {.word = word,
				    .first = specifiers->first,
				    .name = shape.name,
				    .params_open = shape.params_open,
				    .params_close = shape.params_close,
				    .end = skip_attributes(unit, shape.end),
				    .is_typedef = specifiers->is_typedef};
	CXCursor cursor = clang_getNullCursor();
	if (shape.name != NO_TOKEN)
		cursor = load_cursor(unit, shape.name);
	declared.is_function = clang_getCursorKind(cursor) == CXCursor_FunctionDecl;
	if (declared.is_function) {
		declared.is_definition = is_definition(unit, shape.name, &shape);
		declared.is_static = specifiers->is_static ||
				     is_declared_static(unit, TOKEN(unit, shape.name)->id);
	}
	CXType type = function_result(clang_getCursorType(cursor));
	declared.result = collect_result(unit, type, value_type_text(unit, specifiers, &shape));
	place_result(unit, declared.result, specifiers->first);
	rewrite(unit, specifiers, &shape, &declared);
	attributes_settle(unit, specifiers->first, declared.end, declared.is_function);
	*vec_push(unit->arena, &unit->declared) = declared;
	return shape.end;
}

static uint32_t skip_initialiser(const struct unit *unit, uint32_t i)
{
	for (;; i++) {
		uint32_t id = TOKEN(unit, i)->id;
		if (id == K_LPAREN || id == K_LBRACE || id == K_LBRACKET)
			i = token_match(unit, i);
		else if (id == K_COMMA || id == K_SEMICOLON || id == K_RPAREN ||
			 TOKEN(unit, i)->kind == T_END)
			return i;
	}
}

static bool in_parameter_list(const struct unit *unit, uint32_t first)
{
	return first > 0 &&
	       (token_is(unit, first - 1, K_LPAREN) || token_is(unit, first - 1, K_COMMA));
}

static void collect_declaration(struct unit *unit, uint32_t word)
{
	struct specifiers specifiers = parse_specifiers(unit, first_specifier(unit, word));
	if (specifiers.has_body)
		hoist_body(unit, &specifiers);
	for (size_t i = 0; i < specifiers.type.len; i++)
		drop(unit, specifiers.type.at[i]);
	const char *kept = tokens_text(unit, specifiers.kept.at, specifiers.kept.len);
	bool single = in_parameter_list(unit, specifiers.first);
	uint32_t i = specifiers.end;
	for (;;) {
		i = collect_declarator(unit, &specifiers, word, i);
		if (TOKEN(unit, i)->id == K_LBRACE)
			return;
		i = skip_initialiser(unit, i);
		if (single || !token_is(unit, i, K_COMMA))
			return;
		token_edit(unit, i)->text = arena_printf(unit->arena, "; %s ", kept);
		i++;
	}
}

/* A declaration may carry the word twice (a macro and an attribute, behind it too). */
static bool is_collected(const struct unit *unit, uint32_t word)
{
	for (size_t i = unit->declared.len; i-- > 0 && unit->declared.len - i < 8;) {
		const struct declared *declared = &unit->declared.at[i];
		if (word >= declared->first && word < declared->end &&
		    (word < declared->params_open || word > declared->params_close))
			return true;
	}
	return false;
}

/* `async main` is an ordinary async function under another name; the program's entry
 * runs it. */
static void rename_main(struct unit *unit)
{
	for (size_t i = 0; i < unit->declared.len; i++) {
		const struct declared *declared = &unit->declared.at[i];
		if (declared->is_function && token_is(unit, declared->name, K_MAIN))
			token_edit(unit, declared->name)->text = "__asyncc_main";
	}
}

void collect(struct unit *unit)
{
	for (uint32_t i = 0; i + 1 < unit->tokens.len; i++)
		if (TOKEN(unit, i)->word == WORD_ASYNC && !is_collected(unit, i))
			collect_declaration(unit, i);
	rename_main(unit);
}

struct result *collect_call_result(struct unit *unit, const struct expr *call)
{
	CXType type = load_type(unit, call);
	struct result *result = collect_result(unit, type, NULL);
	place_result(unit, result, call->first);
	return result;
}
