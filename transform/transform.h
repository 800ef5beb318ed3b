/* The transform's one internal header: the representation first, then what each pass
 * offers to the others, in pass order.
 *
 * A translation unit is an array of tokens over the preprocessed text. Passes never
 * move text about: they attach edits to tokens and build trees over token ranges, so
 * whatever no pass touched reaches the output as the user wrote it.
 */
#ifndef ASYNCC_INTERNAL_H
#define ASYNCC_INTERNAL_H

#include <clang-c/Index.h>

#include "asyncc_transform.h"
#include "util.h"

#define NO_TOKEN UINT32_MAX

/* clang-format off */

/* Spellings the transform itself asks for, interned first so that their numbers are
 * constants. ALIAS gives a second spelling the number of the first. Those from CLEANUP to
 * MAIN are names like any other to C. */
#define SPELLINGS(X, ALIAS)                                                                        \
	X(AUTO, "auto") X(BREAK, "break") X(CASE, "case") X(CONST, "const")                        \
	X(CONTINUE, "continue") X(DEFAULT, "default") X(DO, "do") X(ELSE, "else") X(ENUM, "enum")  \
	X(EXTERN, "extern") X(FOR, "for") X(GOTO, "goto") X(IF, "if") X(INLINE, "inline")          \
	X(REGISTER, "register") X(RESTRICT, "restrict") X(RETURN, "return") X(SIZEOF, "sizeof")    \
	X(STATIC, "static") X(STRUCT, "struct") X(SWITCH, "switch") X(TYPEDEF, "typedef")          \
	X(UNION, "union") X(VOLATILE, "volatile") X(WHILE, "while") X(ATTRIBUTE, "__attribute__")  \
	X(ASM, "__asm__") X(TYPEOF, "__typeof__") X(ALIGNOF, "__alignof__")                        \
	X(ALIGNAS, "_Alignas") X(ATOMIC, "_Atomic") X(GENERIC, "_Generic")                         \
	X(NORETURN, "_Noreturn") X(STATIC_ASSERT, "_Static_assert")                                \
	X(THREAD_LOCAL, "_Thread_local") X(EXTENSION, "__extension__") X(LABEL, "__label__")       \
	X(DECLSPEC, "__declspec") X(CONSTEXPR, "constexpr") X(AUTO_TYPE, "__auto_type")            \
	X(BITINT, "_BitInt") X(VOID, "void") X(CHAR, "char") X(SHORT, "short") X(INT, "int")       \
	X(LONG, "long") X(FLOAT, "float") X(DOUBLE, "double") X(SIGNED, "signed")                  \
	X(UNSIGNED, "unsigned") X(BOOL, "_Bool") X(COMPLEX, "_Complex") X(INT128, "__int128")      \
	X(FLOAT128, "__float128") X(VA_ARG, "__builtin_va_arg") X(OFFSETOF, "__builtin_offsetof")  \
	X(TYPES_COMPATIBLE, "__builtin_types_compatible_p") X(FUNC, "__func__")                    \
	X(FUNCTION, "__FUNCTION__") X(PRETTY, "__PRETTY_FUNCTION__") X(REAL, "__real__")           \
	X(IMAG, "__imag__") X(CLEANUP, "cleanup") X(ALIGNED, "aligned") X(WORD_ASYNC, "async")     \
	X(WORD_AWAIT, "await") X(RESERVED_ASYNC, "_Async") X(RESERVED_AWAIT, "_Await")             \
	X(ATTR_ASYNC, "__async__") X(ATTR_AWAIT, "__await__") X(ANNOTATE, "annotate")              \
	X(ANNOTATION, "\"asyncc.async\"") X(KEYWORDS_MARK, "async__keywords")                      \
	X(SPAWN, "async__spawn") X(RUN_HERE, "async__run_here") X(TASK_TAG, "async_task_tag")      \
	X(MAIN, "main") X(VA_START, "__builtin_va_start") X(CHOOSE_EXPR, "__builtin_choose_expr")  \
	X(ATTR_MALLOC, "__malloc__") X(LPAREN, "(") X(RPAREN, ")") X(LBRACE, "{") X(RBRACE, "}")   \
	X(LBRACKET, "[") X(RBRACKET, "]") X(SEMICOLON, ";") X(COMMA, ",") X(COLON, ":")            \
	X(QUESTION, "?") X(ELLIPSIS, "...") X(DOT, ".") X(ARROW, "->") X(ASSIGN, "=")              \
	X(STAR, "*") X(AMP, "&") X(PLUS, "+") X(MINUS, "-") X(TILDE, "~") X(NOT, "!")              \
	X(SLASH, "/") X(PERCENT, "%") X(SHL, "<<") X(SHR, ">>") X(LT, "<") X(GT, ">") X(LE, "<=")  \
	X(GE, ">=") X(EQ, "==") X(NE, "!=") X(CARET, "^") X(PIPE, "|") X(AND, "&&") X(OR, "||")    \
	X(INC, "++") X(DEC, "--") X(MUL_ASSIGN, "*=") X(DIV_ASSIGN, "/=") X(MOD_ASSIGN, "%=")      \
	X(ADD_ASSIGN, "+=") X(SUB_ASSIGN, "-=") X(SHL_ASSIGN, "<<=") X(SHR_ASSIGN, ">>=")          \
	X(AND_ASSIGN, "&=") X(XOR_ASSIGN, "^=") X(OR_ASSIGN, "|=")                                 \
	ALIAS(ATTRIBUTE, "__attribute") ALIAS(ASM, "asm") ALIAS(ASM, "__asm")                      \
	ALIAS(TYPEOF, "typeof") ALIAS(TYPEOF, "__typeof") ALIAS(TYPEOF, "typeof_unqual")           \
	ALIAS(TYPEOF, "__typeof_unqual__") ALIAS(ALIGNOF, "_Alignof") ALIAS(ALIGNOF, "__alignof")  \
	ALIAS(ALIGNOF, "alignof") ALIAS(ALIGNAS, "alignas") ALIAS(CONST, "__const")                \
	ALIAS(CONST, "__const__") ALIAS(VOLATILE, "__volatile") ALIAS(VOLATILE, "__volatile__")    \
	ALIAS(INLINE, "__inline") ALIAS(INLINE, "__inline__") ALIAS(RESTRICT, "__restrict")        \
	ALIAS(RESTRICT, "__restrict__") ALIAS(SIGNED, "__signed") ALIAS(SIGNED, "__signed__")      \
	ALIAS(STATIC_ASSERT, "static_assert") ALIAS(THREAD_LOCAL, "thread_local")                  \
	ALIAS(THREAD_LOCAL, "__thread") ALIAS(BOOL, "bool") ALIAS(COMPLEX, "__complex")            \
	ALIAS(COMPLEX, "__complex__") ALIAS(REAL, "__real") ALIAS(IMAG, "__imag")                  \
	ALIAS(CLEANUP, "__cleanup__") ALIAS(ALIGNED, "__aligned__") ALIAS(BITINT, "_ExtInt")       \
	ALIAS(INT128, "__int128_t") ALIAS(INT128, "__uint128_t") ALIAS(LBRACE, "<%")               \
	ALIAS(RBRACE, "%>") ALIAS(LBRACKET, "<:") ALIAS(RBRACKET, ":>")                            \
	ALIAS(FLOAT128, "_Float128") ALIAS(FLOAT128, "_Float64x") ALIAS(DOUBLE, "_Float64")        \
	ALIAS(FLOAT, "_Float32") ALIAS(DOUBLE, "_Float32x") ALIAS(FLOAT, "_Float16")               \
	ALIAS(FLOAT, "__bf16") ALIAS(FLOAT, "__fp16")

