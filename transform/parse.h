/* What the two halves of the parser share. */
#ifndef ASYNCC_PARSE_H
#define ASYNCC_PARSE_H

#include "transform.h"

#include <setjmp.h>

struct parser {
	struct unit *unit;
	struct function *fn;
	uint32_t at; /* the next token, markers skipped */
	struct scope *scope;
	struct stmt *loop;    /* innermost, for continue */
	uint32_t unevaluated; /* depth of operands that are not evaluated */
	jmp_buf give_up;
};

typedef VEC(struct expr *) expr_list;

_Noreturn void parse_fail(struct parser *parser, uint32_t token, const char *why);
uint32_t parse_next(struct parser *parser); /* the token at hand, stepping over it */
bool parse_is(const struct parser *parser, uint32_t id);
bool parse_accept(struct parser *parser, uint32_t id);
uint32_t parse_expect(struct parser *parser, uint32_t id);
/* The token before the one at hand. */
uint32_t parse_last(const struct parser *parser);
void parse_skip_attributes(struct parser *parser);
bool parse_starts_type(const struct parser *parser);

struct scope *parse_open_scope(struct parser *parser, uint32_t first);
void parse_close_scope(struct parser *parser, uint32_t last);
struct variable *parse_lookup(const struct parser *parser, uint32_t name);

struct expr *parse_expression(struct parser *parser);
struct expr *parse_assignment(struct parser *parser);
struct expr *parse_conditional(struct parser *parser);
struct expr *parse_initialiser(struct parser *parser);
/* A type name; the expressions in it are added to list. */
void parse_type_name(struct parser *parser, expr_list *list);

struct specifier_facts {
	bool is_static, is_extern, is_typedef, is_thread_local, is_register, has_type;
	long long align;       /* what the declaration asks for; -1: cannot be told */
	uint32_t first;        /* token */
	uint32_t constexpr_at; /* its token, or 0 */
	uint32_t cleanup;      /* token of the name in a cleanup attribute, or 0 */
};

void parse_specifiers(struct parser *parser, struct specifier_facts *facts, expr_list *list);
/* A declarator, abstract or not: its name or NO_TOKEN. */
uint32_t parse_declarator(struct parser *parser, struct declarator *declarator, expr_list *list);

/* The number of a label's name, which a local label shares with no other. */
uint32_t parse_label_name(struct parser *parser, uint32_t token);
struct stmt *parse_block(struct parser *parser);
struct stmt *parse_statement(struct parser *parser);

#endif
