/* Understands a compiler's command line: which files it compiles, how far it goes and
 * where the output goes. Options are known by their arity only; what they mean is
 * the compiler's business. */
#include "wrapper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Options that take the next argument, of gcc and clang. */
static const char *const separate[] = {
	"-o",
	"-x",
	"-I",
	"-D",
	"-U",
	"-L",
	"-l",
	"-B",
	"-F",
	"-T",
	"-u",
	"-z",
	"-e",
	"-A",
	"-MF",
	"-MT",
	"-MQ",
	"-MJ",
	"-Xlinker",
	"-Xclang",
	"-Xpreprocessor",
	"-Xassembler",
	"-Xanalyzer",
	"-Xopenmp-target",
	"-mllvm",
	"-mthread-model",
	"-include",
	"-imacros",
	"-include-pch",
	"-isystem",
	"-iquote",
	"-idirafter",
	"-isysroot",
	"-iprefix",
	"-iwithprefix",
	"-iwithprefixbefore",
	"-isystem-after",
	"-iframework",
	"-imultilib",
	"-ivfsoverlay",
	"-cxx-isystem",
	"-framework",
	"-arch",
	"-target",
	"--target",
	"-gcc-toolchain",
	"-aux-info",
	"-wrapper",
	"--param",
	"-dumpdir",
	"-dumpbase",
	"-dumpbase-ext",
	"-auxbase",
	"--output",
	"--sysroot",
	"-serialize-diagnostics",
	"--serialize-diagnostics",
	"-working-directory",
	"-Ttext",
	"-Tdata",
	"-Tbss",
	"-rpath",
	"-filelist",
	"-index-store-path",
	"--config",
};

size_t option_values(const char *option)
{
	for (size_t i = 0; i < sizeof separate / sizeof *separate; i++)
		if (strcmp(option, separate[i]) == 0)
			return 1;
	return 0;
}

/* One argument of a response file: blanks separate, quotes and backslashes protect. */
static char *response_word(const char **text)
{
	const char *at = *text;
	char *word = formatted("%s", at), *out = word, quote = '\0';
	for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
		if (quote ? *at == quote : *at == '"' || *at == '\'') {
			quote = quote ? '\0' : *at;
			continue;
		}
		if (*at == '\\' && at[1])
			at++;
		*out++ = *at;
	}
	*out = '\0';
	*text = at;
	return word;
}

static void expand(struct words *args, const char *arg, int depth);

static void expand_text(struct words *args, const char *text, int depth)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (!*text)
			return;
		expand(args, response_word(&text), depth + 1);
	}
}

/* As compilers do: @name stands for itself when there is no such file. */
static void expand(struct words *args, const char *arg, int depth)
{
	int fd = arg[0] == '@' && depth < 32 ? open(arg + 1, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		words_add(args, arg);
		return;
	}
	size_t size;
	expand_text(args, read_file(fd, &size), depth);
	close(fd);
}

static bool is_async_warning(const char *arg, const char **name)
{
	if (!starts_with(arg, "-W"))
		return false;
	const char *at = *name = arg + 2;
	if (starts_with(at, "no-"))
		at += 3;
	if (starts_with(at, "error="))
		at += 6;
	return strcmp(at, "async") == 0 || starts_with(at, "async-");
}

/* Whether this is one of asyncc's own options. */
static bool take_own(struct command *command, const char *arg)
{
	const char *warning;
	if (starts_with(arg, "--asyncc-cc="))
		command->cc = arg + strlen("--asyncc-cc=");
	else if (starts_with(arg, "--asyncc-runtime="))
		command->runtime = arg + strlen("--asyncc-runtime=");
	else if (strcmp(arg, "--asyncc-version") == 0)
		command->show_version = true;
	else if (strcmp(arg, "--asyncc-help") == 0)
		command->show_help = true;
	else if (strcmp(arg, "--asyncc-fingerprint") == 0)
		command->show_fingerprint = true;
	else if (strcmp(arg, "--emit-c") == 0)
		command->emit_c = true;
	else if (starts_with(arg, "--dump="))
		command->dump = arg + strlen("--dump=");
	else if (starts_with(arg, "--report="))
		command->report = arg + strlen("--report=");
	else if (starts_with(arg, "-fasync-frame-budget="))
		command->frame_budget = arg + strlen("-fasync-frame-budget=");
	else if (is_async_warning(arg, &warning))
		words_add(&command->warnings, warning);
	else
		return false;
	return true;
}

static enum language language_of_file(const char *path)
{
	static const struct {
		const char *suffix;
		enum language language;
	} known[] = {
		{".c", LANG_C},     {".i", LANG_CPP_OUTPUT}, {".cc", LANG_CXX},
		{".cp", LANG_CXX},  {".cxx", LANG_CXX},      {".cpp", LANG_CXX},
		{".CPP", LANG_CXX}, {".c++", LANG_CXX},      {".C", LANG_CXX},
		{".ii", LANG_CXX},  {".hh", LANG_CXX},       {".H", LANG_CXX},
		{".hpp", LANG_CXX}, {".mm", LANG_CXX},       {".h", LANG_HEADER},
	};
	const char *dot = strrchr(base_name(path), '.');
	for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
		if (strcmp(dot, known[i].suffix) == 0)
			return known[i].language;
	return LANG_OTHER;
}