/* clang-format on */

enum spelling {
#define X(name, text) K_##name,
#define ALIAS(name, text)
	SPELLINGS(X, ALIAS)
#undef X
#undef ALIAS
		K_COUNT
};

enum token_kind { T_END, T_NAME, T_NUMBER, T_STRING, T_CHARACTER, T_PUNCTUATION };

/* What a token is to the language of asyncc. WORD_GONE tokens belong to a marker
 * spelled with several tokens; parsers step over them. */
enum word {
	WORD_NONE,
	WORD_ASYNC,
	WORD_AWAIT,
	WORD_AWAIT_CHECKED, /* belongs to an expression of a function or an initialiser */
	WORD_AWAIT_STATEMENT,
	WORD_GONE
};

struct token {
	uint32_t offset, length; /* in the input */
	uint32_t parsed_offset;  /* in the text given to libclang */
	uint32_t id;             /* number of its spelling in unit.names */
	uint32_t line;           /* the user's */
	uint16_t file;           /* in unit.files */
	uint8_t kind, word;
	uint32_t edit; /* in unit.edits, 0: none */
};

/* A change to a token's text. Structure edits hold everywhere; body_text holds only
 * where the token is printed as part of a transformed body. */
struct edit {
	const char *before, *text, *after;
	const char *body_text;
};

