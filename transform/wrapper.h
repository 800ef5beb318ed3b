/* The asyncc command: a C compiler driver around the transform. It understands as
 * much of a compiler's command line as it needs to know what will be compiled and
 * linked, and hands everything on. */
#ifndef ASYNCC_WRAPPER_H
#define ASYNCC_WRAPPER_H

#include <stdbool.h>
#include <stddef.h>

/* A list of strings; at[len] is NULL. Nothing is ever freed: the process is short. */
struct words {
	const char **at;
	size_t len, cap;
};

/* As realloc; ends the command when there is no memory. */
void *memory_grow(void *at, size_t size);
void words_add(struct words *words, const char *word);
void words_add_all(struct words *words, const struct words *more);
char *formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool starts_with(const char *text, const char *prefix);
const char *base_name(const char *path);

enum language { LANG_OTHER, LANG_C, LANG_CPP_OUTPUT, LANG_CXX, LANG_HEADER };

struct input {
	const char *path;
	size_t arg; /* in command.args */
	enum language language;
};

enum stage { STAGE_PREPROCESS, STAGE_CHECK, STAGE_ASSEMBLY, STAGE_OBJECT, STAGE_LINK };

/* A compiler's command line, understood. */
struct command {
	struct words args;  /* response files expanded, asyncc's own options taken out */
	struct words given; /* the same, response files as they are */
	struct input *inputs;
	size_t input_count, input_cap;
	enum stage stage;
	const char *output; /* -o */
	bool has_libraries; /* -l */
	bool no_runtime;    /* links without the standard libraries, or not a program */
	bool makes_shared, makes_static;
	bool dry_run;             /* -### */
	const char *dependencies; /* -MD, -MMD, or NULL */
	const char *dependency_file, *dependency_target;
	/* asyncc's own options */
	const char *cc, *runtime, *dump, *report, *frame_budget;
	bool emit_c, show_version, show_help, show_fingerprint;
	struct words warnings; /* such as no-async-order, without -W */
};

/* Reads argv[1..]. */
struct command command_parse(int argc, char **argv);
/* How many separate arguments follow this option. */
size_t option_values(const char *option);

/* The compiler in use and the parts of asyncc, found relative to the executable. */
struct tools {
	struct words cc;         /* the compiler's command */
	const char *llvm;        /* version of the plugin that fits it; NULL: none */
	const char *include_dir; /* NULL: in the compiler's own search path */
	const char *plugin;
	const char *clang; /* the clang that goes with the default plugin */
	const char *default_plugin;
	const char *transform; /* the transform as a module */
	const char *lib_dir;
};

struct tools tools_find(const char *cc);

/* Each gives the exit status for asyncc. */
int clang_run(const struct tools *tools, const struct command *command);
int clang_print(const struct tools *tools, const struct command *command);
int plain_run(const struct tools *tools, const struct command *command);

/* The clang command for a check of one file, without the file. */
struct words clang_checker(const struct tools *tools);
/* asyncc's own options that hold wherever a file is checked, as arguments of the plugin. */
void clang_add_settings(struct words *line, const struct command *command);
void add_headers(struct words *line, const struct tools *tools, const struct command *command);
/* The runtime, when this command links a program. */
void add_runtime(struct words *line, const struct tools *tools, const struct command *command);

/* A symbol of the transform, by its name. */
void *module_symbol(const struct tools *tools, const char *name);
/* Whether the list of names that the transform has under this symbol has this one; prints
 * all of them otherwise. */
bool module_knows(const struct tools *tools, const char *symbol, const char *what,
		  const char *name);

/* Becomes the other program; does not return. */
_Noreturn void process_replace(const struct words *line);
/* Runs it, standard input from the descriptor unless that is -1; its exit status, or
 * 128 + the signal that ended it. */
int process_run(const struct words *line, int input);
/* What it prints. */
char *process_output(const struct words *line);
/* Name of a new empty file, removed at exit. */
const char *temporary(const char *suffix);
char *read_file(int fd, size_t *size);
void write_file(const char *path, const char *text, size_t size);

#endif