static enum language language_of_name(const char *name)
{
	if (strcmp(name, "c") == 0)
		return LANG_C;
	if (strcmp(name, "cpp-output") == 0)
		return LANG_CPP_OUTPUT;
	if (strcmp(name, "c-header") == 0)
		return LANG_HEADER;
	return strstr(name, "c++") ? LANG_CXX : LANG_OTHER;
}

static void add_input(struct command *command, size_t arg, const char *language)
{
	if (command->input_count == command->input_cap) {
		command->input_cap = command->input_cap ? 2 * command->input_cap : 16;
		command->inputs =
			memory_grow(command->inputs, command->input_cap * sizeof *command->inputs);
	}
	const char *path = command->args.at[arg];
	command->inputs[command->input_count++] = (struct input){
		.path = path,
		.arg = arg,
		.language = language ? language_of_name(language) : language_of_file(path),
	};
}

static void stop_at(struct command *command, enum stage stage)
{
	if (stage < command->stage)
		command->stage = stage;
}

static bool read_stage(struct command *command, const char *arg)
{
	if (strcmp(arg, "-E") == 0 || strcmp(arg, "-M") == 0 || strcmp(arg, "-MM") == 0 ||
	    strcmp(arg, "--preprocess") == 0)
		stop_at(command, STAGE_PREPROCESS);
	else if (strcmp(arg, "-fsyntax-only") == 0)
		stop_at(command, STAGE_CHECK);
	else if (strcmp(arg, "-S") == 0 || strcmp(arg, "--assemble") == 0)
		stop_at(command, STAGE_ASSEMBLY);
	else if (strcmp(arg, "-c") == 0 || strcmp(arg, "--compile") == 0)
		stop_at(command, STAGE_OBJECT);
	else
		return false;
	return true;
}

static void read_flag(struct command *command, const char *arg)
{
	if (read_stage(command, arg))
		return;
	if (strcmp(arg, "-nostdlib") == 0 || strcmp(arg, "-nodefaultlibs") == 0 ||
	    strcmp(arg, "-r") == 0)
		command->no_runtime = true;
	else if (strcmp(arg, "-shared") == 0)
		command->makes_shared = true;
	else if (strcmp(arg, "-static") == 0 || strcmp(arg, "-static-pie") == 0)
		command->makes_static = true;
	else if (strcmp(arg, "-###") == 0)
		command->dry_run = true;
	else if (strcmp(arg, "-MD") == 0 || strcmp(arg, "-MMD") == 0)
		command->dependencies = arg;
	else if (starts_with(arg, "-l"))
		command->has_libraries = true;
	else if (starts_with(arg, "-o") && arg[2])
		command->output = arg + 2;
	else if (starts_with(arg, "-MF") && arg[3])
		command->dependency_file = arg + 3;
	else if ((starts_with(arg, "-MT") || starts_with(arg, "-MQ")) && arg[3])
		command->dependency_target = arg + 3;
}

static void read_value(struct command *command, const char *option, const char *value)
{
	if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0)
		command->output = value;
	else if (strcmp(option, "-l") == 0)
		command->has_libraries = true;
	else if (strcmp(option, "-MF") == 0)
		command->dependency_file = value;
	else if (strcmp(option, "-MT") == 0 || strcmp(option, "-MQ") == 0)
		command->dependency_target = value;
}

static void read_all(struct command *command)
{
	const char *language = NULL;
	bool only_files = false;
	for (size_t i = 0; i < command->args.len; i++) {
		const char *arg = command->args.at[i];
		if (only_files || arg[0] != '-' || !arg[1]) {
			add_input(command, i, language);
		} else if (strcmp(arg, "--") == 0) {
			only_files = true;
		} else if (starts_with(arg, "-x")) {
			language = arg[2] ? arg + 2 : command->args.at[i + 1];
			i += !arg[2] && language;
			if (language && strcmp(language, "none") == 0)
				language = NULL;
		} else if (option_values(arg) && i + 1 < command->args.len) {
			read_value(command, arg, command->args.at[++i]);
		} else {
			read_flag(command, arg);
		}
	}
}

/* Takes asyncc's options out, those in response files too. */
static void sort_out(struct command *command, const struct words *all, struct words *rest)
{
	for (size_t i = 0; i < all->len; i++) {
		const char *arg = all->at[i];
		if (take_own(command, arg))
			continue;
		words_add(rest, arg);
		for (size_t n = option_values(arg); n > 0 && i + 1 < all->len; n--)
			words_add(rest, all->at[++i]);
	}
}

struct command command_parse(int argc, char **argv)
{
	struct command command = {.stage = STAGE_LINK};
	struct words given = {0}, expanded = {0};
	struct command ignored = {0};
	for (int i = 1; i < argc; i++) {
		words_add(&given, argv[i]);
		expand(&expanded, argv[i], 0);
	}
	sort_out(&command, &expanded, &command.args);
	sort_out(&ignored, &given, &command.given);
	/* Own options inside a response file: the compiler must not see that file. */
	if (expanded.len - command.args.len != given.len - command.given.len)
		command.given = command.args;
	read_all(&command);
	return command;
}