struct source_file {
	const char *name;
	bool system, main;
	bool read; /* for messages, by diag.c */
	VEC(const char *) lines;
};

/* What an async function gives back: one struct per distinct type. */
struct result {
	const char *key;       /* canonical spelling of the type */
	const char *name;      /* tag of the struct */
	const char *type_text; /* the value's type, as a type name */
	CXType type;
	bool is_void, is_signed_integer;
	bool is_constant; /* cannot be assigned: has a const member */
	long long size, align;
	bool declared, defined;
};

enum variable_kind { VARIABLE_LOCAL, VARIABLE_PARAMETER, VARIABLE_TEMPORARY, VARIABLE_OTHER };

struct scope;

/* A bound between brackets, and the variable that its value goes to. */
struct bound {
	struct expr *expr;
	struct variable *variable;
};

/* A name of a function body that stands for an object. OTHER: static, extern and
 * thread-local objects, functions and enumeration constants: they stay in place. */
struct variable {
	enum variable_kind kind;
	uint32_t name;
	uint32_t token;        /* its declaration */
	const char *text;      /* how generated code writes it as an lvalue */
	const char *field;     /* its name in saved state */
	const char *type_text; /* of temporaries that have no declaration of their own */
	CXCursor cursor;
	CXType type;
	long long size, align;
	struct scope *scope;
	bool is_array, is_const, is_vla, is_aggregate, is_bool;
	bool address_taken, hidden, pinned, is_async, is_typedef, is_function, is_volatile;
	uint32_t specifiers;           /* first token of its declaration */
	uint32_t cleanup;              /* token of its cleanup function's name, or 0 */
	struct result *cleanup_result; /* when that is async */
	VEC(struct bound) bounds;      /* of an array whose length varies, as declared */
	struct variable *storage;      /* that stands for it in generated code, or NULL */
	const char *object_text;       /* its type, its bounds being variables */
	const char *use_text;          /* it, through its storage */
	bool is_heap;                  /* the storage points to a block that its scope frees */
	bool is_aligned;               /* more than its type is */
	bool is_bit_field;             /* a temporary, a struct of one bit-field */
	bool is_constant;              /* a temporary that cannot be assigned: has a const member */
	bool declares_type;            /* its type is declared in it, or in its initialiser */
	bool held;                     /* kept at each suspension point of its scope */
	uint32_t array_open;           /* [ of an array whose bound its initialiser gives, or 0 */
	struct expr *initialiser;      /* or NULL */
	uint32_t index;                /* in bit sets, for variables that may be saved */
	uint64_t offset;               /* in the frame, when pinned */
	VEC(uint32_t) uses;            /* tokens that name it, its declaration left out */
};

/* A label of __label__, and the name that nothing else has. */
struct local_label {
	uint32_t name, unique;
};

struct scope {
	struct scope *parent;
	uint32_t first, last; /* tokens */
	VEC(struct variable *) names;
	bool has_labels;
	bool opened; /* of a statement expression that is: expr.opened */
	VEC(struct local_label) labels;
};

enum expr_kind {
	E_NAME,
	E_CONSTANT,
	E_STRING,
	E_PAREN,
	E_CALL,
	E_INDEX,
	E_MEMBER,
	E_POSTFIX,
	E_UNARY,
	E_CAST,
	E_COMPOUND,
	E_UNEVALUATED,
	E_BINARY,
	E_ASSIGN,
	E_CONDITIONAL,
	E_COMMA,
	E_AWAIT,
	E_STATEMENT,
	E_GENERIC,
	E_LABEL,
	E_BUILTIN,
	E_LIST,
	E_SPAWN,
	E_RUN,
	/* made by normalise: */
	E_TEMPORARY, /* a variable, or text */
	E_INSTEAD    /* kids[0] in the place of a larger expression */
};

