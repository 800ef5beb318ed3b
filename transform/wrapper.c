/* asyncc: a drop-in C compiler command for C with async functions. */
#include "wrapper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
	"Usage: asyncc [OPTION]... FILE...\n"
	"A C compiler for C with async functions. Takes the options of the compiler that it\n"
	"drives, and these:\n"
	"  --asyncc-cc=COMMAND      the compiler: clang-" ASYNCC_LLVM_DEFAULT
	" by default, another clang, gcc, ...\n"
	"  --asyncc-runtime=KIND    what a program is linked with: static (default), shared, none\n"
	"  --emit-c                 print the C that async functions become\n"
	"  --dump=PASS              print the result of one pass of the transform; help: their "
	"names\n"
	"  --report=KIND            print what frames hold: frames, frames-json, frame-budget\n"
	"  -fasync-frame-budget=FILE  frames larger than FILE allows are errors\n"
	"  -W[no-]async-...         asyncc's own warnings; -Wno-async: none of them\n"
	"  --asyncc-fingerprint     print what identifies this compiler, for ccache\n"
	"  --asyncc-version         print the version of asyncc; --version is the compiler's\n"
	"  --asyncc-help            this text\n"
	"Environment: ASYNCC_CC as --asyncc-cc; ASYNCC_PASSTHROUGH=1 only runs the compiler.\n";

/* Whether the first argument is a compiler: asyncc stands before a whole command, as
 * CMake's compiler launchers do. */
static bool is_compiler(const char *arg)
{
	static const char *const names[] = {"cc", "gcc", "clang", "c99", "c11", "tcc", "icx"};
	const char *name = base_name(arg);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *at = strstr(name, names[i]);
		if (!at || (at > name && at[-1] != '-'))
			continue;
		at += strlen(names[i]);
		if (*at == '-' ? at[1 + strspn(at + 1, "0123456789.")] == '\0' : *at == '\0')
			return true;
	}
	return false;
}

static void print_file_mark(const char *path)
{
	struct stat info;
	if (path && stat(path, &info) == 0)
		printf("%s %lld %lld.%09ld\n", base_name(path), (long long)info.st_size,
		       (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

static _Noreturn void print_fingerprint(const struct tools *tools)
{
	struct words line = {0};
	printf("asyncc " ASYNCC_VERSION "\n");
	print_file_mark(tools->plugin ? tools->plugin : tools->default_plugin);
	print_file_mark(tools->transform);
	fflush(stdout);
	words_add_all(&line, &tools->cc);
	words_add(&line, "--version");
	process_replace(&line);
}

static _Noreturn void pass_through(const struct tools *tools, const struct command *command)
{
	struct words line = {0};
	words_add_all(&line, &tools->cc);
	words_add_all(&line, &command->given);
	process_replace(&line);
}

/* Something about the files is printed, and nothing compiled. */
static bool prints(const struct command *command)
{
	return command->emit_c || command->dump || command->report;
}

static bool is_help(const char *name)
{
	return name && strcmp(name, "help") == 0;
}

static void check_settings(const struct command *command)
{
	const char *kind = command->runtime;
	if (kind && strcmp(kind, "static") != 0 && strcmp(kind, "shared") != 0 &&
	    strcmp(kind, "none") != 0)
		fatal("--asyncc-runtime is static, shared or none");
	if (prints(command) && command->input_count == 0 && !is_help(command->dump) &&
	    !is_help(command->report))
		fatal("no input files");
}

static int run(const struct command *command)
{
	struct tools tools = tools_find(command->cc);
	const char *pass = getenv("ASYNCC_PASSTHROUGH");
	if (command->show_fingerprint)
		print_fingerprint(&tools);
	if (pass && *pass && strcmp(pass, "0") != 0)
		pass_through(&tools, command);
	if (command->dump && !module_knows(&tools, "asyncc_pass_names", "pass", command->dump))
		return !is_help(command->dump);
	if (command->report &&
	    !module_knows(&tools, "asyncc_report_names", "report", command->report))
		return !is_help(command->report);
	if (prints(command))
		return clang_print(&tools, command);
	return tools.plugin ? clang_run(&tools, command) : plain_run(&tools, command);
}

int main(int argc, char **argv)
{
	const char *cc = NULL;
	if (argc > 1 && argv[1][0] != '-' && is_compiler(argv[1])) {
		cc = argv[1];
		argc--;
		argv++;
	}
	struct command command = command_parse(argc, argv);
	if (!command.cc)
		command.cc = cc;
	if (command.show_help)
		return fputs(help, stdout) < 0;
	if (command.show_version)
		return puts("asyncc " ASYNCC_VERSION) < 0;
	check_settings(&command);
	return run(&command);
}
