/* clang as the compiler: it gets the plugin, the headers and the runtime, and does
 * the rest itself. */
#include "wrapper.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void clang_add_settings(struct words *line, const struct command *command)
{
	if (command->frame_budget)
		words_add(line,
			  formatted("-fplugin-arg-asyncc-frame-budget=%s", command->frame_budget));
	for (size_t i = 0; i < command->warnings.len; i++)
		words_add(line, formatted("-fplugin-arg-asyncc-W%s", command->warnings.at[i]));
}

static bool has_input(const struct command *command, enum language language)
{
	for (size_t i = 0; i < command->input_count; i++)
		if (command->inputs[i].language == language)
			return true;
	return false;
}

/* C++ sees the headers as plain C. */
void add_headers(struct words *line, const struct tools *tools, const struct command *command)
{
	if (tools->include_dir) {
		words_add(line, "-isystem");
		words_add(line, tools->include_dir);
	}
	if (!has_input(command, LANG_CXX))
		words_add(line, "-D__ASYNCC__=1");
}

static void add_shared_runtime(struct words *line, const struct tools *tools)
{
	words_add(line, "-Wl,--push-state,--as-needed");
	words_add(line, formatted("%s/libasyncc.so", tools->lib_dir));
	words_add(line, formatted("-Wl,-rpath,%s", tools->lib_dir));
	words_add(line, "-Wl,--pop-state");
}

/* A shared library leaves the runtime to the program: there must be only one. */
void add_runtime(struct words *line, const struct tools *tools, const struct command *command)
{
	const char *kind = command->runtime ? command->runtime : "static";
	bool shared = strcmp(kind, "shared") == 0 && !command->makes_static;
	if (command->stage != STAGE_LINK || command->no_runtime ||
	    has_input(command, LANG_HEADER) || strcmp(kind, "none") == 0 ||
	    (command->makes_shared && !shared) ||
	    (command->input_count == 0 && !command->has_libraries))
		return;
	const char *archive = formatted("%s/libasyncc.a", tools->lib_dir);
	if (!shared && access(archive, R_OK) != 0)
		return;
	words_add(line, "-x");
	words_add(line, "none");
	if (shared)
		add_shared_runtime(line, tools);
	else
		words_add(line, archive);
	words_add(line, "-pthread");
}

/* For a compiler cache: it knows the plugin's file, but not what that loads. */
static void add_identity(struct words *line, const struct tools *tools)
{
	struct stat info;
	if (tools->cc.len > 1 && stat(tools->transform, &info) == 0)
		words_add(line, formatted("-fplugin-arg-asyncc-id=%llx-%llx-%lx",
					  (unsigned long long)info.st_size,
					  (unsigned long long)info.st_mtim.tv_sec,
					  (unsigned long)info.st_mtim.tv_nsec));
}

int clang_run(const struct tools *tools, const struct command *command)
{
	struct words line = {0};
	words_add_all(&line, &tools->cc);
	if (command->input_count > 0) {
		words_add(&line, "--start-no-unused-arguments");
		words_add(&line, formatted("-fplugin=%s", tools->plugin));
		clang_add_settings(&line, command);
		add_identity(&line, tools);
		add_headers(&line, tools, command);
		words_add(&line, "--end-no-unused-arguments");
	}
	words_add_all(&line, &command->given);
	add_runtime(&line, tools, command);
	process_replace(&line);
}

struct words clang_checker(const struct tools *tools)
{
	struct words line = {0};
	if (tools->plugin)
		words_add_all(&line, &tools->cc);
	else
		words_add(&line, tools->clang);
	words_add(&line,
		  formatted("-fplugin=%s", tools->plugin ? tools->plugin : tools->default_plugin));
	words_add(&line, "-fsyntax-only");
	words_add(&line, "-Qunused-arguments");
	return line;
}