struct stmt;

/* kids are in textual order; first and last are tokens, last included. For E_CAST,
 * E_COMPOUND and E_BUILTIN the first type_kids kids are expressions inside the type
 * name. */
struct expr {
	enum expr_kind kind;
	uint32_t op; /* spelling of the operator */
	uint32_t first, last;
	uint32_t name; /* token: member, label */
	struct expr **kids;
	uint32_t kid_count, type_kids;
	struct variable *variable; /* E_NAME of a local, E_TEMPORARY */
	struct stmt *body;         /* E_STATEMENT */
	const char *text;          /* E_TEMPORARY: how it is written, if not as the variable */
	struct result *result;     /* E_AWAIT, E_SPAWN, E_RUN, async E_CALL */
	struct start *start;       /* E_SPAWN, E_RUN */
	struct variable *literal;  /* E_COMPOUND: the pinned object that holds it */
	uint32_t designator;       /* token that starts its designators in a list, or 0 */
	struct scope *scope;       /* E_COMPOUND: its block */
	bool awaits;               /* an await inside is evaluated with it */
	bool for_spawn;            /* E_CAST: the type that async_spawn gives its task */
	bool changed;              /* differs from its tokens: print by kids */
	bool opened;               /* E_STATEMENT: what it declares stays known after it */
	bool async_call, join, unevaluated;
};

enum stmt_kind {
	S_EXPRESSION,
	S_DECLARATION,
	S_BLOCK,
	S_IF,
	S_WHILE,
	S_DO,
	S_FOR,
	S_SWITCH,
	S_CASE,
	S_LABEL,
	S_GOTO,
	S_GOTO_COMPUTED,
	S_BREAK,
	S_CONTINUE,
	S_RETURN,
	S_ASM,
	S_EMPTY,
	S_OTHER,
	/* made by normalise: */
	S_SEQUENCE,       /* kids, in the block around */
	S_WRAP,           /* kids, in a block of their own */
	S_SET,            /* variable = exprs[0]; declares the variable if so marked */
	S_AWAIT,          /* variable = await exprs[0], a suspension point */
	S_TAIL,           /* return await exprs[0], whose frame takes this one's place */
	S_TEST,           /* if (exprs[0]) kids[0] else kids[1] */
	S_FOREVER,        /* kids[0] without end */
	S_LEAVE_UNLESS,   /* if (!exprs[0]) break; */
	S_CONTINUE_LABEL, /* where continue of the loop around goes, or S_JUMP */
	S_JUMP,           /* goto such a label */
	S_CLEANUP         /* the cleanup function of variable */
};

struct declarator {
	struct variable *variable; /* NULL for typedefs and tags */
	uint32_t first, last;      /* tokens, initialiser included */
	uint32_t name;
	struct expr *initialiser;
	uint32_t dimensions_end; /* last token of the declarator proper */
	uint32_t array_open;     /* first [ when its outermost bound is missing */
};

/* exprs and kids in textual order. S_FOR: parts[0..2] are init (a statement), condition
 * and step, NULL where absent. */
