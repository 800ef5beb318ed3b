/* The transform as a library: preprocessed C in; C with the async functions
 * rewritten into state machines, a model of them, and diagnostics out. It knows no
 * compiler driver and prints nothing. Used by the Clang plugin and by the asyncc
 * command. Not thread-safe: one call at a time.
 */
#ifndef ASYNCC_TRANSFORM_H
#define ASYNCC_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum asyncc_severity { ASYNCC_NOTE, ASYNCC_WARNING, ASYNCC_ERROR };

/* One message. Its place is a token of the input, counted from 0 over all tokens of
 * the preprocessed text (comments, line markers and pragma lines are none), so that
 * a caller which has the compiler's own tokens can point at the original text,
 * through macros. Notes belong to the last message before them that is no note. */
struct asyncc_diagnostic {
	enum asyncc_severity severity;
	const char *option;  /* the warning's flag without -W, or NULL */
	const char *message; /* lower case, no full stop */
	bool promoted;       /* a warning that the flags make an error */
	size_t token;        /* where the caret goes; ASYNCC_NO_TOKEN: at no place */
	size_t first, last;  /* range of tokens to underline, last included; first > last: none */
	const char *insert;  /* fix-it: text to insert before token, or NULL */
	const char *file;    /* the user's file and line, from the line markers */
	unsigned line;
	unsigned column; /* in the original file where it can be found, else 0 */
	bool from_clang; /* libclang said it: the compiler itself will say it better */
	bool certain;    /* holds even if clang finds fault with the same place */
};

#define ASYNCC_NO_TOKEN ((size_t)-1)

struct asyncc_options {
	const char *file; /* name of the main file, as in messages */
	/* Options for libclang, as for the clang driver: language, target and ABI (such as
	 * -std=, -m, -f); the include path and macros are not needed. */
	const char *const *args;
	size_t arg_count;
	/* Readable output: no line markers, headers folded to #include lines, only this
	 * file's functions, comments on frames. For people, not for compilers. */
	bool readable;
	const char *dump; /* name of a pass whose result is wanted as text, or NULL */
	/* The compiler's -W flags in their order, without -W: asyncc's own, such as
	 * no-async-blocking, and those for all warnings, such as error. Others are ignored. */
	const char *const *warnings;
	size_t warning_count;
	bool no_warnings;         /* -w */
	const char *report;       /* one of asyncc_report_names, or NULL: a report is wanted */
	const char *frame_budget; /* file with the bytes that frames may have, or NULL */
};

struct asyncc_result {
	bool changed; /* false: no async code in the text; use the original */
	bool failed;  /* there was an error, other than a promoted warning: no text */
	char *text;   /* the transformed C (or dump, or report), size bytes and a NUL */
	size_t size;
	struct asyncc_diagnostic *diagnostics;
	size_t diagnostic_count;
	/* For each use of the words async, await, _Async, _Await in the text, in order:
	 * whether it is the keyword (1) or an ordinary identifier (0). Erasing the
	 * keywords gives the plain program. Spelled-out __attribute__((async)) and the
	 * like count as words too (1: the attribute is ours). */
	unsigned char *words;
	size_t word_count;
	void *storage; /* owns all of the above */
};

/* Transforms size bytes of preprocessed C at text. */
struct asyncc_result asyncc_transform(const char *text, size_t size,
				      const struct asyncc_options *options);
void asyncc_result_free(struct asyncc_result *result);

/* The names that options.dump takes, in pass order, NULL at the end. */
extern const char *const asyncc_pass_names[];
/* The names that options.report takes, NULL at the end. */
extern const char *const asyncc_report_names[];

/* Version of asyncc and of the libclang in use, for --version. */
const char *asyncc_version(void);

#ifdef __cplusplus
}
#endif

#endif