struct stmt {
	enum stmt_kind kind;
	uint32_t first, last;
	struct expr **exprs;
	uint32_t expr_count;
	struct stmt **kids;
	uint32_t kid_count;
	VEC(struct declarator) declarators;
	struct scope *scope; /* S_BLOCK, S_FOR, S_SWITCH... where names declared inside live */
	struct stmt *for_init;
	struct expr *for_condition, *for_step;
	uint32_t specifiers_end;       /* S_DECLARATION: the token after its specifiers */
	uint32_t header_last;          /* token that ends the header: ) of if, while, for, switch */
	struct stmt *target;           /* break, continue: the statement left or continued */
	uint32_t body_left_out;        /* S_DECLARATION: { of a type defined further up, or 0 */
	uint32_t label;                /* spelling of the label */
	VEC(uint32_t) labels;          /* S_ASM: spellings of those that it may go to */
	VEC(struct variable *) unwind; /* to clean up before it leaves a scope, in order */
	struct variable *variable;     /* S_SET, S_AWAIT */
	struct point *point;           /* S_AWAIT */
	uint32_t await_all;            /* token of __attribute__((await)) before it, or 0 */
	uint32_t attributes_first;     /* 1 + first token of attributes before it, or 0 */
	int continue_label;            /* loops: number of the label that continue jumps to, or 0 */
	bool awaits, changed, is_case, is_default, declares;
	bool truth;       /* S_SET: the value is whether exprs[0] is not zero */
	bool initialises; /* S_SET: exprs[0] is the initialiser, of an object in the frame */
};

/* A suspension point. */
struct point {
	uint32_t number; /* from 0 */
	uint32_t token;  /* of the await */
	struct result *result;
	struct variable *value; /* the temporary that receives the value, NULL for void */
	VEC(struct variable *) live;
	VEC(long long) offsets;  /* of each in the frame */
	long long size;          /* of the saved state */
	long long result_offset; /* of the value in the frame */
	size_t value_before;     /* index in live of the variable that follows the value */
};

struct function {
	uint32_t first, last; /* the whole external declaration */
	uint32_t name;        /* token */
	uint32_t params_open, params_close, body_first, body_last;
	bool is_async, is_static, is_main, is_variadic, too_large, takes_label_address, failed;
	CXCursor cursor;
	struct result *result;
	struct stmt *body;        /* lowered by normalise */
	struct stmt *source;      /* as parsed */
	struct start *main_start; /* of an async main */
	struct scope *scope;      /* of the parameters */
	VEC(struct variable *) params;
	VEC(struct variable *) variables;
	VEC(struct point *) points;
	VEC(uint32_t) await_ends;   /* last tokens of its awaits */
	VEC(struct start *) starts; /* declared ahead of this function */
	VEC(struct variable *) pinned;
	struct variable *allocas; /* the list of blocks that alloca gave, or NULL */
	bool pins;                /* needs its frame from the beginning */
	bool calls_setjmp;        /* so its body cannot be inlined */
	bool gone;                /* a construct was refused: no output for it */
	uint32_t counter;         /* of generated names */
	long long pinned_end, live_base, frame_size, frame_align;
	const char *generated;   /* __asyncc_NAME */
	struct function *caller; /* whose caller_point is the only call, or NULL */
	struct point *caller_point;
};

struct extent {
	long long size, align;
};

/* How a call is put into a task: one per spawned function. */
struct start {
	const char *name; /* __asyncc_start_NAME */
	const char *callee;
	struct result *result;
	VEC(const char *) params;   /* types they are kept as */
	VEC(struct extent) extents; /* of each */
	VEC(const char *) passed;   /* types they are passed as, variable arguments left out */
	bool variadic;
	bool through_pointer; /* the callee is the first argument */
	bool overaligned;     /* holds objects that a task's memory is not aligned for */
	uint32_t token;       /* of the call */
	long long size;       /* of the task with all this */
};

/* A declared async function, pointer, field, parameter or typedef. */
struct declared {
	uint32_t word;  /* the token async */
	uint32_t first; /* of the declaration's specifiers */
	uint32_t name;  /* NO_TOKEN for abstract declarators */
	uint32_t params_open, params_close;
	uint32_t end; /* the token after the declarator and its attributes */
	bool is_function, is_typedef, is_definition, is_static;
	struct result *result;
};

/* An expression of libclang, found by its token range. */
struct clang_expr {
	uint32_t first, last;
	CXCursor cursor;
};

/* What libclang has at file scope, and where it begins. */
struct clang_top {
	uint32_t first;
	CXCursor cursor;
};

/* An external declaration: a run of tokens at file scope. */
struct external {
	uint32_t first, last;
	uint32_t body; /* the { of a function definition, or NO_TOKEN */
};

/* What a type is called in generated code. */
struct type_name {
	uint32_t key; /* the token that its first declaration begins with */
	const char *name;
};

struct unit {
	struct arena *arena;
	const struct asyncc_options *options;
	const char *text;
	size_t size;
	struct names names;
	VEC(struct token) tokens;
	VEC(struct edit) edits;
	VEC(struct source_file) files;
	VEC(unsigned char) words;
	VEC(struct asyncc_diagnostic) diagnostics;
	struct warnings *warnings; /* of warn.c */
	struct budget *budget;     /* of report_budget.c, or NULL */
	bool has_async, has_header, failed;
	bool packs;           /* the text has a #pragma pack */
	bool has_alias;       /* an async function has another name */
	bool broken;          /* the text is no C: clang says what is wrong with it */
	struct buffer parsed; /* the text given to libclang */
	CXIndex index;
	CXTranslationUnit clang;
	CXFile clang_file;
	VEC(struct clang_top) tops; /* in the order of the text */
	VEC(struct external) externals;
	VEC(struct clang_expr) exprs;
	uint32_t *expr_slots;
	size_t expr_slot_count;
	unsigned char *is_typedef; /* by name number */
	size_t is_typedef_size;
	VEC(struct declared) declared;
	VEC(struct result *) results;
	VEC(struct function *) functions;
	VEC(struct function *) initialisers; /* declarations at file scope, to be checked */
	VEC(struct start *) starts;
	VEC(struct type_name) type_names;
	uint32_t type_count;     /* of generated tags */
	struct helper **helpers; /* of warn_block.c: by the token of the function's name */
	struct buffer dump;
};

/* The runtime's pool gives blocks of this alignment. */
enum { POOL_ALIGNMENT = 16 };

#define TOKEN(unit, i) (&(unit)->tokens.at[i])

static inline bool token_is(const struct unit *unit, uint32_t i, uint32_t id)
{
	return unit->tokens.at[i].id == id;
}

/* Whether the token is a name that a program may give. */
static inline bool token_is_name(const struct unit *unit, uint32_t i)
{
	uint32_t id = unit->tokens.at[i].id;
	return unit->tokens.at[i].kind == T_NAME &&
	       (id >= K_COUNT || (id >= K_CLEANUP && id <= K_MAIN));
}

/* [[ */
static inline bool token_opens_attributes(const struct unit *unit, uint32_t i)
{
	return token_is(unit, i, K_LBRACKET) && token_is(unit, i + 1, K_LBRACKET);
}

static inline const char *token_text(const struct unit *unit, uint32_t i)
{
	return unit->names.text.at[unit->tokens.at[i].id];
}

/* lex.c */
void lex(struct unit *unit);
struct edit *token_edit(struct unit *unit, uint32_t token);
uint32_t token_match(const struct unit *unit, uint32_t open);
uint32_t token_at(const struct unit *unit, uint32_t parsed_offset);
/* The token's text exactly as the user spelled it. */
const char *token_spelling(struct unit *unit, uint32_t token);

/* diag.c: a message at a token, or at no place (NO_TOKEN). */
void diagnose(struct unit *unit, enum asyncc_severity severity, uint32_t token, const char *format,
	      ...) __attribute__((format(printf, 4, 5)));
void diagnose_list(struct unit *unit, enum asyncc_severity severity, uint32_t token,
		   const char *format, va_list args) __attribute__((format(printf, 4, 0)));
/* The last message holds even where clang finds fault with the same line. */
void diagnose_certain(struct unit *unit);
void diagnose_range(struct unit *unit, uint32_t first, uint32_t last);
void diagnose_insert(struct unit *unit, const char *text);
/* Puts messages in the order of the text, each with its notes. */
void diagnose_sort(struct unit *unit);
/* The token's column in the original file, or 0: a macro made it. */
unsigned diagnose_column(struct unit *unit, uint32_t token);
#define error_at(unit, ...) diagnose((unit), ASYNCC_ERROR, __VA_ARGS__)
#define note_at(unit, ...) diagnose((unit), ASYNCC_NOTE, __VA_ARGS__)

/* warn.c: id, name, on by default, has a value, an error by default */
#define WARNINGS(X)                                                                                \
	X(WARNING_BLOCKING, "async-blocking", true, false, false)                                  \
	X(WARNING_DANGLING, "async-dangling", true, false, false)                                  \
	X(WARNING_DISCARDED_TASK, "async-discarded-task", true, false, false)                      \
	X(WARNING_BUDGET, "async-frame-budget", true, false, true)                                 \
	X(WARNING_FRAME, "async-frame-larger-than", true, true, false)                             \
	X(WARNING_THREAD_ADDRESS, "async-thread-address", true, false, true)

enum warning {
#define X(id, name, enabled, has_value, is_error) id,
	WARNINGS(X)
#undef X
		WARNING_COUNT
};

void warn_flags(struct unit *unit);
/* False, and no message, where the warning is off: leave the notes out then. */
bool warn_at(struct unit *unit, enum warning warning, uint32_t token, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool warn_is_on(struct unit *unit, enum warning warning, uint32_t token);
/* N of -Wasync-…=N, or 0. */
long long warn_value(const struct unit *unit, enum warning warning);

/* words.c */
void words(struct unit *unit);
/* Whether token i is a name in the list of an __attribute__((…)), whose keyword is open. */
bool words_in_attribute(const struct unit *unit, uint32_t i, uint32_t *open);

/* split.c */
void split(struct unit *unit);
struct external *split_find(struct unit *unit, uint32_t token);
/* Adds text before or after a token, after what was added there already. */
void edit_before(struct unit *unit, uint32_t token, const char *text);
void edit_after(struct unit *unit, uint32_t token, const char *text);

/* load.c */
void load(struct unit *unit);
void unload(struct unit *unit);
/* libclang's tree of a text, with the options of this one; NULL after an error. */
CXTranslationUnit load_text(struct unit *unit, const char *text, size_t len);
/* Indexes the expressions of an external declaration. */
void load_exprs(struct unit *unit, const struct external *external);
/* The declaration or reference that libclang sees at a token. */
CXCursor load_cursor(struct unit *unit, uint32_t token);
/* libclang's cursor for a token range, or the null cursor. */
CXCursor load_find(struct unit *unit, uint32_t first, uint32_t last);
/* The declaration that a name or a member refers to. */
CXCursor load_referenced(struct unit *unit, const struct expr *expr);
/* Token where a cursor starts, and the one where it ends (included). */
uint32_t load_first(struct unit *unit, CXCursor cursor);
uint32_t load_last(struct unit *unit, CXCursor cursor);
uint32_t load_name(struct unit *unit, CXCursor cursor);
/* Whether a cursor declares something async: by attribute or through its typedef. */
bool load_is_async(struct unit *unit, CXCursor declaration);
bool load_type_is_async(CXType type);
const char *load_type_text(struct unit *unit, CXType type);
bool load_is_array(CXType type);
bool load_is_nameless(const char *text);
/* A type's text without the qualifiers it begins with. */
const char *load_unqualified(const char *text);
/* The type of an expression of the tree. */
CXType load_type(struct unit *unit, const struct expr *expr);

/* collect.c */
void collect(struct unit *unit);
struct result *collect_result(struct unit *unit, CXType type, const char *text);
struct result *collect_call_result(struct unit *unit, const struct expr *call);

/* Whether a value of the type cannot be assigned. */
bool collect_has_const_member(CXType type);

/* align.c */
void align(struct unit *unit);

/* types.c */
/* The type as generated code writes it where the type is known. */
const char *type_text(struct unit *unit, CXType type);
/* Whether a struct, union or enum that the type is made of is declared between two tokens. */
bool type_is_declared_in(struct unit *unit, CXType type, uint32_t first, uint32_t last);
/* Where the first declaration of a struct, union or enum begins. */
uint32_t type_key(struct unit *unit, CXCursor declaration);
void type_set_name(struct unit *unit, uint32_t key, const char *name);
/* Gives a struct, union or enum without a name one. */
void type_name_nameless(struct unit *unit, CXCursor declaration);
/* Whether the definition that { opens is printed elsewhere, by collect.c. */
bool type_is_moved(struct unit *unit, uint32_t open);
/* The name that the definition without one that { opens gets. */
const char *type_tag(struct unit *unit, uint32_t open);

/* attributes.c */
/* Settles the attributes among the tokens of an async declaration, end excluded. */
void attributes_settle(struct unit *unit, uint32_t first, uint32_t end, bool is_function);
/* The attributes that a function's body and its resume function share with it. */
const char *attributes_of_body(struct unit *unit, const struct function *fn);

/* parse.c */
void parse(struct unit *unit);

/* check.c */
void check(struct unit *unit);

/* open.c */
void open_types(struct unit *unit, struct function *fn);

/* vla.c */
void vla(struct unit *unit, struct function *fn);

/* unwind.c */
void unwind(struct unit *unit, struct function *fn);

/* pin.c */
/* Whether the life of an object of this scope, declared at token, holds an await. */
bool pin_spans_await(const struct function *fn, const struct scope *scope, uint32_t token);
bool pin_mentions_itself(const struct variable *variable);
void pin(struct unit *unit, struct function *fn);

/* normalise.c */
void normalise(struct unit *unit, struct function *fn);

/* live.c */
void live(struct unit *unit, struct function *fn);

/* frame.c */
enum { HEADER_SIZE = 16 };
void frame(struct unit *unit, struct function *fn);
bool has_frame(const struct function *fn);
/* The block of memory that one frame takes. */
long long frame_block(const struct function *fn);

/* caller.c */
void callers(struct unit *unit);

/* warn_frame.c */
void warn_frame(struct unit *unit, const struct function *fn);
/* Notes what the largest parts of a frame are. */
void note_largest(struct unit *unit, const struct function *fn);

/* report.c */
/* Prints the report that options.report asks for. */
void report_frames(struct unit *unit, struct buffer *out);

/* report_budget.c */
/* Reads the file that options.frame_budget names. */
void budget_read(struct unit *unit);
/* Reports a frame that is larger than its line there allows. */
void budget_check(struct unit *unit, const struct function *fn);

/* start.c */
void start(struct unit *unit);
/* The text that declares a start, for the place before its first use. */
const char *start_text(struct unit *unit, const struct start *start);

/* print.c */
struct printer {
	struct unit *unit;
	struct buffer *out;
	const struct function *fn; /* whose body is printed, or NULL */
	bool body;                 /* apply edits that hold in bodies only */
	bool readable;
	uint32_t last; /* last token printed, or NO_TOKEN */
	uint32_t line;
	uint16_t file;
	uint32_t pragmas_until; /* the pragmas before this token and those further up came out */
	uint32_t depth;         /* of indentation within generated text, when readable */
	const char *margin;     /* readable: white space that starts the user's line */
};

/* The last token of a type whose definition { opens: attributes behind it are its own. */
uint32_t print_type_end(const struct unit *unit, uint32_t open);
void print_tokens(struct printer *printer, uint32_t first, uint32_t last);
/* The input between two offsets: white space, line markers, pragmas. */
void print_gap(struct printer *printer, uint32_t from, uint32_t to);
/* Generated text. A newline in it ends a line for a reader and is a space for a
 * compiler, for whom all generated text is on the user's line. */
void print_text(struct printer *printer, const char *text);
void print_format(struct printer *printer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Makes the text that follows count as the user's line of this token. */
void print_at(struct printer *printer, uint32_t token);
/* The expression that makes, the call that frees the frame of the function at hand. */
const char *print_frame_new(struct printer *printer);
const char *print_frame_free(struct printer *printer);
/* Text around a generated struct, whose layout no #pragma pack of the user's may change. */
const char *print_unpacked(const struct unit *unit);
bool print_keeps_value(const struct result *result);
const char *print_packed_again(const struct unit *unit);
void print_expr(struct printer *printer, const struct expr *expr);
void print_stmt(struct printer *printer, const struct stmt *stmt);

/* emit.c */
void emit(struct unit *unit, struct buffer *out);

/* describe.c */
/* A comment on a function's frame: what lives where, at which suspension point. */
void describe_frame(struct printer *printer, const struct function *fn);
/* The #include lines of the user's file between two of its lines, ends excluded. */
void describe_includes(struct printer *printer, uint32_t after, uint32_t before);

/* dump.c */
void dump_words(struct unit *unit);
void dump_declared(struct unit *unit);
void dump_function(struct unit *unit, const struct function *fn, const char *pass);

#endif
